//! How many lines a second are sent: a budget that what matters may use up, and the rest only in part.
//!
//! The generic cell rate algorithm: one number says until when the budget is spent, and a line that would spend more than a
//! second ahead is refused. Ordinary lines may only spend four fifths of it ahead, so that there always is something left
//! for errors and slow requests; where those take all, ordinary lines get nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far ahead the budget may be spent.
const AHEAD: Duration = Duration::from_secs(1);

/// A number of lines a second, shared by all threads.
pub struct Budget {
    begin: Instant,
    /// What one line spends, in nanoseconds.
    price: u64,
    /// Until when the budget is spent, in nanoseconds since `begin`.
    spent: AtomicU64,
}

impl Budget {
    /// So many lines a second, at least one.
    pub fn new(lines_per_second: u32) -> Self {
        let price = nanos(Duration::from_secs(1)) / u64::from(lines_per_second.max(1));
        Self { begin: Instant::now(), price, spent: AtomicU64::new(0) }
    }

    /// Spends a line's price, if that much is left. `important` is only asked when it makes a difference.
    pub fn spend(&self, now: Instant, important: impl FnOnce() -> bool) -> bool {
        let now = nanos(now.saturating_duration_since(self.begin));
        let all = nanos(AHEAD).max(self.price);
        let ordinary = (all / 5 * 4).max(self.price);
        self.spend_up_to(now, now + ordinary) || (important() && self.spend_up_to(now, now + all))
    }

    fn spend_up_to(&self, now: u64, limit: u64) -> bool {
        let spend = |spent: u64| Some(spent.max(now) + self.price).filter(|after| *after <= limit);
        self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }
}

fn nanos(duration: Duration) -> u64 {
    // Enough for 584 years.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(budget: &Budget, now: Instant, important: bool) -> usize {
        (0..10_000).filter(|_| budget.spend(now, || important)).count()
    }

    #[test]
    fn no_more_is_spent_than_there_is() {
        let budget = Budget::new(100);
        let begin = budget.begin;
        let first = spent(&budget, begin, false);
        let later: usize =
            (1..=100).map(|tenth| spent(&budget, begin + Duration::from_millis(100 * tenth), false)).sum();
        assert_eq!((first, later), (80, 1_000));
    }

    #[test]
    fn there_is_always_something_for_what_matters_and_it_goes_first() {
        let budget = Budget::new(100);
        let mut now = budget.begin;
        assert_eq!((spent(&budget, now, false), spent(&budget, now, true)), (80, 20));
        for _ in 0..10 {
            now += Duration::from_millis(100);
            assert_eq!((spent(&budget, now, true), spent(&budget, now, false)), (10, 0));
        }
    }

    #[test]
    fn one_line_a_second_is_a_budget_too() {
        let budget = Budget::new(1);
        let begin = budget.begin;
        assert_eq!((spent(&budget, begin, false), spent(&budget, begin, true)), (1, 0));
        assert_eq!(spent(&budget, begin + Duration::from_secs(1), false), 1);
    }
}
