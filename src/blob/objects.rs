//! Any of `object_store`'s stores as a store of bytes: an object for each digest, in 256 folders by its first byte.

use std::io::SeekFrom;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{BlobError, BlobStore};
use crate::domain::Sha256;
use crate::telemetry::traces;

/// What is read from a file at a time. The eight kilobytes of `object_store` would hand a large picture to the threads
/// for blocking work four thousand times.
const PIECE_BYTES: usize = 128 << 10;

/// Says by being there that the store is there; also the first thing that is ever written to it.
const MARKER: &str = ".sirius-image-bytes";

const MARKER_TEXT: &[u8] = b"Image bytes of Sirius: every file is named by the SHA-256 of its content.\n";

/// Bytes as they are read.
type Pieces = BoxStream<'static, Result<Bytes, BlobError>>;

/// A store of bytes over one of `object_store`'s.
pub(super) struct Objects<S>(S);

impl<S: ObjectStore> Objects<S> {
    pub(super) fn new(store: S) -> Self {
        Self(store)
    }

    /// A range, which is not empty, in pieces.
    async fn pieces(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        match self.0.get_opts(&path(digest), options).await {
            Ok(found) if found.range == range => {
                Ok(whole_or_error(pieces(found).await?, range.end - range.start, *digest))
            }
            Ok(_) => Err(BlobError::Corrupt(*digest)),
            // The error for a range that begins beyond the end is not told apart from others.
            Err(error) => match self.0.head(&path(digest)).await {
                Ok(meta) if meta.size < range.end => Err(BlobError::Corrupt(*digest)),
                _ => Err(not_found(&error, digest)),
            },
        }
    }

    /// Writes the marker, and so finds out whether anything can be written.
    pub(super) async fn mark(&self) -> Result<(), BlobError> {
        self.0.put(&Path::from(MARKER), MARKER_TEXT.into()).await.map(drop).map_err(|error| unavailable(&error))
    }
}

#[async_trait]
impl<S: ObjectStore> BlobStore for Objects<S> {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        let step = traces::blob("put", digest, Some(bytes.len() as u64));
        let putting =
            async { self.0.put(&path(digest), bytes.into()).await.map(drop).map_err(|error| unavailable(&error)) };
        step.run(putting).await
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        let getting = async {
            let found = self.0.get(&path(digest)).await.map_err(|error| not_found(&error, digest))?;
            found.bytes().await.map_err(|error| unavailable(&error))
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

    async fn contains(&self, digest: &Sha256) -> Result<bool, BlobError> {
        match self.0.head(&path(digest)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn ping(&self) -> Result<(), BlobError> {
        match self.0.head(&Path::from(MARKER)).await {
            Ok(_) => Ok(()),
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

fn path(digest: &Sha256) -> Path {
    Path::from_iter(names(digest))
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

/// Ends a stream that is too short with an error, since its end would otherwise look like the end of the picture.
fn whole_or_error(pieces: Pieces, expected_bytes: u64, digest: Sha256) -> Pieces {
    futures_util::stream::try_unfold((pieces, expected_bytes), move |(mut pieces, left)| async move {
        match pieces.try_next().await? {
            Some(piece) => {
                let left = left.saturating_sub(piece.len() as u64);
                Ok(Some((piece, (pieces, left))))
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

/// In the operating system's words where it has spoken, which `object_store` wraps in several layers.
fn unavailable(error: &object_store::Error) -> BlobError {
    BlobError::Unavailable(cause(error).map_or_else(|| error.to_string(), |io| format!("{io} ({error})")))
}

pub(super) fn cause(error: &object_store::Error) -> Option<&std::io::Error> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref() {
            return Some(io);
        }
        next = error.source();
    }
    None
}
