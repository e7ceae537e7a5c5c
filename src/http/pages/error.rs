//! Pages that say what went wrong, in the voice of the service.

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::assets::{self, PageAssets};
use super::security::ContentPolicy;
use crate::telemetry::context::TraceId;

/// A page that says what went wrong, for people; programs get problem+json instead.
#[must_use]
pub fn error_page(status: StatusCode, title: &str, detail: &str) -> Response {
    let trace_id = status.is_server_error().then(TraceId::current).flatten().map(|id| id.to_string());
    let template = ErrorPage {
        assets: assets::pages(),
        status: status.as_u16(),
        heading: heading(status),
        title,
        detail,
        trace_id,
    };
    super::html(status, &template, ContentPolicy::Page)
}

/// The page that a problem document's `type` leads to: what this kind of problem means. 200.
#[must_use]
pub fn problem_page(status: StatusCode, title: &str, explanation: &str) -> Response {
    let (assets, status) = (assets::pages(), status.as_u16());
    let template = ErrorPage { assets, status, heading: title, title, detail: explanation, trace_id: None };
    super::html(StatusCode::OK, &template, ContentPolicy::Page)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    assets: &'static PageAssets,
    status: u16,
    /// What is said first.
    heading: &'a str,
    /// What it is called; said once if it is the heading.
    title: &'a str,
    detail: &'a str,
    /// The request's, where the operator should hear of it.
    trace_id: Option<String>,
}

/// A status as somebody would say it who looks at stars.
fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "No star shines here",
        StatusCode::TOO_MANY_REQUESTS => "One star at a time",
        StatusCode::SERVICE_UNAVAILABLE => "It is not quite dark yet",
        status if status.is_server_error() => "A cloud has passed before the stars",
        _ => "The telescope points nowhere",
    }
}
