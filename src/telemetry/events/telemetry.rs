//! Telemetry itself: what did not arrive, what waits. Counted only: telling it in the log would make more of it.

use crate::telemetry::catalogue::values::{DropReason, Signal};
use crate::telemetry::metrics::{handles, to_f64};

/// Records did not arrive.
pub struct TelemetryDropped {
    /// What kind of record.
    pub signal: Signal,
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub count: u64,
}

impl TelemetryDropped {
    /// Counts them.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.telemetry_dropped.at((self.signal, self.reason)).increment(self.count);
        }
    }
}

/// Sending records away failed.
pub struct ExportFailed {
    /// What kind of record.
    pub signal: Signal,
}

impl ExportFailed {
    /// Counts it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.telemetry_export_failures.at((self.signal,)).increment(1);
        }
    }
}

/// How many records wait to be sent, when somebody looks.
pub struct TelemetryQueueObserved {
    /// What kind of record.
    pub signal: Signal,
    /// How many.
    pub length: u64,
}

impl TelemetryQueueObserved {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.telemetry_queue_length.at((self.signal,)).set(to_f64(self.length));
        }
    }
}
