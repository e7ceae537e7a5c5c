//! Lets pages of any origin use the API: it holds nothing that belongs to the visitor, and takes no credentials.
//!
//! poem's own layer reflects the origin and leaves errors bare; here every answer of the API carries the headers.

use std::future::ready;

use futures_util::TryFutureExt;
use futures_util::future::Either;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result};

use crate::http::security::CROSS_ORIGIN_RESOURCE_POLICY;

/// What a script may read of an answer, besides the headers that it always may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Accept-Ranges, Content-Location, Content-Range, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Trace-Id",
);
const ANY: HeaderValue = HeaderValue::from_static("*");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
const A_DAY: HeaderValue = HeaderValue::from_static("86400");

/// Puts CORS headers on the answers under the given paths, and answers their preflights.
pub struct Cors<E> {
    inner: E,
    prefixes: &'static [&'static str],
}

impl<E> Cors<E> {
    /// Opens the paths that begin with one of `prefixes`.
    pub fn new(inner: E, prefixes: &'static [&'static str]) -> Self {
        Self { inner, prefixes }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Cors<E> {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        let path = request.uri().path();
        let is_open = self.prefixes.iter().any(|prefix| path.starts_with(prefix));
        let answered = if is_open && is_preflight(&request) {
            Either::Left(ready(Ok(allowed())))
        } else {
            Either::Right(self.inner.call(request))
        };
        answered.map_ok(move |mut response| {
            if is_open {
                open(response.headers_mut());
            }
            response
        })
    }
}

/// Lets pages of any origin read an answer.
pub fn open(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    // The answers are meant to be shown on other origins' pages, also those that isolate themselves.
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN);
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight.
fn allowed() -> Response {
    let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ANY);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, A_DAY);
    response
}
