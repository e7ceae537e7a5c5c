//! Bytes that are checked while they are sent.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::Digest;

use crate::blob::{BlobError, Pieces};
use crate::domain::Sha256;
use crate::telemetry::catalogue::values::BlobFault;
use crate::telemetry::events::BlobFailed;

/// The pieces of a whole image, of which the last is held back until all are known to be right. If they are not, the
/// stream ends with an error instead, and what was sent looks as incomplete as it is.
pub(super) fn verified(pieces: Pieces, digest: Sha256) -> Pieces {
    let checking = Some(Checking { pieces, held: None, so_far: sha2::Sha256::new() });
    stream::try_unfold(checking, move |checking| next(checking, digest)).inspect_err(tell).boxed()
}

/// The pieces as they are, errors told.
pub(super) fn told(pieces: Pieces) -> Pieces {
    pieces.inspect_err(tell).boxed()
}

/// Waits for the first piece: what fails before it can still be answered with an error.
pub(super) async fn begun(pieces: Pieces) -> Result<Pieces, BlobError> {
    let mut pieces = Box::pin(pieces.peekable());
    match pieces.as_mut().peek().await {
        Some(Err(error)) => Err(error.clone()),
        Some(Ok(_)) | None => Ok(pieces.boxed()),
    }
}

/// Logs and counts what went wrong.
pub(super) fn tell(error: &BlobError) {
    let fault = match error {
        BlobError::Missing(_) => BlobFault::Missing,
        BlobError::Corrupt(_) => BlobFault::Corrupt,
        BlobError::Unavailable(_) => BlobFault::Unavailable,
    };
    BlobFailed { fault, error }.emit();
}

struct Checking {
    pieces: Pieces,
    held: Option<Bytes>,
    so_far: sha2::Sha256,
}

/// The piece before the one that is read now; nothing is left to be checked after the last.
async fn next(checking: Option<Checking>, digest: Sha256) -> Result<Option<(Bytes, Option<Checking>)>, BlobError> {
    let Some(Checking { mut pieces, mut held, mut so_far }) = checking else { return Ok(None) };
    while let Some(piece) = pieces.try_next().await? {
        so_far.update(&piece);
        if let Some(before) = held.replace(piece) {
            return Ok(Some((before, Some(Checking { pieces, held, so_far }))));
        }
    }
    if so_far.finalize()[..] != digest.0 {
        return Err(BlobError::Corrupt(digest));
    }
    Ok(held.map(|last| (last, None)))
}
