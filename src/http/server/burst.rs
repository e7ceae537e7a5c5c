//! One log line, or one call for help, for many events of the same kind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How long a burst is summed up in one line.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Counts events and says when to do something about them: at the first, then at most once an interval. Whoever shares it
/// does so without a lock.
#[derive(Debug)]
pub(super) struct Burst {
    began: Instant,
    interval_ms: u64,
    /// When something is done next, in milliseconds after the beginning.
    due_ms: AtomicU64,
    count: AtomicU64,
}

impl Default for Burst {
    fn default() -> Self {
        Self::every(LINE_INTERVAL)
    }
}

impl Burst {
    /// One with another interval than that of lines.
    pub(super) fn every(interval: Duration) -> Self {
        let interval_ms = in_ms(interval);
        Self { began: Instant::now(), interval_ms, due_ms: AtomicU64::new(0), count: AtomicU64::new(0) }
    }

    /// Notes an event; if it is time for a line, how many events it stands for.
    pub(super) fn note(&self) -> Option<u64> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let (now, due) = (in_ms(self.began.elapsed()), self.due_ms.load(Ordering::Relaxed));
        let next = now + self.interval_ms;
        // Of several at the same moment one does it.
        let is_ours =
            now >= due && self.due_ms.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        is_ours.then(|| self.count.swap(0, Ordering::Relaxed))
    }
}

fn in_ms(time: Duration) -> u64 {
    // Thousands of years.
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_one_line_and_the_next_line_stands_for_what_was_not_said() {
        let burst = Burst::default();
        assert_eq!((burst.note(), burst.note(), burst.note()), (Some(1), None, None));
        tokio::time::advance(LINE_INTERVAL).await;
        assert_eq!((burst.note(), burst.note()), (Some(3), None));
    }
}
