//! Where every line has gone: offered = delivered + dropped (by reason, `unconfirmed` among them) + waiting + under way.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::telemetry::health::{self, DropReason, Signal};

/// The account of the lines that one Loki was to get.
#[derive(Debug, Default)]
pub struct Account {
    offered: AtomicU64,
    delivered: AtomicU64,
    dropped: [AtomicU64; DropReason::ALL.len()],
}

/// The account at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Lines that were to be sent.
    pub offered: u64,
    /// Lines that Loki has confirmed.
    pub delivered: u64,
    /// Lines that were not sent or not confirmed, by reason; reasons without any are left out.
    pub dropped: Vec<(DropReason, u64)>,
}

impl Account {
    /// A line was to be sent.
    pub(super) fn offered(&self) {
        self.offered.fetch_add(1, Ordering::Relaxed);
        health::offered(Signal::Loki);
    }

    /// Loki has confirmed lines.
    pub(super) fn delivered(&self, count: usize) {
        self.delivered.fetch_add(count as u64, Ordering::Relaxed);
        health::delivered(Signal::Loki, count as u64);
    }

    /// Lines are not sent, or sent and not confirmed.
    pub(super) fn dropped(&self, reason: DropReason, count: usize) {
        if count > 0 {
            self.dropped[reason as usize].fetch_add(count as u64, Ordering::Relaxed);
            health::dropped(Signal::Loki, reason, count as u64);
        }
    }

    /// The account now. Lines that wait or are under way are in none but `offered`.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let count = |reason: &DropReason| (*reason, self.dropped[*reason as usize].load(Ordering::Relaxed));
        Balance {
            delivered: self.delivered.load(Ordering::Relaxed),
            dropped: DropReason::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect(),
            // Last, so that it is never less than what has become of them.
            offered: self.offered.load(Ordering::Relaxed),
        }
    }
}

impl Balance {
    /// All that were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.iter().map(|(_, count)| count).sum()
    }
}
