//! What is known of the process and of its asynchronous runtime, looked at when somebody asks.

use std::sync::Arc;

use metrics::Gauge;
use metrics_process::collector;
use tokio::runtime;

use super::family::single;
use super::recorder::Recorder;
use super::to_f64;
use crate::telemetry::catalogue::Metric;

/// The process, as its operating system sees it.
///
/// Its processor time only grows, and is kept as a gauge all the same: counters of the exporter hold whole numbers.
pub(in crate::telemetry) struct Process {
    cpu: Gauge,
    open_fds: Gauge,
    max_fds: Gauge,
    virtual_memory: Gauge,
    virtual_memory_max: Gauge,
    resident_memory: Gauge,
    start_time: Gauge,
    threads: Gauge,
}

/// The runtime that whoever asks runs on.
pub(in crate::telemetry) struct Runtime {
    workers: Gauge,
    alive_tasks: Gauge,
    global_queue_depth: Gauge,
    busy: Gauge,
    parks: Gauge,
}

impl Process {
    pub(super) fn new(recorder: &Arc<Recorder>) -> Self {
        let gauge = |metric| single(recorder, metric);
        Self {
            cpu: gauge(Metric::ProcessCpu),
            open_fds: gauge(Metric::ProcessOpenFds),
            max_fds: gauge(Metric::ProcessMaxFds),
            virtual_memory: gauge(Metric::ProcessVirtualMemory),
            virtual_memory_max: gauge(Metric::ProcessVirtualMemoryMax),
            resident_memory: gauge(Metric::ProcessResidentMemory),
            start_time: gauge(Metric::ProcessStartTime),
            threads: gauge(Metric::ProcessThreads),
        }
    }

    pub(super) fn look(&self) {
        let seen = collector::collect();
        if let Some(seconds) = seen.cpu_seconds_total {
            self.cpu.set(seconds);
        }
        if let Some(bytes) = seen.virtual_memory_max_bytes {
            // The crate says 0 where there is no limit.
            self.virtual_memory_max.set(if bytes == 0 { f64::INFINITY } else { to_f64(bytes) });
        }
        for (gauge, value) in [
            (&self.open_fds, seen.open_fds),
            (&self.max_fds, seen.max_fds),
            (&self.virtual_memory, seen.virtual_memory_bytes),
            (&self.resident_memory, seen.resident_memory_bytes),
            (&self.start_time, seen.start_time_seconds),
            (&self.threads, seen.threads),
        ] {
            if let Some(value) = value {
                gauge.set(to_f64(value));
            }
        }
    }
}

impl Runtime {
    pub(super) fn new(recorder: &Arc<Recorder>) -> Self {
        let gauge = |metric| single(recorder, metric);
        Self {
            workers: gauge(Metric::TokioWorkers),
            alive_tasks: gauge(Metric::TokioAliveTasks),
            global_queue_depth: gauge(Metric::TokioGlobalQueueDepth),
            busy: gauge(Metric::TokioWorkerBusy),
            parks: gauge(Metric::TokioWorkerParks),
        }
    }

    pub(super) fn look(&self) {
        let Ok(runtime) = runtime::Handle::try_current() else { return };
        let seen = runtime.metrics();
        let workers = 0..seen.num_workers();
        self.workers.set(to_f64(workers.len() as u64));
        self.alive_tasks.set(to_f64(seen.num_alive_tasks() as u64));
        self.global_queue_depth.set(to_f64(seen.global_queue_depth() as u64));
        self.busy.set(workers.clone().map(|worker| seen.worker_total_busy_duration(worker).as_secs_f64()).sum::<f64>());
        self.parks.set(to_f64(workers.map(|worker| seen.worker_park_count(worker)).sum()));
    }
}
