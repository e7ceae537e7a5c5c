//! What pages may load.

use poem::Response;
use poem::http::{HeaderValue, header};

// Constants, because a value is looked through as it is made.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; connect-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
// `data:` holds its icons, `blob:` the pictures that "Try it out" received.
const SWAGGER_UI: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What a page may load. Inline scripts and styles run on none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentPolicy {
    /// Our own pages: our scripts and styles, pictures from anywhere, because linked ones come from anywhere, and
    /// placeholders as `data:`; the gallery's form asks ourselves.
    Page,
    /// The Swagger UI.
    SwaggerUi,
}

/// Says what a page may load. The other headers that keep it safe are those of every answer (see `http::security`).
pub fn restrict(response: &mut Response, policy: ContentPolicy) {
    let value = match policy {
        ContentPolicy::Page => PAGE,
        ContentPolicy::SwaggerUi => SWAGGER_UI,
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
}
