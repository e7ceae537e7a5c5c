//! What is broken on purpose.

use std::fmt::Display;
use std::time::Duration;

use tracing::{info, warn};

use crate::telemetry::catalogue::values::FaultKind;
use crate::telemetry::log::ALWAYS;
use crate::telemetry::metrics::{handles, to_f64};

/// Something is broken on purpose from now on.
pub struct FaultBegun<'a, T> {
    /// The number under which it can be lifted.
    pub id: u64,
    /// What kind.
    pub kind: FaultKind,
    /// What happens, in words.
    pub what: &'a T,
    /// When it ends by itself.
    pub expires_in: Duration,
}

impl<T: Display> FaultBegun<'_, T> {
    /// Logs it, whatever the filter says.
    pub fn emit(self) {
        let Self { id, kind, what, expires_in } = self;
        let (kind, expires_in_seconds) = (kind.name(), expires_in.as_secs());
        warn!(target: ALWAYS, id, kind, %what, expires_in_seconds, "a fault on purpose begins");
    }
}

/// It is not, any more.
pub struct FaultEnded<'a, T> {
    /// Its number.
    pub id: u64,
    /// What kind.
    pub kind: FaultKind,
    /// What happened, in words.
    pub what: &'a T,
    /// Whether its time was over; otherwise somebody has lifted it.
    pub expired: bool,
}

impl<T: Display> FaultEnded<'_, T> {
    /// Logs it, whatever the filter says.
    pub fn emit(self) {
        let Self { id, kind, what, expired } = self;
        let (kind, by) = (kind.name(), if expired { "its time is over" } else { "somebody has lifted it" });
        info!(target: ALWAYS, id, kind, %what, by, "a fault on purpose has ended");
    }
}

/// How many are active.
pub struct FaultsObserved {
    /// What kind.
    pub kind: FaultKind,
    /// How many.
    pub active: u64,
}

impl FaultsObserved {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.faults.at((self.kind,)).set(to_f64(self.active));
        }
    }
}
