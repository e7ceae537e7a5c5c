//! The headers that keep a browser from doing with an answer what it was not made for.
//!
//! Every answer carries them, refusals and errors included: none may be taken for another media type, shown inside
//! another site's page, or use a device. What a page may load is for the page to say (see `pages::ContentPolicy`);
//! everything else may load nothing. `Strict-Transport-Security` is not here: it belongs to whoever speaks TLS, the
//! proxy in front.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What has no policy of its own, such as JSON, is no document at all.
const DATA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
/// A picture is a picture: nothing in it may act, but any page may show it.
const PICTURE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Whatever the answer is.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Who may embed an answer.
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const DENY: HeaderValue = HeaderValue::from_static("DENY");

/// Adds what is missing. A content policy, a referrer policy and who may embed it are kept where the answer has them.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    let is_picture = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"image/"));
    if !is_picture {
        // Said by `frame-ancestors` too; this is for browsers that do not know that.
        headers.insert(header::X_FRAME_OPTIONS, DENY);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(if is_picture { PICTURE } else { DATA });
    headers.entry(header::REFERRER_POLICY).or_insert(SAME_ORIGIN);
    headers.entry(CROSS_ORIGIN_RESOURCE_POLICY).or_insert(SAME_ORIGIN);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secured(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let own = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers = own.collect();
        secure(&mut headers);
        headers
    }

    #[test]
    fn what_an_answer_says_itself_is_kept_but_never_how_it_is_taken() {
        let headers = secured(&[
            ("content-security-policy", "default-src 'self'"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("x-content-type-options", "sniff"),
        ]);
        assert_eq!(headers["content-security-policy"], "default-src 'self'");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
    }

    #[test]
    fn pictures_may_be_shown_anywhere_and_act_nowhere() {
        let headers = secured(&[("content-type", "image/svg+xml")]);
        assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
        assert!(!headers.contains_key("x-frame-options"));
    }
}
