//! What answers begin with.

use bytes::Bytes;
use poem::Response;
use poem::http::{HeaderValue, StatusCode};

/// What the layers add to almost any answer, and what an answer about an image has itself: a map that grows as they come
/// would place them again and again.
const USUAL_HEADERS: usize = 24;

/// An answer without a body and without headers, but with room for the usual ones.
#[must_use]
pub fn answer(status: StatusCode) -> Response {
    let mut response = Response::default();
    response.set_status(status);
    response.headers_mut().reserve(USUAL_HEADERS);
    response
}

/// A header's value that is put together of ids and fixed words: always valid. In one piece, because `format!` takes several times
/// what that does.
#[must_use]
pub fn joined<const PARTS: usize>(parts: [&[u8]; PARTS]) -> HeaderValue {
    HeaderValue::from_maybe_shared(Bytes::from(parts.concat())).unwrap_or(HeaderValue::from_static(""))
}

/// A header's value of numbers, ids and fixed words: always valid.
pub fn value(text: impl Into<String>) -> HeaderValue {
    HeaderValue::try_from(text.into()).unwrap_or(HeaderValue::from_static(""))
}
