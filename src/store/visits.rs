//! The count of visits.

use std::collections::HashMap;
use std::num::NonZeroU64;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::facts::{from_ms, to_ms};
use super::statements::{Counting, Statements};
use super::transaction::Transaction;
use super::{Keyed, KeyedVisit, StoreError, VisitStore};
use crate::domain::{Step, Timestamp, VisitKey, VisitNumber, VisitTotal};

const HOUR_SECONDS: i64 = Step::Hour.seconds();

/// How often visits are counted that others have counted by the same keys meanwhile.
const TRIES: u32 = 5;

/// Few enough that forgetting keeps nobody waiting who counts.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

#[async_trait]
impl<D: Statements> VisitStore for D {
    async fn count(&self, visits: NonZeroU64, at: Timestamp) -> Result<VisitNumber, StoreError> {
        let Keyed { first_of_others, .. } = self.count_keyed(&[], visits.get(), at).await?;
        Ok(VisitNumber(first_of_others.0 + visits.get() - 1))
    }

    async fn count_keyed(&self, keys: &[VisitKey], others: u64, at: Timestamp) -> Result<Keyed, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let known = known(self, keys).await?;
            match count_unknown(self, keys, &known, others, at).await {
                // Another replica has counted one of the keys since they were looked for.
                Err(StoreError::Conflict(_)) if tries < TRIES => {}
                done => return done,
            }
        }
    }

    async fn forget_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = Transaction::write(self).await?;
        let forgotten = D::forget_keys(&mut transaction, to_ms(before), FORGOTTEN_AT_ONCE).await?;
        transaction.commit().await?;
        Ok(forgotten)
    }

    async fn total(&self) -> Result<VisitTotal, StoreError> {
        let mut transaction = Transaction::single(self).await?;
        let (total, since_ms) = D::total(&mut transaction).await?;
        transaction.commit().await?;
        let since =
            from_ms(since_ms).ok_or_else(|| StoreError::Corrupt(format!("visit_total: since_ms is {since_ms}")))?;
        Ok(VisitTotal { total: unsigned("visit_total", total)?, since })
    }

    async fn history(&self, from: Timestamp, to: Timestamp, step: Step) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        let hours_per_step = step.seconds() / HOUR_SECONDS;
        let (first, end) = (first_step_from(from, step) * hours_per_step, first_step_from(to, step) * hours_per_step);
        let mut transaction = Transaction::single(self).await?;
        let rows = D::steps(&mut transaction, hours_per_step, first, end).await?;
        transaction.commit().await?;
        rows.into_iter()
            .map(|(number, visits)| {
                let begins =
                    number.checked_mul(step.seconds()).and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
                let begins = begins.ok_or_else(|| StoreError::Corrupt(format!("visit_hours: step {number}")))?;
                Ok((begins, unsigned("visit_hours", visits)?))
            })
            .collect()
    }
}

/// The visits of those keys that were counted.
async fn known<D: Statements>(database: &D, keys: &[VisitKey]) -> Result<HashMap<VisitKey, KeyedVisit>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut transaction = Transaction::read(database).await?;
    let rows = D::keyed(&mut transaction, &bytes(keys)).await?;
    transaction.commit().await?;
    let read = |(key, number, at_ms): (Vec<u8>, i64, i64)| {
        let key = VisitKey(key.try_into().ok()?);
        Some((key, KeyedVisit { number: VisitNumber(number.try_into().ok()?), at: from_ms(at_ms)?, is_new: false }))
    };
    rows.into_iter()
        .map(read)
        .collect::<Option<_>>()
        .ok_or_else(|| StoreError::Corrupt("a row of visit_keys".to_owned()))
}

/// Counts the others, and behind them those of the keys that are not known.
async fn count_unknown<D: Statements>(
    database: &D,
    keys: &[VisitKey],
    known: &HashMap<VisitKey, KeyedVisit>,
    others: u64,
    at: Timestamp,
) -> Result<Keyed, StoreError> {
    let new: Vec<_> = keys.iter().copied().filter(|key| !known.contains_key(key)).collect();
    let counted = others + new.len() as u64;
    let visits = i64::try_from(counted)
        .map_err(|_| StoreError::Unavailable(format!("{counted} visits are too many for one transaction")))?;
    let total = if visits == 0 {
        0
    } else {
        let hour = at.unix_timestamp().div_euclid(HOUR_SECONDS);
        let counting = Counting { visits, hour, at_ms: to_ms(at), keys: &bytes(&new) };
        unsigned("visit_total", D::count(database, counting).await?)?
    };
    let wrong = || StoreError::Corrupt(format!("visit_total: {total} after {counted} visits"));
    let before = total.checked_sub(counted).ok_or_else(wrong)?;
    let mut next = before + others;
    // As it will be read later.
    let kept = from_ms(to_ms(at)).unwrap_or(at);
    let visits = keys.iter().map(|key| {
        known.get(key).copied().unwrap_or_else(|| {
            next += 1;
            KeyedVisit { number: VisitNumber(next), at: kept, is_new: true }
        })
    });
    Ok(Keyed { visits: visits.collect(), first_of_others: VisitNumber(before + 1) })
}

fn bytes(keys: &[VisitKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.0.to_vec()).collect()
}

/// The number, counted from 1970, of the first step that begins at `at` or later.
fn first_step_from(at: Timestamp, step: Step) -> i64 {
    let begun = at.unix_timestamp().div_euclid(step.seconds());
    begun + i64::from(step.floor(at) < at)
}

/// A count, from a column of a table.
pub(super) fn unsigned(table: &str, count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(|_| StoreError::Corrupt(format!("{table}: a count of {count}")))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_step_that_has_begun_is_not_counted_again() {
        let noon = datetime!(2026-11-21 12:00 UTC);
        let hour = first_step_from(noon, Step::Hour);
        assert_eq!(first_step_from(noon + time::Duration::NANOSECOND, Step::Hour), hour + 1);
        assert_eq!(first_step_from(noon - time::Duration::NANOSECOND, Step::Hour), hour);
        assert_eq!(first_step_from(noon, Step::Day) * 24, hour + 12);
    }
}
