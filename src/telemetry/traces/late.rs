//! Requests that were not sampled and turn out to be worth a span: those that failed by our fault, and slow ones.
//!
//! When such a request has ended, its server span is made after the fact, without children. A flood of failures is not
//! answered with a flood of spans: there are so many a second, and the others are counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::config::{self, AlwaysExport};

/// The most spans of this kind in a second.
const PER_SECOND: u32 = 100;

/// Which requests, and how many.
pub(super) struct Late {
    rule: AlwaysExport,
    slow_after: Duration,
    begun: Instant,
    budget: Budget,
}

/// Why a span was made though its request was not sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Error,
    Slow,
}

impl Late {
    pub(super) fn new(settings: &config::Traces) -> Self {
        Self {
            rule: settings.always_export,
            slow_after: settings.slow_after,
            begun: Instant::now(),
            budget: Budget::default(),
        }
    }

    /// Whether a request that ended so is worth a span.
    pub(super) fn reason(&self, status: u16, elapsed: Duration) -> Option<Reason> {
        match self.rule {
            AlwaysExport::Errors | AlwaysExport::ErrorsAndSlow if status >= 500 => Some(Reason::Error),
            AlwaysExport::ErrorsAndSlow if elapsed >= self.slow_after => Some(Reason::Slow),
            AlwaysExport::Nothing | AlwaysExport::Errors | AlwaysExport::ErrorsAndSlow => None,
        }
    }

    /// Whether there is room for one more in this second.
    pub(super) fn has_room(&self) -> bool {
        self.budget.take(self.begun.elapsed().as_secs())
    }
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slow => "slow",
        }
    }
}

/// So many a second: the second in the upper half of the number, how many were taken in the lower.
#[derive(Default)]
struct Budget(AtomicU64);

impl Budget {
    fn take(&self, second: u64) -> bool {
        let second = second << 32;
        let next = |taken: u64| match taken.checked_sub(second) {
            Some(count) => (count < u64::from(PER_SECOND)).then_some(taken + 1),
            None => Some(second + 1),
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(1);
    const SLOW: Duration = Duration::from_secs(2);

    #[test]
    fn the_rule_decides() {
        let reasons = |always_export| {
            let late = Late::new(&config::Traces { always_export, ..config::Traces::default() });
            [(200, FAST), (404, FAST), (503, FAST), (200, SLOW)].map(|(status, elapsed)| late.reason(status, elapsed))
        };
        assert_eq!(reasons(AlwaysExport::ErrorsAndSlow), [None, None, Some(Reason::Error), Some(Reason::Slow)]);
        assert_eq!(reasons(AlwaysExport::Errors), [None, None, Some(Reason::Error), None]);
        assert_eq!(reasons(AlwaysExport::Nothing), [None; 4]);
    }

    #[test]
    fn there_are_so_many_a_second() {
        let budget = Budget::default();
        for second in [0, 1, 7] {
            assert_eq!((0..200).filter(|_| budget.take(second)).count(), PER_SECOND as usize);
        }
    }
}
