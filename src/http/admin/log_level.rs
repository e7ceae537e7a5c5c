//! `/log-level`: what is logged, seen and changed for a while.

use std::time::Duration;

use poem::http::{HeaderValue, StatusCode};
use poem::{Body, Response, Result, handler};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use super::json;
use crate::config;
use crate::http::problem::ProblemKind;
use crate::telemetry::log::{LogFilter, Setting};

/// The methods of the path.
pub const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, PUT");

/// How long a change lasts when it does not say.
const DEFAULT_SECONDS: u64 = 600;

/// How long a change may last: who needs it for longer sets `log.filter`.
const MAX_SECONDS: u64 = 86_400;

/// A longer filter names more modules than there are.
const MAX_FILTER_BYTES: usize = 1_024;

/// What a change looks like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    filter: String,
    expires_in_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Shown {
    filter: String,
    configured: String,
    expires_at: Option<String>,
}

/// What is logged now.
#[handler]
pub fn show() -> Response {
    shown()
}

/// Logs by another filter for a while.
#[handler]
pub async fn change(body: Body) -> Result<Response> {
    let body = body.into_bytes().await?;
    let Change { filter, expires_in_seconds } = serde_json::from_slice(&body).map_err(|error| malformed(&error))?;
    let seconds = expires_in_seconds.unwrap_or(DEFAULT_SECONDS);
    if !(1..=MAX_SECONDS).contains(&seconds) {
        return Err(invalid(format!(
            "`expires_in_seconds` is {seconds}; allowed is a whole number from 1 to {MAX_SECONDS}"
        )));
    }
    if filter.len() > MAX_FILTER_BYTES {
        return Err(invalid(format!("`filter` is longer than {MAX_FILTER_BYTES} bytes")));
    }
    let changed = LogFilter::of_process().change(&filter, Duration::from_secs(seconds));
    changed.map_err(|error| invalid(format!("`filter` is {filter:?}; {error}")))?;
    Ok(shown())
}

/// Logs as configured again.
#[handler]
pub fn reset() -> Response {
    LogFilter::of_process().reset();
    shown()
}

fn shown() -> Response {
    let Setting { filter, configured, expires_at } = LogFilter::of_process().setting();
    // A time of this age of the world can always be written.
    let expires_at = expires_at.and_then(|at| at.format(&Rfc3339).ok());
    json(StatusCode::OK, &Shown { filter, configured, expires_at })
}

fn malformed(error: &serde_json::Error) -> poem::Error {
    invalid(format!(
        "the body is not what is expected, such as {{\"filter\": \"info,sirius::http=debug\", \"expires_in_seconds\": 600}}: \
         {error}; `filter` is {}",
        config::Log::FILTER_ALLOWED
    ))
}

fn invalid(detail: String) -> poem::Error {
    ProblemKind::InvalidParameter.because(detail).into()
}
