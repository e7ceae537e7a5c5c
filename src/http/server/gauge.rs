//! A count with a limit: connections, requests, bytes that clients have not taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long what takes room may stand still while room is scarce.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// How much is inside, and how much may be. A semaphore without a queue: nobody waits, nobody locks.
#[derive(Debug)]
pub(super) struct Gauge {
    inside: AtomicUsize,
    limit: usize,
}

/// What is inside, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    gauge: Arc<Gauge>,
    amount: usize,
}

impl Gauge {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { inside: AtomicUsize::new(0), limit })
    }

    /// The most that may be inside.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether there is little room left: the last quarter.
    pub(super) fn is_tight(&self) -> bool {
        self.inside.load(Ordering::Relaxed) > self.limit / 4 * 3
    }

    /// Lets one more in, unless it is full.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Ticket> {
        self.enter_with(1)
    }

    /// Lets so much in, unless there is no room for all of it. What alone is more than the limit is let in when
    /// nothing else is there.
    pub(super) fn enter_with(self: &Arc<Self>, amount: usize) -> Option<Ticket> {
        let amount = amount.min(self.limit.max(1));
        let more = |inside: usize| inside.checked_add(amount).filter(|sum| *sum <= self.limit);
        let entered = self.inside.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more);
        entered.is_ok().then(|| Ticket { gauge: Arc::clone(self), amount })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.gauge.inside.fetch_sub(self.amount, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_are_inside_and_who_leaves_makes_room() {
        let gauge = Gauge::new(2);
        let (first, second) = (gauge.enter(), gauge.enter());
        assert!(first.is_some() && second.is_some() && gauge.enter().is_none());
        drop(first);
        assert!(gauge.enter().is_some());
        assert!(Gauge::new(0).enter().is_none());
    }

    #[test]
    fn what_is_too_much_is_let_in_alone() {
        let gauge = Gauge::new(10);
        let some = gauge.enter_with(3).unwrap();
        assert!(gauge.enter_with(8).is_none() && gauge.enter_with(99).is_none());
        drop(some);
        let all = gauge.enter_with(99);
        assert!(all.is_some() && gauge.enter().is_none());
    }
}
