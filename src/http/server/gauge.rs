//! A count with a limit: connections, requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are inside, and how many may be. A semaphore without a queue: nobody waits, nobody locks.
#[derive(Debug)]
pub(super) struct Gauge {
    inside: AtomicUsize,
    limit: usize,
}

/// One that is inside, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket(Arc<Gauge>);

impl Gauge {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { inside: AtomicUsize::new(0), limit })
    }

    /// Lets one more in, unless it is full.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Ticket> {
        let more = |inside| (inside < self.limit).then_some(inside + 1);
        let entered = self.inside.fetch_update(Ordering::AcqRel, Ordering::Relaxed, more);
        entered.is_ok().then(|| Ticket(Arc::clone(self)))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
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
}
