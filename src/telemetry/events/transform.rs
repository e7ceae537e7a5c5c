//! Pictures that are inspected.

use std::time::Duration;

use crate::domain::Format;
use crate::telemetry::catalogue::values::RejectedReason;
use crate::telemetry::metrics::handles;

/// A picture waits for its turn, until this is dropped.
#[must_use]
pub struct PictureWaiting(());

impl PictureWaiting {
    /// From now on.
    pub fn begin() -> Self {
        if let Some(metrics) = handles() {
            metrics.transform_queue_length.increment(1.0);
        }
        Self(())
    }
}

impl Drop for PictureWaiting {
    fn drop(&mut self) {
        if let Some(metrics) = handles() {
            metrics.transform_queue_length.decrement(1.0);
        }
    }
}

/// A picture was inspected, well or not.
pub struct PictureInspected {
    /// Its format.
    pub format: Format,
    /// How long that took.
    pub elapsed: Duration,
}

impl PictureInspected {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.transform_duration.at((self.format,)).record(self.elapsed);
        }
    }
}

/// A picture was not taken.
pub struct PictureRejected {
    /// Why.
    pub reason: RejectedReason,
}

impl PictureRejected {
    /// Counts it. Whoever brought the picture is told why.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.transform_rejected.at((self.reason,)).increment(1);
        }
    }
}
