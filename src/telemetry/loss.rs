//! Losing records on purpose: while it is on, whoever takes them seems to be away.
//!
//! Told by `faults`, which stands above telemetry and therefore cannot be asked from here.

use std::sync::atomic::{AtomicBool, Ordering};

use super::health::Signal;

/// What an operator reads of it where the reason of a loss is told.
pub const REASON: &str = "a fault on purpose (/faults on the admin port)";

static LOST: [AtomicBool; Signal::ALL.len()] = [const { AtomicBool::new(false) }; Signal::ALL.len()];

/// Loses the records of a kind from now on, or no more. Lines on standard output are the record, and never lost so.
pub fn lose(signal: Signal, lost: bool) {
    LOST[signal as usize].store(lost, Ordering::Relaxed);
}

/// Whether records of a kind are to be lost.
pub(super) fn is_lost(signal: Signal) -> bool {
    LOST[signal as usize].load(Ordering::Relaxed)
}
