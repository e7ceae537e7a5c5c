//! Copying image bytes from one store to another, of whatever kind each is.
//!
//! Objects are named by their content and never change: what is there already need not be copied again, so a copy that was
//! interrupted, or one that is to catch up, is simply repeated.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::Digest;

use crate::blob::{BlobError, BlobStore, Entry};
use crate::domain::Sha256;
use crate::services::fsck::digest_of;

/// How many objects are on their way at a time.
const AT_ONCE: usize = 8;

/// A store to copy from, and one to copy to.
pub struct Copying {
    from: Arc<dyn BlobStore>,
    to: Arc<dyn BlobStore>,
}

/// What a copy tells, as it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// So many objects are to be copied.
    Copying(u64),
    /// So many objects are to be compared.
    Comparing(u64),
    /// One of them was.
    Done,
    /// One is damaged where it comes from, and is left out.
    Damaged(Sha256),
}

/// Hears of [`Event`]s.
pub type Observer<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// How a copy ended: what is not told as damaged is in both stores, and the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Objects that were copied.
    pub copied: u64,
    /// Their bytes.
    pub copied_bytes: u64,
    /// Objects that had been copied before.
    pub already_there: u64,
    /// Objects that are damaged where they come from.
    pub damaged: u64,
}

/// A copy that could not be finished; what was copied stays, and need not be copied again.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The store to copy from failed.
    #[error("cannot read what is to be copied: {0}")]
    From(BlobError),
    /// The store to copy to failed.
    #[error("cannot write the copy: {0}")]
    To(BlobError),
    /// The other store has a life of its own.
    #[error(
        "nothing was copied: {0} objects where the copy is to be are not where it comes from, so it is neither empty nor \
         an earlier copy; choose another bucket, prefix or folder"
    )]
    NoCopy(u64),
    /// What was put is not what is there.
    #[error("{0} of the objects that were copied are not there or not the same; repeat the copy, and check the store")]
    Different(u64),
}

/// What became of an object.
enum Outcome {
    Copied(u64),
    Damaged(Sha256),
    /// It has been removed meanwhile.
    Gone(Sha256),
}

impl Copying {
    /// Copies from one to the other.
    #[must_use]
    pub fn new(from: Arc<dyn BlobStore>, to: Arc<dyn BlobStore>) -> Self {
        Self { from, to }
    }

    /// Copies what is not there, and compares everything.
    ///
    /// # Errors
    /// When one of the stores fails, when the other is neither empty nor an earlier copy, and when it has other bytes in
    /// the end than were put.
    pub async fn run(&self, observer: Observer<'_>) -> Result<Report, CopyError> {
        let mut wanted = objects(&*self.from).await.map_err(CopyError::From)?;
        let there = objects(&*self.to).await.map_err(CopyError::To)?;
        let strangers = there.keys().filter(|digest| !wanted.contains_key(*digest)).count() as u64;
        if strangers > 0 {
            return Err(CopyError::NoCopy(strangers));
        }
        let missing: Vec<_> = wanted
            .iter()
            .filter(|(digest, size)| there.get(*digest) != Some(*size))
            .map(|(digest, _)| *digest)
            .collect();
        let mut report = Report { already_there: (wanted.len() - missing.len()) as u64, ..Report::default() };
        observer(Event::Copying(missing.len() as u64));
        let mut copies = stream::iter(missing).map(|digest| self.copy(digest)).buffer_unordered(AT_ONCE);
        while let Some(outcome) = copies.try_next().await? {
            match outcome {
                Outcome::Copied(bytes) => {
                    report.copied += 1;
                    report.copied_bytes += bytes;
                }
                Outcome::Damaged(digest) => {
                    wanted.remove(&digest);
                    report.damaged += 1;
                    observer(Event::Damaged(digest));
                }
                Outcome::Gone(digest) => {
                    wanted.remove(&digest);
                }
            }
            observer(Event::Done);
        }
        drop(copies);
        self.compare(wanted, observer).await?;
        Ok(report)
    }

    async fn copy(&self, digest: Sha256) -> Result<Outcome, CopyError> {
        let bytes = match self.from.get(&digest).await {
            Ok(bytes) => bytes,
            Err(BlobError::Missing(_)) => return Ok(Outcome::Gone(digest)),
            Err(BlobError::Corrupt(_)) => return Ok(Outcome::Damaged(digest)),
            Err(error) => return Err(CopyError::From(error)),
        };
        if sha2::Sha256::digest(&bytes)[..] != digest.0 {
            return Ok(Outcome::Damaged(digest));
        }
        let size_bytes = bytes.len() as u64;
        self.to.put(&digest, bytes).await.map_err(CopyError::To)?;
        Ok(Outcome::Copied(size_bytes))
    }

    /// Counts, and reads everything once more.
    async fn compare(&self, wanted: HashMap<Sha256, u64>, observer: Observer<'_>) -> Result<(), CopyError> {
        observer(Event::Comparing(wanted.len() as u64));
        let mut checks =
            stream::iter(wanted).map(|(digest, size)| self.is_same(digest, size)).buffer_unordered(AT_ONCE);
        let mut different = 0;
        while let Some(is_same) = checks.try_next().await? {
            different += u64::from(!is_same);
            observer(Event::Done);
        }
        if different > 0 { Err(CopyError::Different(different)) } else { Ok(()) }
    }

    async fn is_same(&self, digest: Sha256, size_bytes: u64) -> Result<bool, CopyError> {
        match digest_of(&*self.to, &digest, size_bytes).await {
            Ok(there) => Ok(there == digest),
            Err(BlobError::Missing(_) | BlobError::Corrupt(_)) => Ok(false),
            Err(error) => Err(CopyError::To(error)),
        }
    }
}

/// The objects of a store, and how many bytes each has. What is not of Sirius is passed over.
async fn objects(store: &dyn BlobStore) -> Result<HashMap<Sha256, u64>, BlobError> {
    let ours = |entry| match entry {
        Entry::Object(object) => Some((object.digest, object.size_bytes)),
        Entry::Stranger(_) => None,
    };
    store.list().try_filter_map(|entry| std::future::ready(Ok(ours(entry)))).try_collect().await
}
