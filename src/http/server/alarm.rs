//! A timer that is moved only when it must be.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// Tells that a deadline has passed. A deadline that moves further away, as those of a busy connection do all the
/// time, costs nothing until the timer set for an earlier one fires.
#[derive(Default)]
pub(super) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Ready once `deadline` has passed; wakes the task when it does.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_deadline_counts_whether_it_moved_nearer_or_further() {
        let start = Instant::now();
        let mut alarm = Alarm::default();
        for (first, second) in [(5, 20), (20, 5)] {
            let start = Instant::now();
            let seconds = |count| start + Duration::from_secs(count);
            let pending = poll_fn(|context| Poll::Ready(alarm.poll(context, seconds(first)).is_pending())).await;
            assert!(pending);
            poll_fn(|context| alarm.poll(context, seconds(second))).await;
            assert_eq!(start.elapsed().as_secs(), second);
        }
        poll_fn(|context| alarm.poll(context, start)).await;
    }
}
