//! A database as rows, as they are: what a copy reads from one and writes to another.
//!
//! The catalogue is told by its changes, as to a replica. What a transaction writes of it here raises the count of changes
//! with it, so however a copy ends, it has the catalogue of the source up to a change, and goes on from there. Batches of
//! visits are no part of it: their outcome is asked for by who counts them, and nobody does who has stopped.

use async_trait::async_trait;
use sqlx::FromRow;

use super::catalogue::{Stretch, stretch};
use super::settings::{BUNDLED, CURSOR_KEY, read_cursor_key};
use super::statements::{Answer, Statements};
use super::transaction::Transaction;
use super::visits::unsigned;
use super::{ChangeNumber, StoreError};

/// Under which name a copy keeps how it stands.
const COPY: &str = "copy";

/// As much of images is sent in one statement; servers take no text of any length.
const SENT_AT_ONCE_BYTES: usize = 1 << 20;

/// The rows of a database.
#[async_trait]
pub trait RowStore: Send + Sync {
    /// The database of one moment, until it is ended or dropped.
    async fn moment(&self) -> Result<Box<dyn Moment>, StoreError>;

    /// Whether it is a copy that nobody may use yet.
    async fn is_unfinished_copy(&self) -> Result<bool, StoreError>;

    /// Makes it an unfinished copy, with the cursor key of another database, if it is still where it was.
    async fn begin_copy(&self, cursor_key: &[u8; 32], at: ChangeNumber) -> Result<(), StoreError>;

    /// Enters what has changed after `since` elsewhere. [`StoreError::Conflict`] when somebody else has changed it.
    async fn add_changes(&self, since: ChangeNumber, rows: &ChangedRows) -> Result<(), StoreError>;

    /// Adds those keys of visits that are not there.
    async fn add_keys(&self, keys: &[KeyRow]) -> Result<(), StoreError>;

    /// Sets the visits, if there are still `before` of them. [`StoreError::Conflict`] otherwise.
    async fn set_visits(&self, before: u64, visits: &VisitRows) -> Result<(), StoreError>;

    /// Makes it a finished copy: from here on, it gives numbers that the source has not given.
    async fn end_copy(&self, had_bundled: bool) -> Result<(), StoreError>;
}

/// A database as it was at one moment.
#[async_trait]
pub trait Moment: Send {
    /// Where it stands.
    async fn standing(&mut self) -> Result<Standing, StoreError>;

    /// What has changed after `since`, oldest first, at most `limit` images and as many removals.
    async fn changed(&mut self, since: ChangeNumber, limit: u32) -> Result<ChangedRows, StoreError>;

    /// The visits.
    async fn visits(&mut self) -> Result<VisitRows, StoreError>;

    /// The first keys of visits behind `after` that were counted at `from_ms`, in milliseconds since 1970, or later.
    async fn keys(&mut self, after: &[u8], from_ms: i64, limit: u32) -> Result<Vec<KeyRow>, StoreError>;

    /// Gives the connection back.
    async fn end(self: Box<Self>) -> Result<(), StoreError>;
}

/// Where a database stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The key that authenticates cursors; no two databases have the same, unless one is a copy.
    pub cursor_key: [u8; 32],
    /// Whether the bundled pictures were offered to it.
    pub had_bundled: bool,
    /// How many changes to its catalogue there were.
    pub change: ChangeNumber,
    /// How many visits it has counted.
    pub total: u64,
    /// What it is as a copy, if it is one.
    pub copy: Option<CopyState>,
}

/// How a copy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyState {
    /// Begun and not finished.
    Unfinished,
    /// Finished; as long as nobody has used it since, it has as many changes and visits as these.
    Finished {
        /// Changes to the catalogue.
        change: ChangeNumber,
        /// Visits.
        total: u64,
    },
}

/// A stretch of the catalogue's history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedRows {
    /// Images, in the order of their changes.
    pub images: Vec<ImageRow>,
    /// Removals: the change and the number of the image.
    pub removed: Vec<(i64, i64)>,
    /// Where to go on from.
    pub up_to: ChangeNumber,
    /// Whether there is nothing more.
    pub complete: bool,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ImageRow {
    /// Its number.
    pub number: i64,
    /// The change that wrote it last.
    pub change: i64,
    /// Its id.
    pub id: String,
    /// What is known of it, in JSON.
    pub facts: String,
}

/// The count of visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRows {
    /// How many.
    pub total: u64,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// Clock hours since 1970 that have any, and how many.
    pub hours: Vec<(i64, i64)>,
}

/// A visit that its client has named.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct KeyRow {
    /// The digest of the name.
    pub id: Vec<u8>,
    /// The visit's number.
    pub number: i64,
    /// When it was counted, in milliseconds since 1970.
    pub counted_at_ms: i64,
}

/// The statements of this file, for each database to write in its own words.
pub(super) trait RowStatements: Statements {
    /// The images of some changes, in the order of these.
    fn image_rows(on: &mut Self::Session, after: i64, up_to: i64)
    -> impl Future<Output = Answer<Vec<ImageRow>>> + Send;

    /// Removes the images of these numbers that are there, and notes nothing.
    fn delete_numbers(on: &mut Self::Session, numbers: &[i64]) -> impl Future<Output = Answer<()>> + Send;

    /// Adds images with the numbers and changes that they have.
    fn insert_rows(on: &mut Self::Session, rows: &[ImageRow]) -> impl Future<Output = Answer<()>> + Send;

    /// Notes removals by the changes that they had.
    fn insert_removed(on: &mut Self::Session, rows: &[(i64, i64)]) -> impl Future<Output = Answer<()>> + Send;

    /// The highest number that an image has or had, if there was one.
    fn highest_number(on: &mut Self::Session) -> impl Future<Output = Answer<Option<i64>>> + Send;

    /// Makes all numbers up to this one be given no more.
    fn use_up(on: &mut Self::Session, number: i64) -> impl Future<Output = Answer<()>> + Send;

    /// Sets how many visits hours had.
    fn set_hours(on: &mut Self::Session, hours: &[(i64, i64)]) -> impl Future<Output = Answer<()>> + Send;

    /// Sets the total if it is `before`, and gives whether it was.
    fn set_total(
        on: &mut Self::Session,
        before: i64,
        total: i64,
        since_ms: i64,
    ) -> impl Future<Output = Answer<u64>> + Send;

    /// Keys of visits, in their order.
    fn key_rows(
        on: &mut Self::Session,
        after: &[u8],
        from_ms: i64,
        limit: i64,
    ) -> impl Future<Output = Answer<Vec<KeyRow>>> + Send;

    /// Adds keys that are not there.
    fn insert_keys(on: &mut Self::Session, keys: &[KeyRow]) -> impl Future<Output = Answer<()>> + Send;

    /// Keeps something under a name, whatever was there.
    fn put_setting(on: &mut Self::Session, key: &'static str, value: &[u8]) -> impl Future<Output = Answer<()>> + Send;
}

#[async_trait]
impl<D: RowStatements> RowStore for D {
    async fn moment(&self) -> Result<Box<dyn Moment>, StoreError> {
        Ok(Box::new(Reading::<D>(Transaction::read(self).await?)))
    }

    async fn is_unfinished_copy(&self) -> Result<bool, StoreError> {
        let mut transaction = Transaction::single(self).await?;
        let value = D::setting(&mut transaction, COPY).await?;
        transaction.commit().await?;
        Ok(CopyState::read(value)? == Some(CopyState::Unfinished))
    }

    async fn begin_copy(&self, cursor_key: &[u8; 32], at: ChangeNumber) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        take_turn::<D>(&mut transaction, at).await?;
        D::put_setting(&mut transaction, COPY, &CopyState::Unfinished.write()).await?;
        D::put_setting(&mut transaction, CURSOR_KEY, cursor_key).await?;
        transaction.commit().await
    }

    async fn add_changes(&self, since: ChangeNumber, rows: &ChangedRows) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        take_turn::<D>(&mut transaction, since).await?;
        let gone = rows.removed.iter().map(|(_, number)| *number);
        let others: Vec<_> = gone.chain(rows.images.iter().map(|image| image.number)).collect();
        // First of all, because what was removed may have come again under another number.
        D::delete_numbers(&mut transaction, &others).await?;
        for images in portions(&rows.images) {
            D::insert_rows(&mut transaction, images).await?;
        }
        D::insert_removed(&mut transaction, &rows.removed).await?;
        D::set_last_change(&mut transaction, signed(rows.up_to.0)?).await?;
        transaction.commit().await
    }

    async fn add_keys(&self, keys: &[KeyRow]) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        D::insert_keys(&mut transaction, keys).await?;
        transaction.commit().await
    }

    async fn set_visits(&self, before: u64, visits: &VisitRows) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        let total = signed(visits.total)?;
        if D::set_total(&mut transaction, signed(before)?, total, visits.since_ms).await? != 1 {
            return Err(StoreError::Conflict("somebody has counted visits in the copy".to_owned()));
        }
        for hours in visits.hours.chunks(HOURS_AT_ONCE) {
            D::set_hours(&mut transaction, hours).await?;
        }
        transaction.commit().await
    }

    async fn end_copy(&self, had_bundled: bool) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        let change = D::take_turn(&mut transaction).await?;
        let (total, _) = D::total(&mut transaction).await?;
        if let Some(highest) = D::highest_number(&mut transaction).await? {
            D::use_up(&mut transaction, highest).await?;
        }
        if had_bundled {
            D::keep_setting(&mut transaction, BUNDLED, &[]).await?;
        }
        let state =
            CopyState::Finished { change: ChangeNumber(change.unsigned_abs()), total: unsigned("visit_total", total)? };
        D::put_setting(&mut transaction, COPY, &state.write()).await?;
        transaction.commit().await
    }
}

/// Hours of half a year.
const HOURS_AT_ONCE: usize = 4_096;

/// A transaction that reads.
struct Reading<D: RowStatements>(Transaction<D>);

#[async_trait]
impl<D: RowStatements> Moment for Reading<D> {
    async fn standing(&mut self) -> Result<Standing, StoreError> {
        let on = &mut self.0;
        Ok(Standing {
            cursor_key: read_cursor_key(D::setting(on, CURSOR_KEY).await?)?,
            had_bundled: D::setting(on, BUNDLED).await?.is_some(),
            change: ChangeNumber(D::last_change(on).await?.unsigned_abs()),
            total: unsigned("visit_total", D::total(on).await?.0)?,
            copy: CopyState::read(D::setting(on, COPY).await?)?,
        })
    }

    async fn changed(&mut self, since: ChangeNumber, limit: u32) -> Result<ChangedRows, StoreError> {
        let on = &mut self.0;
        let since = signed(since.0)?;
        let Stretch { last, up_to, removed } = stretch::<D>(on, since, limit).await?;
        Ok(ChangedRows {
            images: D::image_rows(on, since, up_to).await?,
            removed,
            up_to: ChangeNumber(up_to.unsigned_abs()),
            complete: up_to >= last,
        })
    }

    async fn visits(&mut self) -> Result<VisitRows, StoreError> {
        let (total, since_ms) = D::total(&mut self.0).await?;
        let hours = D::steps(&mut self.0, 1, i64::MIN, i64::MAX).await?;
        Ok(VisitRows { total: unsigned("visit_total", total)?, since_ms, hours })
    }

    async fn keys(&mut self, after: &[u8], from_ms: i64, limit: u32) -> Result<Vec<KeyRow>, StoreError> {
        D::key_rows(&mut self.0, after, from_ms, i64::from(limit)).await
    }

    async fn end(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit().await
    }
}

impl CopyState {
    /// `unfinished`, or `finished CHANGE TOTAL`.
    fn read(value: Option<Vec<u8>>) -> Result<Option<Self>, StoreError> {
        let Some(value) = value else { return Ok(None) };
        let text = String::from_utf8_lossy(&value);
        let words: Vec<_> = text.split(' ').collect();
        let state = match words[..] {
            ["unfinished"] => Some(Self::Unfinished),
            ["finished", change, total] => change
                .parse()
                .ok()
                .zip(total.parse().ok())
                .map(|(change, total)| Self::Finished { change: ChangeNumber(change), total }),
            _ => None,
        };
        state.map(Some).ok_or_else(|| StoreError::Corrupt(format!("settings row {COPY}: {text:?}")))
    }

    fn write(self) -> Vec<u8> {
        match self {
            Self::Unfinished => "unfinished".to_owned(),
            Self::Finished { change: ChangeNumber(change), total } => format!("finished {change} {total}"),
        }
        .into_bytes()
    }
}

/// From here on until the end of the transaction nobody else changes the catalogue, and nobody has since `at`.
async fn take_turn<D: RowStatements>(on: &mut D::Session, ChangeNumber(at): ChangeNumber) -> Result<(), StoreError> {
    if D::take_turn(on).await?.unsigned_abs() == at {
        return Ok(());
    }
    Err(StoreError::Conflict("somebody else has changed the copy's catalogue".to_owned()))
}

/// So many images each that a server takes them in one statement.
fn portions(images: &[ImageRow]) -> impl Iterator<Item = &[ImageRow]> {
    let mut bytes = 0;
    images.chunk_by(move |_, next| {
        bytes += next.facts.len();
        let fits = bytes < SENT_AT_ONCE_BYTES;
        if !fits {
            bytes = 0;
        }
        fits
    })
}

fn signed(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::Corrupt(format!("a count of {count}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_back_and_nonsense_is_named() {
        for state in [CopyState::Unfinished, CopyState::Finished { change: ChangeNumber(7), total: 9 }] {
            assert_eq!(CopyState::read(Some(state.write())).unwrap(), Some(state));
        }
        assert_eq!(CopyState::read(None).unwrap(), None);
        for nonsense in ["", "finished", "finished 1 x", "unfinished 1"] {
            assert!(CopyState::read(Some(nonsense.into())).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn no_portion_is_too_long_and_nothing_is_left_out() {
        let image = |number| ImageRow {
            number,
            change: number,
            id: String::new(),
            facts: "x".repeat(usize::try_from(number).unwrap() * 1_000),
        };
        let images: Vec<_> = (1..200).map(image).collect();
        let sizes: Vec<_> =
            portions(&images).map(|portion| portion.iter().map(|image| image.facts.len()).sum::<usize>()).collect();
        assert!(sizes.len() > 5 && sizes.iter().all(|size| *size < 2 * SENT_AT_ONCE_BYTES), "{sizes:?}");
        assert_eq!(portions(&images).flatten().count(), images.len());
        assert_eq!(portions(&[]).count(), 0);
    }
}
