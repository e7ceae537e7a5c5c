//! Copying what a database holds to another, of whatever kind each is: the catalogue with its numbers and changes, the
//! visits with their history and their clients' keys, and what Sirius keeps for itself. So the numbers go on, and cursors
//! and seeds that clients have stay good.
//!
//! A copy follows its source as a replica does, by the changes of the catalogue; each page is a transaction of the copy, so
//! that it may be interrupted anywhere. What is left after that is taken from one moment of the source, visits included,
//! and then both are read once more and compared. Until it is finished, nobody may use the copy; and what has been used
//! since is not overwritten.

use std::sync::Arc;

use sha2::{Digest, Sha256 as Hasher};
use time::OffsetDateTime;
use tokio::{join, try_join};

use crate::domain::Sha256;
use crate::services::visits::KEYS_KEPT;
use crate::store::{ChangeNumber, ChangedRows, CopyState, KeyRow, Moment, RowStore, Standing, StoreError};

/// How many images, removals or keys are read, and written in one transaction, at a time.
const PAGE: u32 = 1_000;

/// A database to copy from, and one to copy to.
pub struct Copying {
    from: Arc<dyn RowStore>,
    to: Arc<dyn RowStore>,
}

/// What a copy tells, as it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Changes to the catalogue are copied: how many are there already, and how many there are.
    Copying {
        /// Copied before.
        already: u64,
        /// All, as of now.
        all: u64,
    },
    /// The catalogue is copied up to this change.
    Copied(u64),
    /// Both are read and compared: so many changes.
    Comparing(u64),
    /// They have been read up to this change.
    Compared(u64),
}

/// Hears of [`Event`]s.
pub type Observer<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// How a copy ended: both databases were the same at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Images of the catalogue.
    pub images: u64,
    /// Changes to the catalogue that were copied now.
    pub changes: u64,
    /// Visits.
    pub visits: u64,
    /// Of everything, in the source and in the copy.
    pub checksum: Sha256,
}

/// A copy that was not made, or not finished; what was copied stays, and is not copied again.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database to copy from failed.
    #[error("cannot read what is to be copied: {0}")]
    From(StoreError),
    /// The database to copy to failed.
    #[error("cannot write the copy: {0}")]
    To(StoreError),
    /// Both are the same.
    #[error(
        "nothing was copied: --from and --to lead to the same database, or one was restored from a backup of the other"
    )]
    Same,
    /// The other database has a life of its own.
    #[error(
        "nothing was copied: the database to copy to has {visits} visits and {changes} changes to its catalogue, and is no \
         copy; choose an empty one"
    )]
    NoCopy {
        /// Its changes.
        changes: u64,
        /// Its visits.
        visits: u64,
    },
    /// It is a copy, but not of this one.
    #[error("nothing was copied: the database to copy to is a copy of another database; choose an empty one")]
    AnotherCopy,
    /// It was a copy.
    #[error(
        "nothing was copied: the database to copy to has been used since it was a copy ({0}), and what came of that would be \
         lost; to copy once more, choose an empty one"
    )]
    Used(String),
    /// It has more than what it is a copy of.
    #[error(
        "nothing was copied: the database to copy from is behind its copy, as after an older backup was restored; to copy \
         once more, choose an empty one"
    )]
    Behind,
    /// What was written is not what is there.
    #[error("the {0} of the two databases are not the same; empty the database to copy to, and copy once more")]
    Different(&'static str),
}

impl Copying {
    /// Copies from one to the other.
    #[must_use]
    pub fn new(from: Arc<dyn RowStore>, to: Arc<dyn RowStore>) -> Self {
        Self { from, to }
    }

    /// Copies what is not there, and compares everything.
    ///
    /// # Errors
    /// When one of the databases fails, when the other is neither empty nor an earlier copy that nobody has used, and when
    /// it has something else in the end than was written.
    pub async fn run(&self, observer: Observer<'_>) -> Result<Report, CopyError> {
        let source = standing(&*self.from).await.map_err(CopyError::From)?;
        let copy = standing(&*self.to).await.map_err(CopyError::To)?;
        check(&source, &copy)?;
        self.to.begin_copy(&source.cursor_key, copy.change).await.map_err(CopyError::To)?;
        observer(Event::Copying { already: copy.change.0, all: source.change.0 });
        let reached = self.follow(copy.change, observer).await?;

        // Visits go on being counted: what is left is taken from one moment.
        let mut moment = self.from.moment().await.map_err(CopyError::From)?;
        let reached = self.catch_up(&mut *moment, reached, observer).await?;
        let keys_from_ms = (OffsetDateTime::now_utc() - KEYS_KEPT).unix_timestamp() * 1_000;
        self.copy_keys(&mut *moment, keys_from_ms).await?;
        let visits = moment.visits().await.map_err(CopyError::From)?;
        self.to.set_visits(copy.total, &visits).await.map_err(CopyError::To)?;
        let sums = self.compare(&mut *moment, keys_from_ms, observer).await?;
        let had_bundled = moment.standing().await.map_err(CopyError::From)?.had_bundled;
        moment.end().await.map_err(CopyError::From)?;
        self.to.end_copy(had_bundled).await.map_err(CopyError::To)?;
        Ok(Report {
            images: sums.images.rows,
            changes: reached.0.saturating_sub(copy.change.0),
            visits: visits.total,
            checksum: sums.checksum(),
        })
    }

    /// Copies changes until there are no more; the next are read while some are written. Gives how far it came.
    async fn follow(&self, mut since: ChangeNumber, observer: Observer<'_>) -> Result<ChangeNumber, CopyError> {
        let mut rows = self.page(since).await?;
        loop {
            let next = async { if rows.complete { None } else { Some(self.page(rows.up_to).await) } };
            let (written, next) = join!(self.write(since, &rows, observer), next);
            written?;
            since = rows.up_to;
            match next.transpose()? {
                Some(next) => rows = next,
                None => return Ok(since),
            }
        }
    }

    async fn page(&self, since: ChangeNumber) -> Result<ChangedRows, CopyError> {
        let read = async {
            let mut moment = self.from.moment().await?;
            let rows = moment.changed(since, PAGE).await?;
            moment.end().await?;
            Ok(rows)
        };
        read.await.map_err(CopyError::From)
    }

    /// The same from one moment.
    async fn catch_up(
        &self,
        moment: &mut dyn Moment,
        mut since: ChangeNumber,
        observer: Observer<'_>,
    ) -> Result<ChangeNumber, CopyError> {
        loop {
            let rows = moment.changed(since, PAGE).await.map_err(CopyError::From)?;
            self.write(since, &rows, observer).await?;
            since = rows.up_to;
            if rows.complete {
                return Ok(since);
            }
        }
    }

    async fn write(&self, since: ChangeNumber, rows: &ChangedRows, observer: Observer<'_>) -> Result<(), CopyError> {
        if rows.up_to > since {
            self.to.add_changes(since, rows).await.map_err(CopyError::To)?;
            observer(Event::Copied(rows.up_to.0));
        }
        Ok(())
    }

    async fn copy_keys(&self, moment: &mut dyn Moment, from_ms: i64) -> Result<(), CopyError> {
        let mut after = Vec::new();
        loop {
            let keys = moment.keys(&after, from_ms, PAGE).await.map_err(CopyError::From)?;
            let Some(KeyRow { id, .. }) = keys.last() else { return Ok(()) };
            after.clone_from(id);
            self.to.add_keys(&keys).await.map_err(CopyError::To)?;
        }
    }

    /// Reads everything on both sides.
    async fn compare(
        &self,
        moment: &mut dyn Moment,
        keys_from_ms: i64,
        observer: Observer<'_>,
    ) -> Result<Sums, CopyError> {
        let all = moment.standing().await.map_err(CopyError::From)?.change;
        observer(Event::Comparing(all.0));
        let copied = async {
            let mut copy = self.to.moment().await?;
            let sums = sums(&mut *copy, keys_from_ms, &|_| ()).await?;
            copy.end().await?;
            Ok(sums)
        };
        let original = sums(moment, keys_from_ms, observer);
        let (original, copied) = try_join!(async { original.await.map_err(CopyError::From) }, async {
            copied.await.map_err(CopyError::To)
        })?;
        match original.difference(&copied) {
            Some(part) => Err(CopyError::Different(part)),
            None => Ok(original),
        }
    }
}

async fn standing(database: &dyn RowStore) -> Result<Standing, StoreError> {
    let mut moment = database.moment().await?;
    let standing = moment.standing().await?;
    moment.end().await?;
    Ok(standing)
}

/// Whether one may become a copy of the other.
fn check(source: &Standing, copy: &Standing) -> Result<(), CopyError> {
    let is_same = source.cursor_key == copy.cursor_key;
    match copy.copy {
        None if is_same => return Err(CopyError::Same),
        None if copy.change.0 > 0 || copy.total > 0 => {
            return Err(CopyError::NoCopy { changes: copy.change.0, visits: copy.total });
        }
        None => return Ok(()),
        Some(_) if !is_same => return Err(CopyError::AnotherCopy),
        Some(CopyState::Finished { change, total }) if (change, total) != (copy.change, copy.total) => {
            let visits = format!("it has counted {} visits", copy.total.saturating_sub(total));
            let changes = format!("its catalogue has changed {} times", copy.change.0.saturating_sub(change.0));
            return Err(CopyError::Used(format!("{visits}, and {changes}")));
        }
        Some(_) => {}
    }
    if copy.change > source.change || copy.total > source.total { Err(CopyError::Behind) } else { Ok(()) }
}

/// What everything in a database comes to.
#[derive(Debug, PartialEq, Eq)]
struct Sums {
    images: Sum,
    removed: Sum,
    visits: Sum,
    keys: Sum,
}

/// How many rows there are, and what they come to.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    rows: u64,
    digest: [u8; 32],
}

async fn sums(moment: &mut dyn Moment, keys_from_ms: i64, observer: Observer<'_>) -> Result<Sums, StoreError> {
    let [mut images, mut removed, mut visits, mut keys] = [(); 4].map(|()| Summing::default());
    let mut since = ChangeNumber::default();
    loop {
        let rows = moment.changed(since, PAGE).await?;
        for row in &rows.images {
            images.add(&[
                &row.number.to_le_bytes(),
                &row.change.to_le_bytes(),
                row.id.as_bytes(),
                row.facts.as_bytes(),
            ]);
        }
        for (change, number) in &rows.removed {
            removed.add(&[&change.to_le_bytes(), &number.to_le_bytes()]);
        }
        since = rows.up_to;
        observer(Event::Compared(since.0));
        if rows.complete {
            break;
        }
    }
    let counted = moment.visits().await?;
    visits.add(&[&counted.total.to_le_bytes(), &counted.since_ms.to_le_bytes()]);
    for (hour, count) in &counted.hours {
        visits.add(&[&hour.to_le_bytes(), &count.to_le_bytes()]);
    }
    let mut after = Vec::new();
    loop {
        let rows = moment.keys(&after, keys_from_ms, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        for row in &rows {
            keys.add(&[&row.id, &row.number.to_le_bytes(), &row.counted_at_ms.to_le_bytes()]);
        }
    }
    Ok(Sums { images: images.end(), removed: removed.end(), visits: visits.end(), keys: keys.end() })
}

impl Sums {
    /// What is not the same, in the plural.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            ("images", &self.images, &other.images),
            ("removals", &self.removed, &other.removed),
            ("visits", &self.visits, &other.visits),
            ("keys of visits", &self.keys, &other.keys),
        ];
        parts.into_iter().find(|(_, one, other)| one != other).map(|(name, ..)| name)
    }

    fn checksum(&self) -> Sha256 {
        let mut all = Summing::default();
        for sum in [&self.images, &self.removed, &self.visits, &self.keys] {
            all.add(&[&sum.rows.to_le_bytes(), &sum.digest]);
        }
        Sha256(all.end().digest)
    }
}

/// A sum in the making.
#[derive(Default)]
struct Summing {
    rows: u64,
    hasher: Hasher,
}

impl Summing {
    fn add(&mut self, columns: &[&[u8]]) {
        self.rows += 1;
        for column in columns {
            // So that nothing can move from one column to the next.
            self.hasher.update((column.len() as u64).to_le_bytes());
            self.hasher.update(column);
        }
    }

    fn end(self) -> Sum {
        Sum { rows: self.rows, digest: self.hasher.finalize().into() }
    }
}
