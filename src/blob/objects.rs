//! Any of `object_store`'s stores as a store of bytes: an object for each digest, in 256 folders by its first byte.

use std::io::SeekFrom;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attribute, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt, PutOptions,
};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::ReaderStream;

use super::words::reason;
use super::{BlobError, BlobStore, Entries, Entry, Listed, Pieces};
use crate::domain::Sha256;
use crate::telemetry::traces;

/// What is read from a file at a time. The eight kilobytes of `object_store` would hand a large picture to the threads
/// for blocking work four thousand times.
const PIECE_BYTES: usize = 128 << 10;

/// Says by being there that the store is there; also the first thing that is ever written to it.
pub(super) const MARKER: &str = ".sirius-image-bytes";

/// What is said of a place without it.
pub(super) const NOT_THERE: &str = "Sirius has put no image bytes there";

const MARKER_TEXT: &[u8] = b"Image bytes of Sirius: every file is named by the SHA-256 of its content.\n";

/// A store of bytes over one of `object_store`'s.
pub(super) struct Objects<S> {
    store: S,
    /// Below which everything is.
    prefix: Path,
    room: Option<Room>,
}

/// How many requests may be under way at a time.
struct Room {
    permits: Arc<Semaphore>,
    most: usize,
    patience: Duration,
}

impl<S: ObjectStore> Objects<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store, prefix: Path::ROOT, room: None }
    }

    /// Everything is below `prefix`; at most `max_requests` are made at a time, and one waits at most `patience` for its
    /// turn.
    pub(super) fn within(store: S, prefix: Path, max_requests: usize, patience: Duration) -> Self {
        let room = Room { permits: Arc::new(Semaphore::new(max_requests)), most: max_requests, patience };
        Self { store, prefix, room: Some(room) }
    }

    /// Where an object is.
    pub(super) fn path(&self, digest: &Sha256) -> Path {
        names(digest).into_iter().fold(self.prefix.clone(), Path::join)
    }

    pub(super) fn marker(&self) -> Path {
        self.prefix.clone().join(MARKER)
    }

    /// Looks for the marker.
    pub(super) async fn look(&self) -> Result<(), object_store::Error> {
        self.store.head(&self.marker()).await.map(drop)
    }

    /// Writes the marker, and so finds out whether anything can be written.
    pub(super) async fn mark(&self) -> Result<(), object_store::Error> {
        self.store.put(&self.marker(), MARKER_TEXT.into()).await.map(drop)
    }

    /// A range, which is not empty, in pieces.
    async fn pieces(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        let permit = self.turn().await?;
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        match self.store.get_opts(&self.path(digest), options).await {
            Ok(found) if found.range == range => {
                Ok(whole_or_error(pieces(found).await?, range.end - range.start, *digest, permit))
            }
            Ok(_) => Err(BlobError::Corrupt(*digest)),
            // The error for a range that begins beyond the end is not told apart from others.
            Err(error) => match self.store.head(&self.path(digest)).await {
                Ok(meta) if meta.size < range.end => Err(BlobError::Corrupt(*digest)),
                _ => Err(not_found(&error, digest)),
            },
        }
    }

    /// Waits for a turn, where there are any.
    async fn turn(&self) -> Result<Option<OwnedSemaphorePermit>, BlobError> {
        let Some(Room { permits, most, patience }) = &self.room else { return Ok(None) };
        match tokio::time::timeout(*patience, Arc::clone(permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(BlobError::Unavailable(format!(
                "as many requests are under way as blobs.max_requests allows ({most}), and none ended within {patience:?}"
            ))),
        }
    }

    fn entry(&self, meta: &ObjectMeta) -> Option<Entry> {
        let digest = meta.location.filename().and_then(Sha256::from_hex);
        match digest.filter(|digest| self.path(digest) == meta.location) {
            Some(digest) => Some(Entry::Object(listed(digest, meta))),
            None if meta.location == self.marker() => None,
            None => Some(Entry::Stranger(meta.location.to_string())),
        }
    }
}

#[async_trait]
impl<S: ObjectStore> BlobStore for Objects<S> {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        let step = traces::blob("put", digest, Some(bytes.len() as u64));
        let putting = async {
            let _permit = self.turn().await?;
            let mut options = PutOptions::default();
            if let Some(media_type) = media_type(&bytes) {
                // For clients that are sent here.
                options.attributes.insert(Attribute::ContentType, media_type.into());
            }
            match self.store.put_opts(&self.path(digest), bytes.into(), options).await {
                Ok(_) => Ok(()),
                Err(error) => Err(unavailable(&error)),
            }
        };
        step.run(putting).await
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        let getting = async {
            let _permit = self.turn().await?;
            let found = self.store.get(&self.path(digest)).await.map_err(|error| not_found(&error, digest))?;
            let size_bytes = found.meta.size;
            match found.bytes().await {
                Ok(bytes) if bytes.len() as u64 == size_bytes => Ok(bytes),
                Ok(_) => Err(BlobError::Corrupt(*digest)),
                Err(error) => Err(unavailable(&error)),
            }
        };
        traces::blob("get", digest, None).run(getting).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        // Until the first byte can be had: how fast the others go is up to the client that takes them.
        let bytes = range.end - range.start;
        traces::blob("read", digest, Some(bytes)).run(self.pieces(digest, range)).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        let asking = async {
            let _permit = self.turn().await?;
            match self.store.head(&self.path(digest)).await {
                Ok(meta) => Ok(Some(listed(*digest, &meta))),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(unavailable(&error)),
            }
        };
        traces::blob("head", digest, None).run(asking).await
    }

    fn list(&self) -> Entries<'_> {
        let prefix = Some(&self.prefix).filter(|prefix| !prefix.is_root());
        self.store
            .list(prefix)
            .map_err(|error| unavailable(&error))
            .try_filter_map(|meta| std::future::ready(Ok(self.entry(&meta))))
            .boxed()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        let deleting = async {
            match self.store.delete(&self.path(digest)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(unavailable(&error)),
            }
        };
        traces::blob("delete", digest, None).run(deleting).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        match self.look().await {
            Ok(()) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => {
                Err(BlobError::Unavailable(format!("{MARKER} is no longer there: the store has been moved or emptied")))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// The folder of an object and its name in there: `ab` and the 64 digits.
pub(super) fn names(digest: &Sha256) -> [String; 2] {
    let digits = digest.to_string();
    [digits[..2].to_owned(), digits]
}

fn listed(digest: Sha256, meta: &ObjectMeta) -> Listed {
    let modified = u64::try_from(meta.last_modified.timestamp()).unwrap_or_default();
    Listed { digest, size_bytes: meta.size, modified: SystemTime::UNIX_EPOCH + Duration::from_secs(modified) }
}

async fn pieces(found: GetResult) -> Result<Pieces, BlobError> {
    let GetResultPayload::File(file, _) = found.payload else {
        return Ok(found.into_stream().map_err(|error| unavailable(&error)).boxed());
    };
    let failed = |error: std::io::Error| BlobError::Unavailable(error.to_string());
    let mut file = tokio::fs::File::from_std(file);
    file.seek(SeekFrom::Start(found.range.start)).await.map_err(failed)?;
    let wanted = file.take(found.range.end - found.range.start);
    Ok(ReaderStream::with_capacity(wanted, PIECE_BYTES).map_err(failed).boxed())
}

/// Ends a stream that is too short with an error, since its end would otherwise look like the end of the picture. Gives
/// its turn back at its end.
fn whole_or_error(pieces: Pieces, expected_bytes: u64, digest: Sha256, permit: Option<OwnedSemaphorePermit>) -> Pieces {
    futures_util::stream::try_unfold((pieces, expected_bytes, permit), move |(mut pieces, left, permit)| async move {
        match pieces.try_next().await? {
            Some(piece) => {
                let left = left.saturating_sub(piece.len() as u64);
                Ok(Some((piece, (pieces, left, permit))))
            }
            None if left > 0 => Err(BlobError::Corrupt(digest)),
            None => Ok(None),
        }
    })
    .boxed()
}

fn not_found(error: &object_store::Error, digest: &Sha256) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::Missing(*digest),
        error => unavailable(error),
    }
}

fn unavailable(error: &object_store::Error) -> BlobError {
    BlobError::Unavailable(reason(error))
}

/// What a picture's first bytes say it is; what is put has been recognised before.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("image/avif"),
        _ => None,
    }
}
