//! Images: the catalogue, what is served of it, and from where.

use std::fmt::Display;
use std::time::Duration;

use tracing::{debug, info, warn};

use crate::domain::{Content, Format};
use crate::telemetry::catalogue::labels::MaybeFormat;
use crate::telemetry::catalogue::values::{BlobFault, Cache, CacheOutcome, ImageKind};
use crate::telemetry::metrics::{handles, to_f64};

/// An image was sent, whole or in part, or a client was sent to it.
pub struct ImageServed<'a>(pub &'a Content);

impl ImageServed<'_> {
    /// Counts it.
    pub fn emit(self) {
        let Some(metrics) = handles() else { return };
        let (kind, format): (_, Option<Format>) = match self.0 {
            Content::Stored(stored) if stored.frames > 1 => (ImageKind::Animated, Some(stored.format)),
            Content::Stored(stored) => (ImageKind::Still, Some(stored.format)),
            Content::Linked { .. } => (ImageKind::Linked, None),
        };
        metrics.images_served.at((kind, MaybeFormat(format))).increment(1);
    }
}

/// A cache was asked.
pub struct CacheAsked {
    /// Which.
    pub cache: Cache,
    /// What it had to say.
    pub outcome: CacheOutcome,
}

impl CacheAsked {
    /// Counts it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.cache_requests.at((self.cache, self.outcome)).increment(1);
        }
    }
}

/// Bytes could not be had from their store.
pub struct BlobFailed<E> {
    /// Why.
    pub fault: BlobFault,
    /// In words for the operator.
    pub error: E,
}

impl<E: Display> BlobFailed<E> {
    /// Logs and counts it. That a store is away is logged by who watches it, once.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.blob_failures.at((self.fault,)).increment(1);
        }
        match self.fault {
            BlobFault::Missing | BlobFault::Corrupt => warn!(error = %self.error, "an image's bytes are lost"),
            BlobFault::Unavailable => debug!(error = %self.error, "an image's bytes cannot be read"),
        }
    }
}

/// What a cache holds, when somebody looks.
pub struct CacheObserved {
    /// Which.
    pub cache: Cache,
    /// Its size.
    pub bytes: u64,
}

impl CacheObserved {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.cache_bytes.at((self.cache,)).set(to_f64(self.bytes));
        }
    }
}

/// How the catalogue in memory stands, when somebody looks.
pub struct CatalogueObserved {
    /// How many images it has.
    pub images: u64,
    /// How long ago it was known to be what the database has; none before the first time.
    pub age: Option<Duration>,
}

impl CatalogueObserved {
    /// Measures it.
    pub fn emit(self) {
        let Some(metrics) = handles() else { return };
        metrics.catalogue_images.set(to_f64(self.images));
        if let Some(age) = self.age {
            metrics.catalogue_staleness.set(age);
        }
    }
}

/// The catalogue could not be read from the database, or can be again.
pub enum CatalogueFollowing<E> {
    /// It could not.
    Failed {
        /// Why.
        error: E,
        /// Whether it could the time before: an hour without the database is two lines.
        first: bool,
    },
    /// It can again.
    Again,
    /// The database has an older state than the catalogue in memory.
    StartsOver,
}

impl<E: Display> CatalogueFollowing<E> {
    /// Logs and counts it.
    pub fn emit(self) {
        match self {
            Self::Failed { error, first } => {
                if let Some(metrics) = handles() {
                    metrics.catalogue_refresh_failures.increment(1);
                }
                if first {
                    warn!(%error, "the catalogue cannot follow the database");
                }
            }
            Self::Again => info!("the catalogue follows the database again"),
            Self::StartsOver => {
                warn!("the database has gone back, as after an older backup was restored: reading all of it again");
            }
        }
    }
}
