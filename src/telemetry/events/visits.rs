//! Visits: waiting, counted, not counted.

use std::time::Duration;

use tracing::debug;

use crate::telemetry::catalogue::values::VisitReason;
use crate::telemetry::metrics::{handles, to_f64};

/// A commit of visits is durable.
pub struct VisitsCommitted {
    /// How many visits shared it.
    pub batch: u64,
    /// How many of them were still waited for, and have their number.
    pub acknowledged: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl VisitsCommitted {
    /// Logs and measures it.
    pub fn emit(self) {
        let Self { batch, acknowledged, elapsed } = self;
        if let Some(metrics) = handles() {
            metrics.visits.increment(acknowledged);
            metrics.visit_batch_size.record(to_f64(batch));
            metrics.visit_commit_duration.record(elapsed);
        }
        debug!(batch, acknowledged, elapsed_ms = elapsed.as_secs_f64() * 1_000.0, "visits committed");
    }
}

/// A visit was not acknowledged.
pub struct VisitFailed {
    /// Why.
    pub reason: VisitReason,
}

impl VisitFailed {
    /// Counts it. The request that it came with is logged as failed.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.visit_failures.at((self.reason,)).increment(1);
        }
    }
}

/// How visits stand, when somebody looks.
pub struct VisitsObserved {
    /// How many the database is known to have counted.
    pub stored: u64,
    /// How many wait for their commit.
    pub pending: usize,
}

impl VisitsObserved {
    /// Measures it.
    pub fn emit(self) {
        let Some(metrics) = handles() else { return };
        metrics.visits_stored.set(to_f64(self.stored));
        metrics.visits_pending.set(to_f64(self.pending as u64));
    }
}
