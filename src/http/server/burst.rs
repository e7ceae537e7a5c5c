//! One log line for many events of the same kind.

use std::time::Duration;

use tokio::time::Instant;

/// How long a burst is summed up in one line.
const INTERVAL: Duration = Duration::from_secs(10);

/// Counts events and says when to write a line about them: at the first, then at most once an interval.
#[derive(Debug, Default)]
pub(super) struct Burst {
    last_line: Option<Instant>,
    count: u64,
}

impl Burst {
    /// Notes an event; if it is time for a line, how many events it stands for.
    pub(super) fn note(&mut self) -> Option<u64> {
        self.count += 1;
        if self.last_line.is_some_and(|line| line.elapsed() < INTERVAL) {
            return None;
        }
        self.last_line = Some(Instant::now());
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_one_line_and_the_next_line_stands_for_what_was_not_said() {
        let mut burst = Burst::default();
        assert_eq!((burst.note(), burst.note(), burst.note()), (Some(1), None, None));
        tokio::time::advance(INTERVAL).await;
        assert_eq!((burst.note(), burst.note()), (Some(3), None));
    }
}
