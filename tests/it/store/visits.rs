//! The count of visits.

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::time::Duration;

use sirius::domain::{Step, Timestamp, VisitKey, VisitNumber};
use sirius::store::VisitStore;
use time::OffsetDateTime;
use time::macros::datetime;

use super::Database;
use super::samples::MOMENT;

async fn count(store: &dyn VisitStore, visits: u64, at: Timestamp) -> u64 {
    store.count(NonZeroU64::new(visits).unwrap(), at).await.unwrap().0
}

pub async fn the_first_visit_is_number_one(database: &impl Database) {
    let before = OffsetDateTime::now_utc() - time::Duration::MILLISECOND;
    let store = database.connect().await.visits;
    let fresh = store.total().await.unwrap();
    assert_eq!(fresh.total, 0);
    assert!((before..=OffsetDateTime::now_utc()).contains(&fresh.since), "{}", fresh.since);
    assert_eq!(count(&*store, 1, MOMENT).await, 1);
    assert_eq!(count(&*store, 5, MOMENT).await, 6);
    let total = store.total().await.unwrap();
    assert_eq!((total.total, total.since), (6, fresh.since));
}

pub async fn handles_share_one_count(database: &impl Database) {
    let mut tasks = Vec::new();
    for visits in [1, 2, 3] {
        let store = database.connect().await.visits;
        tasks.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..30 {
                let last = count(&*store, visits, MOMENT).await;
                numbers.extend(last - visits + 1..=last);
            }
            numbers
        }));
    }
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=180).collect::<Vec<_>>());
    assert_eq!(database.connect().await.visits.total().await.unwrap().total, 180);
}

pub async fn hours_add_up_to_days(database: &impl Database) {
    let store = database.connect().await.visits;
    for (visits, at) in [
        (3, datetime!(2026-11-20 23:59:59.999 UTC)),
        (5, datetime!(2026-11-21 00:00 UTC)),
        (7, datetime!(2026-11-21 00:30 UTC)),
        (11, datetime!(2026-11-21 23:00 +02:00)),
        (13, datetime!(2026-11-23 12:00 UTC)),
    ] {
        count(&*store, visits, at).await;
    }
    let (from, to) = (datetime!(2026-11-01 00:00 UTC), datetime!(2026-12-01 00:00 UTC));
    assert_eq!(
        store.history(from, to, Step::Hour).await.unwrap(),
        [
            (datetime!(2026-11-20 23:00 UTC), 3),
            (datetime!(2026-11-21 00:00 UTC), 12),
            (datetime!(2026-11-21 21:00 UTC), 11),
            (datetime!(2026-11-23 12:00 UTC), 13),
        ]
    );
    assert_eq!(
        store.history(from, to, Step::Day).await.unwrap(),
        [
            (datetime!(2026-11-20 00:00 UTC), 3),
            (datetime!(2026-11-21 00:00 UTC), 23),
            (datetime!(2026-11-23 00:00 UTC), 13),
        ]
    );
}

pub async fn a_history_takes_the_steps_that_begin_in_it(database: &impl Database) {
    let store = database.connect().await.visits;
    for hour in 0..48 {
        count(&*store, 1, datetime!(2026-11-21 00:00 UTC) + time::Duration::hours(hour)).await;
    }
    let hours = async |from, to| store.history(from, to, Step::Hour).await.unwrap();
    assert_eq!(hours(datetime!(2026-11-21 05:00 UTC), datetime!(2026-11-21 07:00 UTC)).await.len(), 2);
    assert_eq!(
        hours(datetime!(2026-11-21 05:00:00.001 UTC), datetime!(2026-11-21 07:00:00.001 UTC)).await,
        [(datetime!(2026-11-21 06:00 UTC), 1), (datetime!(2026-11-21 07:00 UTC), 1)]
    );
    assert_eq!(hours(datetime!(2026-11-21 05:10 UTC), datetime!(2026-11-21 05:50 UTC)).await, []);
    // The second day begins within, and so is whole.
    let days =
        store.history(datetime!(2026-11-21 01:00 UTC), datetime!(2026-11-22 01:00 UTC), Step::Day).await.unwrap();
    assert_eq!(days, [(datetime!(2026-11-22 00:00 UTC), 24)]);
    let (first, last) = (datetime!(0000-01-01 00:00 UTC), datetime!(9999-12-31 23:59:59 UTC));
    assert_eq!(store.history(first, last, Step::Day).await.unwrap().len(), 2);
}

pub async fn an_abandoned_count_leaves_no_trace_or_a_whole_one(database: &impl Database) {
    let store = database.connect().await.visits;
    let mut given = HashSet::new();
    let mut abandoned = 0;
    for round in 0..120 {
        let mut count = store.count(NonZeroU64::MIN, MOMENT);
        if round % 4 == 0 {
            // Begun and dropped: however fast the disk is, an answer comes from another thread, and not at once.
            assert!(futures_util::poll!(&mut count).is_pending());
            abandoned += 1;
            continue;
        }
        let patience = Duration::from_micros(round * 25);
        match tokio::time::timeout(patience, count).await {
            Ok(number) => assert!(given.insert(number.unwrap())),
            Err(_) => abandoned += 1,
        }
    }
    let VisitNumber(last) = store.count(NonZeroU64::MIN, MOMENT).await.unwrap();
    let acknowledged = given.len() as u64;
    assert!((acknowledged + 1..=acknowledged + 1 + abandoned).contains(&last), "{last}, {acknowledged}, {abandoned}");
    // What a server was sent before it was given up may be counted a little later.
    let total = store.total().await.unwrap().total;
    assert!((last..=last + abandoned).contains(&total), "{total}, {last}, {abandoned}");
    let history = store.history(MOMENT - time::Duration::DAY, MOMENT, Step::Hour).await.unwrap();
    let of_hours = history.iter().map(|(_, visits)| visits).sum::<u64>();
    assert!((total..=last + abandoned).contains(&of_hours), "the hour and the total are one: {of_hours}, {total}");
}

pub async fn the_count_survives_reopening(database: &impl Database) {
    let stores = database.connect().await;
    assert_eq!(count(&*stores.visits, 3, MOMENT).await, 3);
    let since = stores.visits.total().await.unwrap().since;
    stores.connection.close().await;
    let store = database.connect().await.visits;
    assert_eq!(count(&*store, 1, MOMENT).await, 4);
    assert_eq!(store.total().await.unwrap().since, since);
}

pub async fn a_key_is_counted_once_for_a_day(database: &impl Database) {
    let (store, other) = (database.connect().await.visits, database.connect().await.visits);
    let [a, b, c] = [1, 2, 3].map(|seed| VisitKey([seed; 32]));
    let first = store.count_keyed(&[a, b], 3, MOMENT).await.unwrap();
    assert_eq!(first.first_of_others.0, 1);
    assert_eq!(
        first.visits.iter().map(|visit| (visit.number.0, visit.at, visit.is_new)).collect::<Vec<_>>(),
        [(4, MOMENT, true), (5, MOMENT, true)]
    );
    let later = MOMENT + time::Duration::HOUR;
    let second = other.count_keyed(&[c, b], 1, later).await.unwrap();
    assert_eq!(second.first_of_others.0, 6);
    assert_eq!(
        second.visits.iter().map(|visit| (visit.number.0, visit.at, visit.is_new)).collect::<Vec<_>>(),
        [(7, later, true), (5, MOMENT, false)]
    );
    assert_eq!(other.count_keyed(&[a], 0, later).await.unwrap().visits[0].number.0, 4);
    assert_eq!(store.total().await.unwrap().total, 7);

    assert_eq!(store.forget_keys(later).await.unwrap(), 2);
    let third = store.count_keyed(&[a, c], 0, later).await.unwrap().visits;
    assert_eq!((third[0].number.0, third[1].number.0), (8, 7));
}

pub async fn one_key_at_several_replicas_is_counted_once(database: &impl Database) {
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let store = database.connect().await.visits;
        tasks.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for seed in 0..20 {
                let counted = store.count_keyed(&[VisitKey([seed; 32])], 1, MOMENT).await.unwrap();
                numbers.push(counted.visits[0].number.0);
            }
            numbers
        }));
    }
    let mut all = HashSet::new();
    for task in tasks {
        all.insert(task.await.unwrap());
    }
    assert_eq!(all.len(), 1, "all were told the same numbers");
    assert_eq!(database.connect().await.visits.total().await.unwrap().total, 20 + 4 * 20);
}
