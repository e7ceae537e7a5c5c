//! Image bytes, by the digest of their content: put once, never changed.
//!
//! The only place that may name `object_store`. What an image is beyond its bytes is the catalogue's, in `store`.

mod local;
mod objects;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use crate::domain::Sha256;

/// Opens the byte store in this folder, and makes it where there is none.
///
/// # Errors
/// When the folder cannot be made, read or written to; the message says what to do.
pub async fn open(folder: &Path) -> Result<Arc<dyn BlobStore>, OpenError> {
    Ok(Arc::new(local::open(folder).await?))
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
    async fn read(
        &self,
        digest: &Sha256,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError>;

    /// Whether the object is there.
    async fn contains(&self, digest: &Sha256) -> Result<bool, BlobError>;

    /// Asks the store for the least it can answer.
    async fn ping(&self) -> Result<(), BlobError>;
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
#[error("cannot use {folder} for image bytes: {reason}")]
pub struct OpenError {
    /// The folder.
    pub folder: String,
    /// What is wrong and what to do.
    pub reason: String,
}

#[cfg(test)]
mod tests;
