//! How an image's bytes are sent: whole, in part, or not at all because the client has them already.

use std::time::Duration;

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Body, Response};

use super::json::ContentUrl;
use super::range::{Asked, asked};
use crate::blob::BlobError;
use crate::domain::{Content, Image, ImageId, Stored};
use crate::http::answer::{answer, joined, value};
use crate::http::middleware::IsHead;
use crate::http::problem::{Problem, ProblemKind};
use crate::services::content::{self, Contents, Elsewhere};
use crate::telemetry::events::ImageServed;

/// When a client that finds the store away may come again: it is looked after every other second.
const RETRY_AFTER_SECONDS: u64 = 5;

/// How long a client may keep what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The bytes of an address that never means other bytes.
    ForEver,
    /// A choice that only changes as the catalogue grows.
    Briefly,
    /// A choice that is made anew each time.
    Never,
}

impl Keep {
    /// The `Cache-Control` header's value.
    #[must_use]
    pub const fn cache_control(self) -> HeaderValue {
        // Constants, because a value is looked through as it is made.
        match self {
            Self::ForEver => const { HeaderValue::from_static("public, max-age=31536000, immutable") },
            Self::Briefly => const { HeaderValue::from_static("public, max-age=300") },
            Self::Never => const { HeaderValue::from_static("no-store") },
        }
    }
}

impl Keep {
    /// How long a choice is kept that only changes as the catalogue grows.
    const BRIEFLY: Duration = Duration::from_mins(5);

    /// The `Cache-Control` header's value of an answer that is good for no longer than that.
    fn at_most(self, max_age: Duration) -> HeaderValue {
        let max_age = match self {
            Self::ForEver => max_age,
            Self::Briefly => max_age.min(Self::BRIEFLY),
            Self::Never => return self.cache_control(),
        };
        value(format!("public, max-age={}", max_age.as_secs()))
    }
}

/// What of a request decides how bytes are sent.
pub struct Wanted<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// Whether only the head of the answer is wanted.
    pub head: IsHead,
    /// What the address promises.
    pub keep: Keep,
}

/// Sends an image's bytes, or sends the client to them.
pub async fn send(contents: &Contents, image: &Image, wanted: Wanted<'_>) -> Result<Response, Problem> {
    let mut response = match &image.facts.content {
        Content::Stored(stored) => send_stored(contents, image.facts.id, stored, &wanted).await?,
        // Only http and https addresses of printable ASCII enter the catalogue; see `services::import`.
        // Where the link leads may be edited, so it is not kept for ever.
        Content::Linked { url } => sent_to(url, wanted.keep.at_most(Keep::BRIEFLY)),
    };
    if !wanted.head.0 && response.status() != StatusCode::NOT_MODIFIED {
        ImageServed(&image.facts.content).emit();
    }
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(wanted.keep.cache_control());
    if wanted.keep != Keep::ForEver {
        headers.insert(header::CONTENT_LOCATION, value(ContentUrl(image.facts.id).to_string()));
    }
    Ok(response)
}

async fn send_stored(
    contents: &Contents,
    id: ImageId,
    stored: &Stored,
    wanted: &Wanted<'_>,
) -> Result<Response, Problem> {
    let etag = joined([b"\"", &stored.sha256.to_ascii(), b"\""]);
    if has_it_already(wanted.headers, &etag) {
        return Ok(headed(StatusCode::NOT_MODIFIED, etag));
    }
    let part = match asked_part(wanted.headers, &etag, stored.size_bytes) {
        Asked::Whole => None,
        Asked::Part(part) => Some(part),
        Asked::Outside => return Err(outside(stored.size_bytes)),
    };
    // An address is signed for one method; and what a `HEAD` wants to know is known here.
    if !wanted.head.0
        && let Some(Elsewhere { address, max_age }) =
            contents.elsewhere(stored).await.map_err(|error| undelivered(&error))?
    {
        return Ok(sent_to(&address, wanted.keep.at_most(max_age)));
    }
    let length = part.as_ref().map_or(stored.size_bytes, |part| part.end - part.start);
    let status = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = headed(status, etag);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(stored.format.media_type()));
    headers.insert(header::CONTENT_LENGTH, length.into());
    // What "save as" proposes; without it, the name would be that of the address.
    let name = [b"inline; filename=\"", &id.to_ascii()[..], b".", stored.format.name().as_bytes(), b"\""];
    headers.insert(header::CONTENT_DISPOSITION, joined(name));
    if let Some(part) = &part {
        let range = format!("bytes {}-{}/{}", part.start, part.end - 1, stored.size_bytes);
        headers.insert(header::CONTENT_RANGE, value(range));
    }
    if wanted.head.0 {
        return Ok(response);
    }
    response.set_body(match contents.read(stored, part).await.map_err(|error| undelivered(&error))? {
        content::Body::Bytes(bytes) => Body::from_bytes(bytes),
        content::Body::Stream(stream) => {
            use futures_util::TryStreamExt;
            Body::from_bytes_stream(stream.map_err(std::io::Error::other))
        }
    });
    Ok(response)
}

/// Sends the client to where the bytes are.
fn sent_to(address: &str, keep: HeaderValue) -> Response {
    Response::builder()
        .status(StatusCode::FOUND)
        .header(header::LOCATION, address)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CACHE_CONTROL, keep)
        .finish()
}

/// What a client is told of bytes that cannot be had; why stands in the log.
fn undelivered(error: &BlobError) -> Problem {
    match error {
        BlobError::Missing(_) => ProblemKind::BytesUnavailable
            .because("the bytes of this picture are missing from their store; its operator can put them back"),
        BlobError::Corrupt(_) => ProblemKind::BytesUnavailable
            .because("the bytes of this picture are damaged in their store; its operator can put them back"),
        BlobError::Unavailable(_) => ProblemKind::BytesUnavailable
            .because("the store of the pictures does not answer; those that are in memory are served, try again later")
            .retry_after(RETRY_AFTER_SECONDS),
    }
}

/// What every answer about a stored image carries, 304 included.
fn headed(status: StatusCode, etag: HeaderValue) -> Response {
    let mut response = answer(status);
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// `If-None-Match`, RFC 9110, section 13.1.2: compared weakly.
fn has_it_already(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == *etag)
}

/// `Range`, unless `If-Range` (section 13.1.5: compared strongly) says that the client's other parts are out of date.
fn asked_part(headers: &HeaderMap, etag: &HeaderValue, length: u64) -> Asked {
    let current = headers.get(header::IF_RANGE).is_none_or(|known| known == etag);
    let range = headers.get(header::RANGE).filter(|_| current).and_then(|range| range.to_str().ok());
    asked(range, length)
}

fn outside(length: u64) -> Problem {
    ProblemKind::RangeNotSatisfiable
        .because(format!("the picture has {length} bytes; a range within 0-{} is allowed", length.saturating_sub(1)))
        .with_header(header::CONTENT_RANGE, value(format!("bytes */{length}")))
}
