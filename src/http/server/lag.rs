//! How long what is ready to run waits for a core, and which share of the requests is refused to keep that short.
//!
//! Of all signs that more is asked than can be answered this one does not depend on what is asked: where processors are what
//! lacks, it is the only one. Requests that need nothing else hold no place in any queue of ours while they wait; they wait
//! in sockets and in the runtime, all of them ever longer, until nobody waits for the answers any more.
//!
//! Only our own work counts. Where neighbours take the processors, or a quota lets nobody run for a while, tasks wait as well,
//! but refusing makes nothing shorter then; whoever did would answer nobody for as long as the neighbours are busy.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use crate::telemetry::events::LagObserved;

/// How often it is looked at while requests come, and while none do.
const BEAT: Duration = Duration::from_millis(5);
const IDLE_BEAT: Duration = Duration::from_millis(100);

/// How much one look changes the share at most.
const STEP: f64 = 0.1;

/// The largest share, as long as tasks do not wait for more than twice what they should. A refusal takes time, too: were
/// all refused that come, however many, nothing would be answered any more. What is not refused waits in its socket, where
/// it is one of a connection; only where connections are so many that this lasts are more of them refused.
const LARGEST_SHARE: f64 = 0.2;

/// How long tasks wait, and what follows of it.
#[derive(Debug)]
pub(super) struct Lag {
    /// How long they should wait at most.
    most: Duration,
    /// Of 2^32 requests so many are refused.
    share: AtomicU32,
    /// Whether a request has come since the last look.
    is_busy: AtomicBool,
}

impl Lag {
    pub(super) fn new(most: Duration) -> Self {
        Self { most, share: AtomicU32::new(0), is_busy: AtomicBool::new(false) }
    }

    /// Whether a request that has come is one of those to refuse.
    pub(super) fn refuses_one(&self) -> bool {
        if !self.is_busy.load(Ordering::Relaxed) {
            self.is_busy.store(true, Ordering::Relaxed);
        }
        match self.share.load(Ordering::Relaxed) {
            0 => false,
            share => rand::random::<u32>() <= share,
        }
    }

    /// Looks again and again, from a task of its own: what waits for that waits as long as others do.
    pub(super) async fn watch(&self) {
        let workers = u32::try_from(Handle::current().metrics().num_workers()).unwrap_or(u32::MAX).max(1);
        let mut share = Share::default();
        loop {
            let is_busy = self.is_busy.swap(false, Ordering::Relaxed);
            let beat = if is_busy || share.is_any() { BEAT } else { IDLE_BEAT };
            let (due, used) = (Instant::now() + beat, processor_time());
            sleep_until(due).await;
            go_to_the_end_of_the_queue().await;
            let lag = due.elapsed();
            LagObserved { lag }.emit();
            let ours = (processor_time().saturating_sub(used) / workers).saturating_sub(beat);
            let refused = share.after(lag.min(ours), self.most);
            self.share.store(of_all(refused), Ordering::Relaxed);
        }
    }
}

/// The share to refuse, from look to look.
#[derive(Default)]
struct Share {
    refused: f64,
    /// How long tasks waited at the look before.
    before: Duration,
}

impl Share {
    fn is_any(&self) -> bool {
        self.refused > 0.0
    }

    /// That after another look. What counts is how long tasks wait in two looks on end: after a pause of the machine they wait in
    /// one, and are through with what has come meanwhile by the next.
    fn after(&mut self, lag: Duration, most: Duration) -> f64 {
        let lasting = lag.min(std::mem::replace(&mut self.before, lag));
        self.refused = next_share(self.refused, lasting, most);
        self.refused
    }
}

#[cfg(test)]
impl Lag {
    /// As if tasks had waited for too long for a while.
    pub(super) fn refuse_all(&self) {
        self.share.store(of_all(1.0), Ordering::Relaxed);
    }
}

/// The share to refuse, after the one before and a look: more of them until tasks wait as long as they may, and not longer.
fn next_share(share: f64, lag: Duration, most: Duration) -> f64 {
    let times = lag.as_secs_f64() / most.as_secs_f64();
    let largest = LARGEST_SHARE + (1.0 - LARGEST_SHARE) * ((times - 2.0) / 2.0).clamp(0.0, 1.0);
    (share + STEP * (times - 1.0).clamp(-1.0, 1.0)).clamp(0.0, largest)
}

/// What this process has used so far, on all processors.
fn processor_time() -> Duration {
    // Negative it never is.
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn of_all(share: f64) -> u32 {
    (share * f64::from(u32::MAX)) as u32
}

/// Lets all run that are ready to. A task that wakes itself is put behind them; `yield_now`, which asks for it later, and
/// whoever is woken by a timer, may be put before them.
async fn go_to_the_end_of_the_queue() {
    let mut gone = false;
    poll_fn(|context| {
        if std::mem::replace(&mut gone, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(20);

    fn after(looks: &[u64]) -> f64 {
        let mut share = Share::default();
        looks.iter().map(|ms| share.after(Duration::from_millis(*ms), MOST)).last().unwrap_or_default()
    }

    #[test]
    fn one_pause_refuses_nobody() {
        assert!(after(&[5_000]) < f64::EPSILON);
        assert!(after(&[5_000, 12, 5_000, 12]) < f64::EPSILON);
        assert!(after(&[5_000, 5_000]) <= STEP && after(&[5_000, 5_000]) > 0.0);
    }

    #[test]
    fn what_lasts_refuses_ever_more_and_what_ends_none() {
        assert!((after(&[30; 4]) - 0.15).abs() < 1e-9);
        assert!((after(&[40; 99]) - LARGEST_SHARE).abs() < 1e-9);
        assert!((after(&[60; 99]) - 0.6).abs() < 1e-9, "half-way to all");
        assert!((after(&[80; 99]) - 1.0).abs() < 1e-9);
        assert!(after(&[80, 80, 80, 80, 0, 0, 0, 0]) < 1e-9);
        assert!((after(&[30, 30, 30, 20, 20]) - 0.1).abs() < 1e-9, "as it should be: it stays");
    }

    #[test]
    fn none_of_nothing_and_all_of_all() {
        let lag = Lag::new(MOST);
        assert!((0..1_000).all(|_| !lag.refuses_one()));
        lag.refuse_all();
        assert!((0..1_000).all(|_| lag.refuses_one()));
        assert!(lag.is_busy.load(Ordering::Relaxed));
    }
}
