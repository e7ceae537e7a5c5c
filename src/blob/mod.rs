//! Image bytes, by the digest of their content: put once, never changed.
//!
//! The only place that may name `object_store`. What an image is beyond its bytes is the catalogue's, in `store`.

mod bucket;
mod disturbed;
mod local;
mod objects;
mod words;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use crate::config::{self, BlobUrl};
use crate::domain::Sha256;

/// The folder in the data folder where bytes are unless the settings say otherwise.
const DEFAULT_FOLDER: &str = "blobs";

/// Opens the byte store that the settings name, by default a folder in the data folder. A folder is made where there is
/// none, a bucket is not; one that does not answer at the moment may answer later, and is no error.
///
/// # Errors
/// When the folder cannot be made, read or written to, when there is no such bucket, or when it does not let us in; the
/// message says what to do.
pub async fn open(settings: &config::Blobs, data_dir: &Path) -> Result<Arc<dyn BlobStore>, OpenError> {
    open_at(settings, data_dir, Demand::Whatever).await
}

/// Opens the byte store as [`open`] does; a bucket has to answer now.
///
/// # Errors
/// Those of [`open`], and when a bucket does not answer.
pub async fn open_now(settings: &config::Blobs, data_dir: &Path) -> Result<Arc<dyn BlobStore>, OpenError> {
    open_at(settings, data_dir, Demand::Answers).await
}

/// Opens a byte store that is there already, and writes nothing.
///
/// # Errors
/// When there is none, or when it cannot be read; the message says what to do.
pub async fn open_existing(settings: &config::Blobs, data_dir: &Path) -> Result<Arc<dyn BlobStore>, OpenError> {
    open_at(settings, data_dir, Demand::Exists).await
}

/// What is asked of a store that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// That nothing says it can never be used. A folder is made where there is none.
    Whatever,
    /// The same, and that it answers now.
    Answers,
    /// That it answers now, and has been a store of Sirius' before.
    Exists,
}

async fn open_at(settings: &config::Blobs, data_dir: &Path, demand: Demand) -> Result<Arc<dyn BlobStore>, OpenError> {
    match &settings.url {
        None => Ok(Arc::new(local::open(&data_dir.join(DEFAULT_FOLDER), demand).await?)),
        Some(BlobUrl::Folder(folder)) => Ok(Arc::new(local::open(folder, demand).await?)),
        Some(url @ BlobUrl::Bucket { cloud, bucket, prefix }) => {
            Ok(Arc::new(bucket::open(url, (*cloud, bucket, prefix), settings, demand).await?))
        }
    }
}

/// A store whose calls meet what is broken on purpose (`faults`), for where that may be.
#[must_use]
pub fn disturbed(store: Arc<dyn BlobStore>) -> Arc<dyn BlobStore> {
    Arc::new(disturbed::Disturbed(store))
}

/// A byte store that lives as long as the test.
#[cfg(test)]
pub(crate) async fn in_memory() -> Arc<dyn BlobStore> {
    let objects = objects::Objects::new(object_store::memory::InMemory::new());
    objects.mark().await.unwrap();
    Arc::new(objects)
}

/// How many objects [`BlobStore::put_all`] has on their way where a store has no better way.
const PUTS_AT_ONCE: usize = 16;

/// A store of bytes.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores bytes under their digest, durably: after this returns they survive a loss of power. Storing the same
    /// bytes again changes nothing (and repairs an object that was damaged); a half-written object is never seen.
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError>;

    /// Stores several objects as [`BlobStore::put`] stores one, where a store can for less than one after the other.
    /// After an error some may be there.
    async fn put_all(&self, objects: Vec<(Sha256, Bytes)>) -> Result<(), BlobError> {
        let puts = objects.into_iter().map(|(digest, bytes)| async move { self.put(&digest, bytes).await });
        stream::iter(puts).buffer_unordered(PUTS_AT_ONCE).try_collect().await
    }

    /// All bytes of an object.
    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError>;

    /// A range of an object's bytes, in pieces as they are read. An object that is too short for it is corrupt.
    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError>;

    /// What is known of the object without reading it; none when it is not there.
    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError>;

    /// Everything that is there, in any order.
    fn list(&self) -> Entries<'_>;

    /// Removes an object; one that is not there is fine.
    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError>;

    /// An address where anybody may get the object for as long as that; none where the store gives no such addresses.
    async fn address(&self, _digest: &Sha256, _valid_for: Duration) -> Result<Option<String>, BlobError> {
        Ok(None)
    }

    /// Asks the store for the least it can answer.
    async fn ping(&self) -> Result<(), BlobError>;
}

/// Bytes as they are read.
pub type Pieces = BoxStream<'static, Result<Bytes, BlobError>>;

/// What a store has, as it is listed.
pub type Entries<'a> = BoxStream<'a, Result<Entry, BlobError>>;

/// Something that is in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An object that Sirius put there.
    Object(Listed),
    /// Something that it did not, by its path.
    Stranger(String),
}

/// An object as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// What its bytes ought to be.
    pub digest: Sha256,
    /// How many they are.
    pub size_bytes: u64,
    /// When it was put, by the store's clock.
    pub modified: SystemTime,
}

/// Bytes that could not be stored or read. The text is for the log, never for a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// There is no such object, though the catalogue has an image of it.
    #[error("the bytes {0} are missing from the byte store")]
    Missing(Sha256),
    /// The object is not what was put: its bytes have another digest, or are too few.
    #[error("the bytes {0} are damaged in the byte store")]
    Corrupt(Sha256),
    /// The store is away, full or refuses.
    #[error("the byte store is unavailable: {0}")]
    Unavailable(String),
}

/// A byte store that cannot be opened; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {place} for image bytes: {reason}")]
pub struct OpenError {
    /// The folder or the bucket.
    pub place: String,
    /// What is wrong and what to do.
    pub reason: String,
}

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;
