//! The statements that the store is made of, for each database to write in its own words.
//!
//! What is done with them is in `catalogue`, `visits` and `settings`, once for all databases.

use super::StoreError;
use super::driver::Driver;
use crate::domain::Image;

/// What a statement answers.
pub(super) type Answer<T> = Result<T, StoreError>;

/// All statements. Each runs on a session that its caller holds; those that write, within its transaction.
pub(super) trait Statements: Driver {
    /// Images as they come from the database.
    type Part: Part;

    /// What Sirius keeps for itself under this name.
    fn setting(on: &mut Self::Session, key: &'static str) -> impl Future<Output = Answer<Option<Vec<u8>>>> + Send;

    /// Keeps something under a name that has nothing yet; what is there stays.
    fn keep_setting(on: &mut Self::Session, key: &'static str, value: &[u8])
    -> impl Future<Output = Answer<()>> + Send;

    /// How many changes to the catalogue there were.
    fn last_change(on: &mut Self::Session) -> impl Future<Output = Answer<i64>> + Send;

    /// The same, and from then on until the end of the transaction nobody else changes the catalogue.
    fn take_turn(on: &mut Self::Session) -> impl Future<Output = Answer<i64>> + Send;

    /// Raises the count of changes.
    fn set_last_change(on: &mut Self::Session, change: i64) -> impl Future<Output = Answer<()>> + Send;

    /// Those of these ids that are there.
    fn known(on: &mut Self::Session, ids: &[String]) -> impl Future<Output = Answer<Vec<String>>> + Send;

    /// Adds images that are not there: their ids, and their facts in the same order. The first is the change after
    /// `change`.
    fn insert(
        on: &mut Self::Session,
        change: i64,
        ids: &[String],
        facts: &[String],
    ) -> impl Future<Output = Answer<()>> + Send;

    /// Removes images and gives the numbers of those that were there.
    fn delete(on: &mut Self::Session, ids: &[String]) -> impl Future<Output = Answer<Vec<i64>>> + Send;

    /// Notes the numbers of removed images, the first as the change after `change`.
    fn note_removed(on: &mut Self::Session, change: i64, numbers: &[i64]) -> impl Future<Output = Answer<()>> + Send;

    /// The number and the facts of an image.
    fn find(on: &mut Self::Session, id: &str) -> impl Future<Output = Answer<Option<(i64, String)>>> + Send;

    /// Replaces the facts of an image.
    fn rewrite(
        on: &mut Self::Session,
        number: i64,
        change: i64,
        facts: &str,
    ) -> impl Future<Output = Answer<()>> + Send;

    /// The change of the image that so many others precede after `since`.
    fn change_behind(
        on: &mut Self::Session,
        since: i64,
        others: i64,
    ) -> impl Future<Output = Answer<Option<i64>>> + Send;

    /// The images of some changes, in the order of these.
    fn part(on: &mut Self::Session, after: i64, up_to: i64) -> impl Future<Output = Answer<Self::Part>> + Send;

    /// The first changes of a stretch that removed an image, and the numbers of these.
    fn removed(
        on: &mut Self::Session,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> impl Future<Output = Answer<Vec<(i64, i64)>>> + Send;

    /// Counts visits in one durable transaction and gives the total. [`StoreError::Conflict`] when one of the keys was
    /// counted meanwhile.
    fn count(&self, visits: Counting<'_>) -> impl Future<Output = Answer<i64>> + Send;

    /// The numbers and milliseconds since 1970 of those of these keys that were counted.
    fn keyed(on: &mut Self::Session, keys: &[Vec<u8>])
    -> impl Future<Output = Answer<Vec<(Vec<u8>, i64, i64)>>> + Send;

    /// Forgets at most so many keys that were counted before a millisecond since 1970, and gives how many; and batches that
    /// nobody can be asking for any more.
    fn forget_keys(on: &mut Self::Session, before_ms: i64, limit: i64) -> impl Future<Output = Answer<u64>> + Send;

    /// How many visits were counted, and since which millisecond since 1970.
    fn total(on: &mut Self::Session) -> impl Future<Output = Answer<(i64, i64)>> + Send;

    /// How many visits each step of so many hours had, from one clock hour to another.
    fn steps(
        on: &mut Self::Session,
        hours: i64,
        first: i64,
        end: i64,
    ) -> impl Future<Output = Answer<Vec<(i64, i64)>>> + Send;
}

/// Visits to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting<'a> {
    /// How many.
    pub visits: i64,
    /// The clock hour since 1970 that they are counted in.
    pub hour: i64,
    /// The millisecond since 1970.
    pub at_ms: i64,
    /// The keys of the last of them, in the order of their numbers.
    pub keys: &'a [Vec<u8>],
}

/// Some images as they come from the database.
pub(super) trait Part: Send + 'static {
    /// Reads them; takes a while.
    fn parse(&self) -> Result<Vec<Image>, StoreError>;
}

/// Writes statements as functions: what it answers, its name and values, its text.
///
/// `run` answers nothing, `affected` how many rows, `scalar` one value, `maybe` one or none, `scalars` any number; `row`, `maybe_row` and `rows` the
/// same of tuples.
macro_rules! statements {
    ($($kind:ident $name:ident($($value:ident: $type:ty),*) -> $answer:ty = $sql:expr;)+) => {$(
        async fn $name(on: &mut <Self as $crate::store::driver::Driver>::Session, $($value: $type),*) -> $crate::store::statements::Answer<$answer> {
            use $crate::store::driver::{Driver, Session, answer};
            const SQL: &str = $sql;
            let terms = on.terms();
            let connection = on.lend();
            let answer = answer::<Self, _>(SQL, terms, statements!(@$kind terms, connection, $($value),*)).await;
            if answer.as_ref().err().is_none_or(<Self as Driver>::is_answer) {
                on.settled();
            }
            answer.map_err(<Self as Driver>::refusal)
        }
    )+};
    (@run $terms:ident, $on:ident, $($value:ident),*) => {
        async { sqlx::query(SQL).persistent($terms.prepared)$(.bind($value))*.execute($on).await.map(drop) }
    };
    (@affected $terms:ident, $on:ident, $($value:ident),*) => {
        async {
            let done = sqlx::query(SQL).persistent($terms.prepared)$(.bind($value))*.execute($on).await?;
            Ok(done.rows_affected())
        }
    };
    (@scalar $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_scalar(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_one($on)
    };
    (@maybe $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_scalar(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_optional($on)
    };
    (@scalars $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_scalar(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_all($on)
    };
    (@row $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_as(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_one($on)
    };
    (@maybe_row $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_as(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_optional($on)
    };
    (@rows $terms:ident, $on:ident, $($value:ident),*) => {
        sqlx::query_as(SQL).persistent($terms.prepared)$(.bind($value))*.fetch_all($on)
    };
}

pub(super) use statements;
