//! Image bytes, by the digest of their content: put once, never changed.
//!
//! The only place that may name `object_store`. What an image is beyond its bytes is the catalogue's, in `store`.

mod local;

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::domain::Sha256;

/// A store of bytes.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores bytes under their digest, durably: after this returns they survive a loss of power. Storing the same
    /// bytes again changes nothing; a half-written object is never seen.
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError>;

    /// All bytes of an object.
    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError>;

    /// A range of an object's bytes, in pieces as they are read.
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
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object, though the catalogue has an image of it.
    #[error("the bytes {0} are missing from the byte store")]
    Missing(Sha256),
    /// The store is away, full or refuses.
    #[error("the byte store is unavailable: {0}")]
    Unavailable(String),
}
