//! The one task that commits: takes what waits, counts it, and gives everybody their number.

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::yield_now;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Counted, Latest, VisitError, settle};
use crate::domain::{Timestamp, VisitKey, VisitNumber};
use crate::services::health::Health;
use crate::store::{Keyed, KeyedVisit, StoreError, VisitStore};
use crate::telemetry::events::VisitsCommitted;
use crate::telemetry::traces::{Commit, Link};

/// How long a commit waits at most for visits that are about to arrive, on a process that is busy.
const GATHERING: Duration = Duration::from_millis(2);

/// A visit that waits for its number.
pub(super) struct Waiting {
    /// With the commit that it shared, if that is traced.
    pub(super) answer: oneshot::Sender<(Result<Counted, VisitError>, Option<Link>)>,
    /// What its client calls it, if it does.
    pub(super) key: Option<VisitKey>,
    /// The request that waits, if it is traced.
    pub(super) request: Option<Link>,
    /// Given back when the visit has been answered or given up, not when its client went away: a queue of clients that
    /// went away is as long as any other.
    pub(super) _place: OwnedSemaphorePermit,
}

/// The one task that commits.
pub(super) struct Committer {
    pub(super) store: Arc<dyn VisitStore>,
    pub(super) arrivals: mpsc::UnboundedReceiver<Waiting>,
    pub(super) max_batch: usize,
    pub(super) timeout: Duration,
    pub(super) health: Arc<Health>,
    pub(super) latest: Arc<Latest>,
    pub(super) _ended: DropGuard,
}

impl Committer {
    pub(super) async fn run(mut self, stopping: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled(), if !self.arrivals.is_closed() => self.arrivals.close(),
                taken = self.arrivals.recv_many(&mut batch, self.max_batch) => {
                    if taken == 0 {
                        return;
                    }
                    self.gather(&mut batch).await;
                    self.answer(&mut batch).await;
                }
            }
        }
    }

    /// Takes along who is about to arrive: lets all other tasks have their turn, until two turns in a row bring nobody.
    ///
    /// A visit whose request is there and has not been read would have the next commit, which takes the database as long as
    /// one for all of them. The first turn is for what can go on, the second for what the network has brought meanwhile. When
    /// there is nothing else to do, neither takes any time.
    async fn gather(&mut self, batch: &mut Vec<Waiting>) {
        let (begun, mut empty) = (Instant::now(), 0);
        while empty < 2 && batch.len() < self.max_batch && begun.elapsed() < GATHERING {
            let before = batch.len();
            yield_now().await;
            while batch.len() < self.max_batch
                && let Ok(waiting) = self.arrivals.try_recv()
            {
                batch.push(waiting);
            }
            empty = if batch.len() == before { empty + 1 } else { 0 };
        }
    }

    /// Commits the visits that still wait, and answers all of them. Leaves the batch empty.
    ///
    /// A commit is never tried again: whether a failed one came through is not always known, and the numbers that it
    /// may have used must not be given to anyone else. The store gives out the next numbers, so they never are.
    async fn answer(&self, batch: &mut Vec<Waiting>) {
        // A client that has been told "too late" is not counted after all.
        batch.retain(|waiting| !waiting.answer.is_closed());
        let Some(visits) = u64::try_from(batch.len()).ok().and_then(NonZeroU64::new) else { return };
        let commit = Commit::of(batch.iter().map(|waiting| waiting.request));
        let link = commit.link();
        let (at, begun) = (Timestamp::now_utc(), Instant::now());
        let keys: BTreeSet<_> = batch.iter().filter_map(|waiting| waiting.key).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let others = batch.iter().filter(|waiting| waiting.key.is_none()).count() as u64;
        let counting = settle(self.timeout, &self.health, self.count(&keys, others, at));
        let committed = commit.run("commit visits", visits.get(), counting).await;
        let elapsed = begun.elapsed();
        let mut numbers = committed.map(|counted| Numbers::of(&keys, counted, at));
        let (mut acknowledged, mut counted, mut last) = (0, others, 0);
        for waiting in batch.drain(..) {
            let given = numbers.as_mut().map_err(|error| *error).and_then(|numbers| numbers.give(waiting.key));
            let answer = given.map(|(answer, _)| answer);
            let is_new = given.is_ok_and(|(_, is_new)| is_new);
            counted += u64::from(is_new && waiting.key.is_some());
            last = last.max(answer.map_or(0, |answer| if is_new { answer.number.0 } else { 0 }));
            // A client may have gone away meanwhile: its visit is counted, its number is nobody's.
            acknowledged += u64::from(waiting.answer.send((answer, link)).is_ok() && is_new);
        }
        if numbers.is_ok() && counted > 0 {
            self.latest.learn(last);
            VisitsCommitted { batch: counted, acknowledged, elapsed }.emit();
        }
    }

    /// Most visits have no key, and are counted without looking for any.
    async fn count(&self, keys: &[VisitKey], others: u64, at: Timestamp) -> Result<Keyed, StoreError> {
        match NonZeroU64::new(others).filter(|_| keys.is_empty()) {
            Some(visits) => {
                let last = self.store.count(visits, at).await?;
                let first = first_of(last, visits)?;
                Ok(Keyed { visits: Vec::new(), first_of_others: VisitNumber(first) })
            }
            None => self.store.count_keyed(keys, others, at).await,
        }
    }
}

/// The numbers of a batch that is counted.
struct Numbers {
    keyed: HashMap<VisitKey, KeyedVisit>,
    next: u64,
    at: Timestamp,
}

impl Numbers {
    fn of(keys: &[VisitKey], counted: Keyed, at: Timestamp) -> Self {
        let keyed = keys.iter().copied().zip(counted.visits).collect();
        Self { keyed, next: counted.first_of_others.0, at }
    }

    /// The number of the next visit, and whether it was counted for it.
    fn give(&mut self, key: Option<VisitKey>) -> Result<(Counted, bool), VisitError> {
        let Some(key) = key else {
            let number = VisitNumber(self.next);
            self.next += 1;
            return Ok((Counted { number, counted_at: self.at }, true));
        };
        let visit = self.keyed.get_mut(&key).ok_or(VisitError::Unavailable)?;
        // Whoever comes second with the same key within a batch repeats the first.
        let is_new = mem::take(&mut visit.is_new);
        Ok((Counted { number: visit.number, counted_at: visit.at }, is_new))
    }
}

/// The number of the first visit of a commit.
fn first_of(last: VisitNumber, visits: NonZeroU64) -> Result<u64, StoreError> {
    last.0.checked_sub(visits.get() - 1).filter(|&first| first > 0).ok_or_else(|| {
        let last = last.0;
        StoreError::Corrupt(format!("the store counted {visits} visits and gave the last of them the number {last}"))
    })
}
