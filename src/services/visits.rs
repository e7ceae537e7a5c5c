//! Counting visits: each one durable before it is acknowledged.
//!
//! Visits that arrive while a commit is under way wait for the next one and share it (group commit), so that one sync
//! of the disk serves all of them. One task commits; a visit waits in a bounded queue until it is answered.

mod commit;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use sha2::{Digest, Sha256 as Hasher};
use tokio::sync::{Semaphore, TryAcquireError, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::commit::{Committer, Waiting};
use super::health::Health;
use crate::config;
use crate::domain::{Step, Timestamp, VisitKey, VisitNumber, VisitTotal};
use crate::store::{StoreError, VisitStore};
use crate::telemetry::catalogue::values::VisitReason;
use crate::telemetry::events::{VisitFailed, VisitsObserved};
use crate::telemetry::traces::{self, Link};

/// The most steps that one history holds: a year and more of hours, 27 years of days.
pub const MAX_HISTORY_STEPS: u32 = 10_000;

/// How often the database is asked for its total, which other processes raise, too.
const TOTAL_INTERVAL: Duration = Duration::from_secs(10);

/// How long a visit that its client has named is remembered, at least.
pub const KEYS_KEPT: Duration = Duration::from_hours(24);

/// What clocks of replicas may differ by, or be set back.
const KEYS_SPARE: Duration = Duration::from_hours(2);

/// How often older ones are forgotten, some thousands each time.
const FORGET_INTERVAL: Duration = Duration::from_mins(1);

/// The counter of visits.
pub struct Visits {
    store: Arc<dyn VisitStore>,
    queue: mpsc::UnboundedSender<Waiting>,
    /// A permit for each visit that has not been answered: this is what bounds the queue.
    places: Arc<Semaphore>,
    max_waiting: usize,
    timeout: Duration,
    health: Arc<Health>,
    latest: Arc<Latest>,
    /// Asks the committing task to take no more.
    stopping: CancellationToken,
    /// Says that the committing task has ended.
    stopped: CancellationToken,
}

/// A visit that is counted, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Its number.
    pub number: VisitNumber,
    /// The moment it is counted in: the beginning of its commit, one and the same for all that share it.
    pub counted_at: Timestamp,
}

/// A visit that was not acknowledged, or a count that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VisitError {
    /// As many visits as may wait are waiting. This one is not counted.
    #[error("too many visits are waiting to be counted")]
    Busy,
    /// It took too long. Whether the visit is counted is not known.
    #[error("the count of visits did not answer in time")]
    TimedOut,
    /// The store refused. Nearly always the visit is not counted; after a failed commit that is not known.
    #[error("the count of visits is not available")]
    Unavailable,
    /// Sirius is shutting down. This visit is not counted.
    #[error("visits are no longer counted, because the service is shutting down")]
    Stopping,
}

/// A history that cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// It would end before it begins, or at once.
    #[error("`from` must be earlier than `to`")]
    Empty,
    /// It would be too long.
    #[error("a history has at most {MAX_HISTORY_STEPS} steps, this one would have {steps}")]
    TooLong {
        /// How many it would have.
        steps: u64,
    },
    /// The count could not be read.
    #[error(transparent)]
    Count(#[from] VisitError),
}

/// Visits that were taken and are not committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{unanswered} visits were not committed in time")]
pub struct FlushError {
    /// How many.
    pub unanswered: usize,
}

impl Visits {
    /// Starts counting. Needs a tokio runtime; ends with [`Visits::flush`] or when the last handle is gone.
    #[must_use]
    pub fn start(store: Arc<dyn VisitStore>, settings: &config::Visits) -> Arc<Self> {
        let (queue, arrivals) = mpsc::unbounded_channel();
        let health = Arc::new(Health::default());
        let latest = Arc::new(Latest::default());
        let stopping = CancellationToken::new();
        let stopped = CancellationToken::new();
        let committer = Committer {
            store: store.clone(),
            arrivals,
            max_batch: settings.max_waiting,
            timeout: settings.timeout,
            health: health.clone(),
            latest: latest.clone(),
            _ended: stopped.clone().drop_guard(),
        };
        tokio::spawn(committer.run(stopping.clone()));
        Arc::new(Self {
            store,
            queue,
            places: Arc::new(Semaphore::new(settings.max_waiting.min(Semaphore::MAX_PERMITS))),
            max_waiting: settings.max_waiting,
            timeout: settings.timeout,
            health,
            latest,
            stopping,
            stopped,
        })
    }

    /// Counts one visit, and gives its number when that is durable. Numbers are given in the order of arrival.
    ///
    /// Whoever stops waiting (drops the future) before its commit has begun is not counted.
    ///
    /// # Errors
    /// [`VisitError::Busy`] and [`VisitError::Stopping`] at once, [`VisitError::TimedOut`] after the time of
    /// `visits.timeout`, [`VisitError::Unavailable`] as soon as the store has refused.
    pub async fn count(&self) -> Result<Counted, VisitError> {
        self.told(None).await
    }

    /// Counts a visit that its client has named, by words of its own: however often it is counted within
    /// [`KEYS_KEPT`], also by other replicas, it is counted once and gets the same answer.
    ///
    /// # Errors
    /// As [`Visits::count`]. Trying again with the same words is safe, whatever the error.
    pub async fn count_once(&self, words: &str) -> Result<Counted, VisitError> {
        self.told(Some(VisitKey(Hasher::digest(words).into()))).await
    }

    async fn told(&self, key: Option<VisitKey>) -> Result<Counted, VisitError> {
        let counted = self.counted(key).await;
        if let Err(error) = counted {
            VisitFailed { reason: error.into() }.emit();
        }
        counted
    }

    async fn counted(&self, key: Option<VisitKey>) -> Result<Counted, VisitError> {
        let place = self.places.clone().try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => VisitError::Busy,
            TryAcquireError::Closed => VisitError::Stopping,
        })?;
        let (answer, answered) = oneshot::channel();
        let request = Link::current();
        self.queue.send(Waiting { answer, key, request, _place: place }).map_err(|_| VisitError::Stopping)?;
        let wait = traces::wait("visits to be committed");
        wait.run(async {
            let (answer, commit) = match tokio::time::timeout(self.timeout, answered).await {
                Ok(Ok(answered)) => answered,
                Ok(Err(_)) => return Err(VisitError::Stopping),
                Err(_) => return Err(VisitError::TimedOut),
            };
            wait.link(commit);
            answer
        })
        .await
    }

    /// How many visits have been counted, and since when.
    ///
    /// # Errors
    /// [`VisitError::TimedOut`] or [`VisitError::Unavailable`].
    pub async fn total(&self) -> Result<VisitTotal, VisitError> {
        let total = self.asked(self.store.total()).await?;
        self.latest.learn(total.total);
        Ok(total)
    }

    /// Asks for the total again and again until `stop`, so that it is known although nobody else asks.
    pub async fn follow_total(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // A failure shows in the health, as any does.
            let _ = self.total().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TOTAL_INTERVAL) => {}
            }
        }
    }

    /// Forgets keys that were kept for long enough, again and again until `stop`.
    pub async fn forget_keys(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // What is left is the next time's.
            let _ = self.asked(self.store.forget_keys(Timestamp::now_utc() - KEYS_KEPT - KEYS_SPARE)).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(FORGET_INTERVAL) => {}
            }
        }
    }

    /// Tells how visits stand.
    pub fn observe(&self) {
        VisitsObserved { stored: self.latest.get(), pending: self.waiting() }.emit();
    }

    /// The counts of all steps from the one that `from` falls into to the last that begins before `to`, oldest first
    /// and none left out: a step without visits has the count 0.
    ///
    /// # Errors
    /// When that would be no step or more than [`MAX_HISTORY_STEPS`], or the store does not answer.
    pub async fn history(
        &self,
        from: Timestamp,
        to: Timestamp,
        step: Step,
    ) -> Result<Vec<(Timestamp, u64)>, HistoryError> {
        let steps = steps_between(from, to, step)?;
        let begin = step.floor(from);
        let counted = self.asked(self.store.history(begin, to, step)).await?;
        let mut counted = counted.into_iter().peekable();
        let width = time::Duration::seconds(step.seconds());
        Ok((0..steps)
            // The calendar ends with the year 9999, and with it the history.
            .map_while(|number| begin.checked_add(width * number))
            .map(|at| (at, counted.next_if(|&(counted_at, _)| counted_at == at).map_or(0, |(_, visits)| visits)))
            .collect())
    }

    /// How the last commit or reading ended.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// How many visits have been taken and not been answered.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.max_waiting.saturating_sub(self.places.available_permits())
    }

    /// Takes no more visits, commits those that were taken, and ends counting.
    ///
    /// # Errors
    /// When they are not all answered within `deadline`.
    pub async fn flush(&self, deadline: Duration) -> Result<(), FlushError> {
        self.places.close();
        self.stopping.cancel();
        tokio::time::timeout(deadline, self.stopped.cancelled())
            .await
            .map_err(|_| FlushError { unanswered: self.waiting() })
    }

    async fn asked<T>(&self, question: impl Future<Output = Result<T, StoreError>>) -> Result<T, VisitError> {
        settle(self.timeout, &self.health, question).await
    }
}

/// How many visits the store had counted when it was last heard. An answer that was overtaken by another may be a
/// little old; a restored backup may have fewer.
#[derive(Default)]
struct Latest(AtomicU64);

impl Latest {
    fn learn(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl From<VisitError> for VisitReason {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Busy => Self::Busy,
            VisitError::TimedOut => Self::TimedOut,
            VisitError::Unavailable => Self::Unavailable,
            VisitError::Stopping => Self::Stopping,
        }
    }
}

/// Waits for the store, but not for ever and not for one that panics: either would end counting for good.
async fn settle<T>(
    timeout: Duration,
    health: &Health,
    question: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, VisitError> {
    match tokio::time::timeout(timeout, AssertUnwindSafe(question).catch_unwind()).await {
        Ok(Ok(Ok(answer))) => {
            health.succeeded();
            Ok(answer)
        }
        Ok(Ok(Err(error))) => {
            health.failed(error.to_string());
            Err(VisitError::Unavailable)
        }
        Ok(Err(_)) => {
            health.failed("the database's adapter panicked".to_owned());
            Err(VisitError::Unavailable)
        }
        Err(_) => {
            health.failed(format!("the database did not answer within {} ms", timeout.as_millis()));
            Err(VisitError::TimedOut)
        }
    }
}

/// How many steps begin in `from..to`, the one that `from` falls into included.
fn steps_between(from: Timestamp, to: Timestamp, step: Step) -> Result<i32, HistoryError> {
    if from >= to {
        return Err(HistoryError::Empty);
    }
    let seconds = to.unix_timestamp() - step.floor(from).unix_timestamp() + i64::from(to.nanosecond() > 0);
    let steps = (seconds + step.seconds() - 1) / step.seconds();
    i32::try_from(steps)
        .ok()
        .filter(|&steps| steps.unsigned_abs() <= MAX_HISTORY_STEPS)
        .ok_or(HistoryError::TooLong { steps: steps.unsigned_abs() })
}

#[cfg(test)]
mod tests;
