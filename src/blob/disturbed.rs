//! A store that is broken on purpose, as `faults` says; otherwise it is the one behind it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{BlobError, BlobStore, Entries, Listed, Pieces};
use crate::domain::Sha256;
use crate::faults;

/// The store behind it.
pub(super) struct Disturbed(pub(super) Arc<dyn BlobStore>);

#[async_trait]
impl BlobStore for Disturbed {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        self.behind().await?.put(digest, bytes).await
    }

    async fn put_all(&self, objects: Vec<(Sha256, Bytes)>) -> Result<(), BlobError> {
        self.behind().await?.put_all(objects).await
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.behind().await?.get(digest).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        self.behind().await?.read(digest, range).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        self.behind().await?.stat(digest).await
    }

    fn list(&self) -> Entries<'_> {
        let entries = async { Ok(self.behind().await?.list()) };
        stream::once(entries).try_flatten().boxed()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.behind().await?.delete(digest).await
    }

    async fn address(&self, digest: &Sha256, valid_for: Duration) -> Result<Option<String>, BlobError> {
        self.behind().await?.address(digest, valid_for).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.behind().await?.ping().await
    }
}

impl Disturbed {
    /// The store, if this call is to reach it, and when.
    async fn behind(&self) -> Result<&dyn BlobStore, BlobError> {
        faults::of_call().await.map_err(|on_purpose| BlobError::Unavailable(on_purpose.to_string()))?;
        Ok(&*self.0)
    }
}
