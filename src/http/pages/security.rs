//! The headers that keep pages safe.

use poem::Response;
use poem::http::{HeaderName, HeaderValue, header};

/// What a page may load. Inline scripts and styles run on none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentPolicy {
    /// Our own pages: our scripts and styles, pictures from anywhere, because linked ones come from anywhere, and
    /// placeholders as `data:`; the gallery's form asks ourselves.
    Page,
    /// The Swagger UI.
    SwaggerUi,
}

impl ContentPolicy {
    const fn value(self) -> &'static str {
        match self {
            Self::Page => {
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; \
                 connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            }
            // `data:` holds its icons, `blob:` the pictures that "Try it out" received.
            Self::SwaggerUi => {
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                 connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            }
        }
    }
}

/// Puts the security headers of a page on a response.
pub fn secure(response: &mut Response, policy: ContentPolicy) {
    const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
    let headers: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, policy.value()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}
