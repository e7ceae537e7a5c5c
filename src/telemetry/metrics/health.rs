//! What is known of telemetry itself, looked at when somebody asks: see `telemetry::health`, where it is told.

use std::sync::Arc;

use metrics::{Counter, Gauge};

use super::family::Family;
use super::recorder::Recorder;
use super::to_f64;
use crate::telemetry::catalogue::Metric;
use crate::telemetry::catalogue::values::{DropReason, Signal};
use crate::telemetry::health;

/// Accounts, drops, failures and queues of each signal.
pub(in crate::telemetry) struct Health {
    offered: Family<Counter, (Signal,)>,
    delivered: Family<Counter, (Signal,)>,
    dropped: Family<Counter, (Signal, DropReason)>,
    export_failures: Family<Counter, (Signal,)>,
    queue_length: Family<Gauge, (Signal,)>,
}

impl Health {
    pub(super) fn new(recorder: &Arc<Recorder>) -> Self {
        Self {
            offered: Family::new(recorder, Metric::TelemetryOffered),
            delivered: Family::new(recorder, Metric::TelemetryDelivered),
            dropped: Family::new(recorder, Metric::TelemetryDropped),
            export_failures: Family::new(recorder, Metric::TelemetryExportFailures),
            queue_length: Family::new(recorder, Metric::TelemetryQueueLength),
        }
    }

    pub(super) fn look(&self) {
        for report in health::report() {
            if let Some((offered, delivered)) = report.account {
                self.offered.at((report.signal,)).absolute(offered);
                self.delivered.at((report.signal,)).absolute(delivered);
            }
            for (reason, count) in report.dropped {
                self.dropped.at((report.signal, reason)).absolute(count);
            }
            self.export_failures.at((report.signal,)).absolute(report.export_failures);
            self.queue_length.at((report.signal,)).set(to_f64(report.queued.unwrap_or_default() as u64));
        }
    }
}
