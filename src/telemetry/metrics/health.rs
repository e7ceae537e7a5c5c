//! What is known of telemetry itself, looked at when somebody asks: see `telemetry::health`, where it is told.

use std::sync::Arc;

use metrics::{Counter, Gauge};

use super::family::Family;
use super::recorder::Recorder;
use super::to_f64;
use crate::telemetry::catalogue::Metric;
use crate::telemetry::catalogue::values::{DropReason, Signal};
use crate::telemetry::health;

/// Drops, failures and queues of each signal.
pub(in crate::telemetry) struct Health {
    dropped: Family<Counter, (Signal, DropReason)>,
    export_failures: Family<Counter, (Signal,)>,
    queue_length: Family<Gauge, (Signal,)>,
}

impl Health {
    pub(super) fn new(recorder: &Arc<Recorder>) -> Self {
        Self {
            dropped: Family::new(recorder, Metric::TelemetryDropped),
            export_failures: Family::new(recorder, Metric::TelemetryExportFailures),
            queue_length: Family::new(recorder, Metric::TelemetryQueueLength),
        }
    }

    pub(super) fn look(&self) {
        for report in health::report() {
            for (reason, count) in report.dropped {
                self.dropped.at((report.signal, reason)).absolute(count);
            }
            self.export_failures.at((report.signal,)).absolute(report.export_failures);
            self.queue_length.at((report.signal,)).set(to_f64(report.queued.unwrap_or_default() as u64));
        }
    }
}
