//! Counting against a store that hangs, fails, panics and lies.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;
use std::sync::Mutex;

use async_trait::async_trait;
use futures_util::future::join_all;
use proptest::prelude::*;
use time::macros::datetime;
use tokio::task::JoinHandle;

use super::*;
use crate::store::{Keyed, KeyedVisit};

const TIMEOUT: Duration = Duration::from_secs(5);

/// What the store does with the next commits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Failing,
    Panicking,
    /// Never answers, and nothing is counted.
    Hanging,
    /// Counts, and never says so.
    Silent,
    /// Says that the last visit has this number.
    Lying(u64),
}

struct FakeStore {
    mood: Mutex<Mood>,
    total: Mutex<u64>,
    batches: Mutex<Vec<u64>>,
    keyed: Mutex<HashMap<VisitKey, KeyedVisit>>,
    /// How many commits have begun.
    begun: AtomicU64,
    /// A commit takes one of these, so that a test can hold commits back.
    commits: Semaphore,
    hours: Vec<(Timestamp, u64)>,
}

impl FakeStore {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Well),
            total: Mutex::new(0),
            batches: Mutex::default(),
            keyed: Mutex::default(),
            begun: AtomicU64::default(),
            commits: Semaphore::new(Semaphore::MAX_PERMITS),
            hours: vec![(datetime!(2026-11-21 10:00 UTC), 7), (datetime!(2026-11-21 12:00 UTC), 9)],
        })
    }

    fn held_back() -> Arc<Self> {
        let store = Self { commits: Semaphore::new(0), ..Arc::into_inner(Self::new()).unwrap() };
        Arc::new(store)
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn batches(&self) -> Vec<u64> {
        self.batches.lock().unwrap().clone()
    }
}

#[async_trait]
impl VisitStore for FakeStore {
    async fn count(&self, visits: NonZeroU64, _: Timestamp) -> Result<VisitNumber, StoreError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.commits.acquire().await.unwrap().forget();
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Failing => return Err(StoreError::Unavailable("the disk is full".to_owned())),
            Mood::Panicking => panic!("a fault of the adapter"),
            Mood::Hanging => std::future::pending().await,
            Mood::Lying(last) => return Ok(VisitNumber(last)),
            Mood::Well | Mood::Silent => {}
        }
        self.batches.lock().unwrap().push(visits.get());
        let last = {
            let mut total = self.total.lock().unwrap();
            *total += visits.get();
            *total
        };
        if mood == Mood::Silent {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        Ok(VisitNumber(last))
    }

    async fn count_keyed(&self, keys: &[VisitKey], others: u64, at: Timestamp) -> Result<Keyed, StoreError> {
        let mut total = self.total.lock().unwrap();
        let first_of_others = VisitNumber(*total + 1);
        *total += others;
        let mut keyed = self.keyed.lock().unwrap();
        let visits = keys.iter().map(|&key| {
            if let Some(&known) = keyed.get(&key) {
                return KeyedVisit { is_new: false, ..known };
            }
            *total += 1;
            let visit = KeyedVisit { number: VisitNumber(*total), at, is_new: true };
            keyed.insert(key, visit);
            visit
        });
        Ok(Keyed { visits: visits.collect(), first_of_others })
    }

    async fn forget_keys(&self, _: Timestamp) -> Result<u64, StoreError> {
        unreachable!("nobody asks for it")
    }

    async fn total(&self) -> Result<VisitTotal, StoreError> {
        if *self.mood.lock().unwrap() == Mood::Hanging {
            std::future::pending::<()>().await;
        }
        Ok(VisitTotal { total: *self.total.lock().unwrap(), since: datetime!(2026-11-21 00:00 UTC) })
    }

    async fn history(&self, _: Timestamp, _: Timestamp, _: Step) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        Ok(self.hours.clone())
    }
}

fn settings(max_waiting: usize) -> config::Visits {
    config::Visits { max_waiting, timeout: TIMEOUT, ..config::Visits::default() }
}

fn start(store: &Arc<FakeStore>) -> Arc<Visits> {
    Visits::start(store.clone(), &settings(100))
}

/// Visits that arrive one after the other and wait together.
async fn arrive(visits: &Arc<Visits>, how_many: usize) -> Vec<JoinHandle<Result<Counted, VisitError>>> {
    let before = visits.waiting();
    let mut tasks = Vec::new();
    for _ in 0..how_many {
        let one = visits.clone();
        tasks.push(tokio::spawn(async move { one.count().await }));
        tokio::task::yield_now().await;
    }
    assert_eq!(visits.waiting(), before + how_many);
    tasks
}

/// One visit, whose commit has begun.
async fn begin(visits: &Arc<Visits>, store: &FakeStore) -> Vec<JoinHandle<Result<Counted, VisitError>>> {
    let before = store.begun.load(Ordering::Relaxed);
    let tasks = arrive(visits, 1).await;
    while store.begun.load(Ordering::Relaxed) == before {
        tokio::task::yield_now().await;
    }
    tasks
}

async fn numbers(tasks: Vec<JoinHandle<Result<Counted, VisitError>>>) -> Vec<Result<u64, VisitError>> {
    join_all(tasks).await.into_iter().map(|answer| answer.unwrap().map(|counted| counted.number.0)).collect()
}

async fn number(visits: &Visits) -> Result<u64, VisitError> {
    visits.count().await.map(|counted| counted.number.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_unique_and_without_gaps(clients in 1_usize..40, each in 1_usize..30) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let store = FakeStore::new();
        let mut given = runtime.block_on(async {
            let visits = start(&store);
            let clients = (0..clients).map(|_| {
                let visits = visits.clone();
                tokio::spawn(async move {
                    let mut given = Vec::new();
                    for _ in 0..each {
                        given.push(number(&visits).await.unwrap());
                    }
                    assert!(given.is_sorted(), "who comes later gets a higher number");
                    given
                })
            });
            join_all(clients).await.into_iter().flat_map(Result::unwrap).collect::<Vec<_>>()
        });
        given.sort_unstable();
        prop_assert_eq!(given, (1..=(clients * each) as u64).collect::<Vec<_>>());
        prop_assert_eq!(store.batches().iter().sum::<u64>(), (clients * each) as u64);
    }
}

#[tokio::test]
async fn visits_that_arrive_during_a_commit_share_the_next_one_in_their_order() {
    let store = FakeStore::held_back();
    let visits = start(&store);
    let mut tasks = begin(&visits, &store).await;
    tasks.extend(arrive(&visits, 10).await);
    store.commits.add_permits(2);
    assert_eq!(numbers(tasks).await, (1..=11).map(Ok).collect::<Vec<_>>());
    assert_eq!(store.batches(), [1, 10]);
    assert_eq!(visits.waiting(), 0);
}

#[tokio::test]
async fn a_commit_takes_along_who_is_about_to_arrive() {
    let store = FakeStore::new();
    let visits = start(&store);
    assert_eq!(numbers(arrive(&visits, 5).await).await, (1..=5).map(Ok).collect::<Vec<_>>());
    assert_eq!(store.batches(), [5]);
}

#[tokio::test]
async fn those_who_share_a_commit_share_its_moment() {
    let store = FakeStore::held_back();
    let visits = start(&store);
    let mut tasks = begin(&visits, &store).await;
    tasks.extend(arrive(&visits, 2).await);
    store.commits.add_permits(3);
    let counted: Vec<_> = join_all(tasks).await.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert_ne!(counted[0].counted_at, counted[2].counted_at);
    assert_eq!(counted[1].counted_at, counted[2].counted_at);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once_also_when_its_clients_went_away() {
    let store = FakeStore::held_back();
    let visits = Visits::start(store.clone(), &settings(3));
    let mut tasks = begin(&visits, &store).await;
    tasks.extend(arrive(&visits, 2).await);
    assert_eq!(number(&visits).await, Err(VisitError::Busy));
    for task in &tasks {
        task.abort();
    }
    join_all(tasks).await;
    assert_eq!(number(&visits).await, Err(VisitError::Busy), "what hangs must not make room for more");
    store.commits.add_permits(10);
    tokio::time::sleep(TIMEOUT).await;
    // The first was being committed when its client went away; the others were not, and are not counted.
    assert_eq!(number(&visits).await, Ok(2));
    assert_eq!(visits.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_holds_nobody_beyond_the_time_out() {
    let store = FakeStore::new();
    store.is(Mood::Hanging);
    let visits = start(&store);
    let started = tokio::time::Instant::now();
    let mut tasks = begin(&visits, &store).await;
    tasks.extend(arrive(&visits, 20).await);
    assert_eq!(numbers(tasks).await, [Err(VisitError::TimedOut); 21]);
    assert!(started.elapsed() <= TIMEOUT + Duration::from_millis(10));
    assert_eq!(visits.total().await, Err(VisitError::TimedOut));
    assert!(visits.health().failure().unwrap().reason.contains("5000 ms"));
    tokio::time::sleep(TIMEOUT).await;
    assert_eq!(visits.waiting(), 0, "nobody is remembered");
    store.is(Mood::Well);
    assert_eq!(number(&visits).await, Ok(1));
    assert_eq!(visits.health().failure(), None);
}

#[tokio::test(start_paused = true)]
async fn a_commit_of_unknown_outcome_costs_numbers_and_never_gives_one_twice() {
    let store = FakeStore::new();
    let visits = start(&store);
    assert_eq!(number(&visits).await, Ok(1));
    store.is(Mood::Silent);
    assert_eq!(numbers(arrive(&visits, 1).await).await, [Err(VisitError::TimedOut)]);
    store.is(Mood::Well);
    assert_eq!(number(&visits).await, Ok(3));
}

#[tokio::test]
async fn a_commit_that_fails_answers_all_its_visits() {
    for mood in [Mood::Failing, Mood::Panicking, Mood::Lying(0), Mood::Lying(2)] {
        let store = FakeStore::held_back();
        let visits = start(&store);
        let first = begin(&visits, &store).await;
        let others = arrive(&visits, 5).await;
        store.commits.add_permits(1);
        assert_eq!(numbers(first).await, [Ok(1)]);
        store.is(mood);
        store.commits.add_permits(10);
        assert_eq!(numbers(others).await, [Err(VisitError::Unavailable); 5], "{mood:?}");
        assert!(visits.health().failure().is_some());
        store.is(Mood::Well);
        assert_eq!(number(&visits).await, Ok(2), "{mood:?}");
        assert_eq!(visits.health().failure(), None);
    }
}

#[tokio::test]
async fn a_flush_commits_what_was_taken_and_takes_no_more() {
    let store = FakeStore::held_back();
    let visits = start(&store);
    let tasks = arrive(&visits, 4).await;
    let flushing = tokio::spawn({
        let visits = visits.clone();
        async move { visits.flush(TIMEOUT).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(number(&visits).await, Err(VisitError::Stopping));
    store.commits.add_permits(10);
    assert_eq!(flushing.await.unwrap(), Ok(()));
    assert_eq!(numbers(tasks).await, [Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(visits.flush(TIMEOUT).await, Ok(()), "a second flush has nothing to do");
    assert_eq!(visits.total().await.unwrap().total, 4, "what was counted can still be read");
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_does_not_succeed_says_how_many_were_lost() {
    let store = FakeStore::new();
    store.is(Mood::Hanging);
    let visits = start(&store);
    let tasks = arrive(&visits, 4).await;
    assert_eq!(visits.flush(Duration::from_secs(1)).await, Err(FlushError { unanswered: 4 }));
    assert_eq!(numbers(tasks).await, [Err(VisitError::TimedOut); 4]);
}

#[tokio::test]
async fn counting_ends_with_its_last_handle() {
    let store = FakeStore::new();
    let visits = start(&store);
    assert_eq!(number(&visits).await, Ok(1));
    let stopped = visits.stopped.clone();
    drop(visits);
    stopped.cancelled().await;
    assert_eq!(Arc::strong_count(&store), 1);
}

#[tokio::test]
async fn a_history_leaves_no_step_out() {
    let visits = start(&FakeStore::new());
    let (from, to) = (datetime!(2026-11-21 09:59:59 UTC), datetime!(2026-11-21 13:00:01 UTC));
    let hours = visits.history(from, to, Step::Hour).await.unwrap();
    let expected = [(9, 0), (10, 7), (11, 0), (12, 9), (13, 0)];
    assert_eq!(
        hours,
        expected.map(|(hour, count)| (datetime!(2026-11-21 0:00 UTC) + time::Duration::hours(hour), count))
    );
}

#[tokio::test]
async fn a_history_has_bounds() {
    let visits = start(&FakeStore::new());
    let from = datetime!(2026-11-21 09:00 UTC);
    let limit = time::Duration::hours(MAX_HISTORY_STEPS.into());
    assert_eq!(visits.history(from, from, Step::Hour).await, Err(HistoryError::Empty));
    assert_eq!(visits.history(from, from - limit, Step::Hour).await, Err(HistoryError::Empty));
    assert_eq!(visits.history(from, from + limit, Step::Hour).await.unwrap().len(), 10_000);
    let too_long = visits.history(from, from + limit + time::Duration::NANOSECOND, Step::Hour).await;
    assert_eq!(too_long, Err(HistoryError::TooLong { steps: 10_001 }));
    assert_eq!(too_long.unwrap_err().to_string(), "a history has at most 10000 steps, this one would have 10001");
    let (first, last) = (datetime!(-9999-01-01 00:00 UTC), datetime!(9999-12-31 23:59:59.999999999 UTC));
    assert!(matches!(visits.history(first, last, Step::Hour).await, Err(HistoryError::TooLong { .. })));
    assert_eq!(visits.history(last, last + time::Duration::ZERO, Step::Day).await, Err(HistoryError::Empty));
    let end_of_time = visits.history(last - time::Duration::hours(2), last, Step::Hour).await.unwrap();
    assert_eq!(end_of_time.len(), 3);
    let nothing_twice: HashSet<_> = end_of_time.iter().map(|(at, _)| at).collect();
    assert_eq!(nothing_twice.len(), 3);
    let begin_of_time = visits.history(first, first + time::Duration::HOUR, Step::Day).await.unwrap();
    assert_eq!(begin_of_time, [(first, 0)]);
}

#[tokio::test]
async fn a_key_is_counted_once_within_a_batch_and_between_batches() {
    let store = FakeStore::new();
    let visits = Visits::start(store.clone(), &config::Visits::default());
    let batch = join_all([visits.count_once("a"), visits.count_once("b"), visits.count_once("a")]).await;
    let numbers: Vec<_> = batch.into_iter().map(|counted| counted.unwrap()).collect();
    assert_eq!(numbers[0], numbers[2]);
    assert_ne!(numbers[0].number, numbers[1].number);
    let (other, again) = tokio::join!(visits.count(), visits.count_once("a"));
    assert_eq!((other.unwrap().number.0, again.unwrap()), (3, numbers[0]));
}
