//! The count of visits.

use std::num::NonZeroU64;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::facts::from_ms;
use super::statements::Statements;
use super::transaction::Transaction;
use super::{StoreError, VisitStore};
use crate::domain::{Step, Timestamp, VisitNumber, VisitTotal};

const HOUR_SECONDS: i64 = Step::Hour.seconds();

#[async_trait]
impl<D: Statements> VisitStore for D {
    async fn count(&self, visits: NonZeroU64, at: Timestamp) -> Result<VisitNumber, StoreError> {
        let visits = i64::try_from(visits.get())
            .map_err(|_| StoreError::Unavailable(format!("{visits} visits are too many for one transaction")))?;
        let total = D::count(self, visits, at.unix_timestamp().div_euclid(HOUR_SECONDS)).await?;
        unsigned("visit_total", total).map(VisitNumber)
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

/// The number, counted from 1970, of the first step that begins at `at` or later.
fn first_step_from(at: Timestamp, step: Step) -> i64 {
    let begun = at.unix_timestamp().div_euclid(step.seconds());
    begun + i64::from(step.floor(at) < at)
}

fn unsigned(table: &str, count: i64) -> Result<u64, StoreError> {
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
