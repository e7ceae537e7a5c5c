//! The bytes of stored images, hot ones from memory; or where a client gets them from the store itself.

mod verified;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache as Moka;
use sha2::Digest;

use self::verified::{begun, told, verified};
use super::health::Health;
use crate::blob::{BlobError, BlobStore, Pieces};
use crate::config::{self, Delivery};
use crate::domain::{Sha256, Stored};
use crate::telemetry::catalogue::values::{Cache, CacheOutcome};
use crate::telemetry::events::{CacheAsked, CacheObserved};

/// The most addresses that are remembered; one takes half a kilobyte.
const MAX_ADDRESSES: u64 = 20_000;

/// The bytes of stored images.
pub struct Contents {
    blobs: Arc<dyn BlobStore>,
    hot: Moka<Sha256, Bytes>,
    max_object_bytes: u64,
    /// Where clients get bytes, when they do not get them here.
    addresses: Option<Addresses>,
    health: Health,
}

/// Signed addresses, the same one for all who ask for an image within some time: browsers keep bytes by their address.
struct Addresses {
    known: Moka<Sha256, Arc<str>>,
    signed_for: Duration,
}

/// The bytes of an image or of a range of it.
pub enum Body {
    /// All at once, from memory.
    Bytes(Bytes),
    /// In pieces, as they are read from the store.
    Stream(Pieces),
}

/// Where else an image's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The address, which anybody may use for a while.
    pub address: Arc<str>,
    /// How long a client may remember to go there, so that it never comes too late.
    pub max_age: Duration,
}

impl Contents {
    /// Serves the bytes in `blobs`.
    #[must_use]
    pub fn new(blobs: Arc<dyn BlobStore>, settings: &config::Cache, delivery: &config::Blobs) -> Self {
        let hot = Moka::builder()
            .max_capacity(settings.max_bytes)
            .weigher(|_, bytes: &Bytes| u32::try_from(bytes.len() + ENTRY_BYTES).unwrap_or(u32::MAX))
            .build();
        // What is larger than the whole cache would only be read into memory to be thrown away.
        let max_object_bytes = settings.max_object_bytes.min(settings.max_bytes);
        let addresses = (delivery.delivery == Delivery::Redirect).then(|| Addresses::new(delivery.signed_for));
        Self { blobs, hot, max_object_bytes, addresses, health: Health::default() }
    }

    /// Where a client gets an image's bytes instead of here; none where it gets them here.
    ///
    /// # Errors
    /// When the store cannot say.
    pub async fn elsewhere(&self, image: &Stored) -> Result<Option<Elsewhere>, BlobError> {
        let Some(Addresses { known, signed_for }) = &self.addresses else { return Ok(None) };
        let digest = image.sha256;
        let sign = async {
            match self.noted(self.blobs.address(&digest, *signed_for).await)? {
                Some(address) => Ok(address.into()),
                None => Err(BlobError::Unavailable("it has no addresses for clients".to_owned())),
            }
        };
        let address = known.try_get_with(digest, sign).await.map_err(|error| BlobError::clone(&error))?;
        // It is given out for half of its time, so half of it is left at least; a quarter is for clocks that differ.
        Ok(Some(Elsewhere { address, max_age: *signed_for / 4 }))
    }

    /// The bytes of an image, or those of a range of it; what reaches beyond its end is left out.
    ///
    /// Those of a small image come from memory, where they are checked against their digest once, when they are read
    /// from the store; however many clients wait for them, they are read once. Those of a large one are streamed, and
    /// checked on their way: the last piece of a whole image only comes if all of it is right. A range of a large one
    /// cannot be checked.
    ///
    /// # Errors
    /// When the store does not have them, has other ones, or does not answer. A stream ends with the error if the
    /// store fails half-way, or if its bytes are not those that were put.
    pub async fn read(&self, image: &Stored, range: Option<Range<u64>>) -> Result<Body, BlobError> {
        let range = range.unwrap_or(0..image.size_bytes);
        let end = range.end.min(image.size_bytes);
        let range = range.start.min(end)..end;
        if image.size_bytes > self.max_object_bytes {
            CacheAsked { cache: Cache::Contents, outcome: CacheOutcome::Bypass }.emit();
            let is_whole = range == (0..image.size_bytes);
            let pieces = self.noted(self.blobs.read(&image.sha256, range).await)?;
            let pieces = if is_whole { verified(pieces, image.sha256) } else { told(pieces) };
            return begun(pieces).await.map(Body::Stream);
        }
        let bytes = self.whole(image).await?;
        // The range lies within `size_bytes`, which only a damaged catalogue has wrong.
        match (usize::try_from(range.start), usize::try_from(range.end)) {
            (Ok(start), Ok(end)) if end <= bytes.len() => Ok(Body::Bytes(bytes.slice(start..end))),
            _ => Err(BlobError::Corrupt(image.sha256)),
        }
    }

    /// How the last reading from the store ended.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Does what was put off while the service was busy: bytes that are to make room for others go now. To be called every
    /// few seconds, or they stay until somebody asks for an image again.
    pub async fn tidy(&self) {
        self.hot.run_pending_tasks().await;
        if let Some(addresses) = &self.addresses {
            addresses.known.run_pending_tasks().await;
        }
    }

    /// Tells how much is in memory.
    pub fn observe(&self) {
        CacheObserved { cache: Cache::Contents, bytes: self.hot.weighted_size() }.emit();
    }

    async fn whole(&self, image: &Stored) -> Result<Bytes, BlobError> {
        let asked = |outcome| CacheAsked { cache: Cache::Contents, outcome }.emit();
        if let Some(bytes) = self.hot.get(&image.sha256).await {
            asked(CacheOutcome::Hit);
            return Ok(bytes);
        }
        asked(CacheOutcome::Miss);
        let load = async { self.noted(self.load(image).await) };
        self.hot.try_get_with(image.sha256, load).await.map_err(|error| BlobError::clone(&error))
    }

    async fn load(&self, image: &Stored) -> Result<Bytes, BlobError> {
        let bytes = self.blobs.get(&image.sha256).await?;
        let expected = image.sha256;
        let hashed = bytes.clone();
        // Milliseconds for a large picture, too long for a thread that serves others meanwhile.
        let digest = tokio::task::spawn_blocking(move || sha2::Sha256::digest(&hashed))
            .await
            .map_err(|error| BlobError::Unavailable(error.to_string()))?;
        if digest[..] == expected.0 { Ok(bytes) } else { Err(BlobError::Corrupt(expected)) }
    }

    /// A missing or corrupt object is a fault of that object, not of the store.
    fn noted<T>(&self, outcome: Result<T, BlobError>) -> Result<T, BlobError> {
        match &outcome {
            Err(BlobError::Unavailable(reason)) => self.health.failed(reason.clone()),
            Ok(_) | Err(BlobError::Missing(_) | BlobError::Corrupt(_)) => self.health.succeeded(),
        }
        outcome.inspect_err(verified::tell)
    }
}

impl Addresses {
    fn new(signed_for: Duration) -> Self {
        let known = Moka::builder().max_capacity(MAX_ADDRESSES).time_to_live(signed_for / 2).build();
        Self { known, signed_for }
    }
}

/// What an entry of the cache takes beside its bytes, roughly.
const ENTRY_BYTES: usize = 256;

#[cfg(test)]
mod tests;
