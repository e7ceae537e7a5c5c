//! Requests that a browser makes before anybody looks: they count no visit.

use poem::http::{HeaderMap, HeaderName};

/// `Sec-Purpose` is the standard's (<https://fetch.spec.whatwg.org/#sec-purpose-header>), the others are older browsers'.
const PURPOSES: [HeaderName; 3] =
    [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose"), HeaderName::from_static("x-moz")];

/// Whether the request only prepares for a visit that may never come.
#[must_use]
pub fn is_prefetch(headers: &HeaderMap) -> bool {
    PURPOSES
        .iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("prerender") || purpose.contains("preview"))
}
