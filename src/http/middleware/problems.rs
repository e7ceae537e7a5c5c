//! The one place where errors become answers: problem documents for the API, a page for people, never a bare text.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use poem::http::{HeaderMap, Uri, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use crate::http::api::json::API_PREFIX;
use crate::http::pages;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::routes::Routes;
use crate::telemetry::events::RequestFailed;

/// Catches the errors and panics of what is inside.
pub struct Problems<E> {
    inner: E,
    routes: Arc<Routes>,
}

impl<E> Problems<E> {
    /// Answers for `inner`, which has these routes.
    pub fn new(inner: E, routes: Arc<Routes>) -> Self {
        Self { inner, routes }
    }
}

impl<E: Endpoint<Output: IntoResponse>> Endpoint for Problems<E> {
    type Output = Response;

    #[expect(clippy::manual_async_fn, reason = "an `async fn` has room for the request twice")]
    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        async move {
            let uri = request.uri().clone();
            let for_people = prefers_html(request.headers()) && !uri.path().starts_with(API_PREFIX);
            // What a panic leaves behind is dropped with the request; nothing is shared that it could leave half-changed.
            let outcome = AssertUnwindSafe(self.inner.call(request)).catch_unwind().await;
            let problem = match outcome {
                Ok(Ok(response)) => return Ok(response.into_response()),
                Ok(Err(error)) => self.problem(error, &uri),
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().copied().map(ToOwned::to_owned);
                    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                    RequestFailed { path: uri.path(), reason: &format!("panic: {text}") }.emit();
                    ProblemKind::Internal.because("the fault has been logged with this document's trace id")
                }
            };
            Ok(if for_people {
                let detail = sentence(problem.detail());
                problem.dress(pages::error_page(problem.kind().status(), problem.kind().title(), &detail))
            } else {
                problem.to_response(uri.path())
            })
        }
    }
}

impl<E> Problems<E> {
    fn problem(&self, error: poem::Error, uri: &Uri) -> Problem {
        if error.status().is_server_error() && !error.is::<Problem>() {
            RequestFailed { path: uri.path(), reason: &error.to_string() }.emit();
        }
        let problem = Problem::from_error(error);
        if problem.kind() == ProblemKind::MethodNotAllowed {
            return problem.with_header(header::ALLOW, self.routes.allowed(uri.path()));
        }
        problem
    }
}

/// A detail as a page shows it: with a capital and a full stop.
fn sentence(detail: &str) -> String {
    let mut chars = detail.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).chain(['.']).collect()
}

/// Whether this is a person's browser asking for a page.
fn prefers_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing_of_it() {
        let panicking = poem::endpoint::make_sync(|_| -> Response { panic!("password=hunter2") });
        let mut response = Problems::new(panicking, Arc::default()).call(Request::default()).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.content_type(), Some("application/problem+json"));
        let body = response.take_body().into_string().await.unwrap();
        assert!(body.contains("/problems/internal") && !body.contains("hunter2"), "{body}");
    }
    #[tokio::test]
    async fn a_person_gets_a_page_that_tells_nothing_of_a_panic_either() {
        let panicking = poem::endpoint::make_sync(|_| -> Response { panic!("password=hunter2") });
        let request = Request::builder().header(header::ACCEPT, "text/html").finish();
        let mut response = Problems::new(panicking, Arc::default()).call(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.content_type(), Some("text/html; charset=utf-8"));
        let body = response.take_body().into_string().await.unwrap();
        assert!(body.contains("A cloud has passed before the stars") && !body.contains("hunter2"), "{body}");
        assert!(body.contains(r#"<a href="/">"#) && body.contains("noindex"), "{body}");
    }
}
