//! Errors as clients see them: problem documents (RFC 9457), each kind written down once.
//!
//! Every way of failing that a client can meet is a [`ProblemKind`], in `kind`; what poem and poem-openapi raise themselves is
//! translated here too. Nothing internal, such as a database's own words, goes into a document: that is for the log.

mod kind;

use std::borrow::Cow;

use poem::error::{MethodNotAllowedError, NotFoundError, ResponseError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError};
use serde::Serialize;

use super::security::secure;
use super::server::{BodyFault, Refusal};
use crate::services::cursor::CursorError;
use crate::telemetry::context::TraceId;

pub use kind::ProblemKind;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One failure, ready to be shown to the client.
#[derive(Debug, thiserror::Error)]
#[error("{}: {detail}", .kind.title())]
pub struct Problem {
    kind: ProblemKind,
    detail: Cow<'static, str>,
    retry_after_seconds: Option<u64>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// What a problem document looks like; members and their order as in RFC 9457, section 3.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    trace_id: Option<String>,
}

impl Problem {
    /// Tells the client when to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// What was wrong this time.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The response, about the request for `instance` (a path).
    #[must_use]
    pub fn to_response(&self, instance: &str) -> Response {
        let document = Document {
            r#type: format!("/problems/{}", self.kind.code()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            instance,
            trace_id: TraceId::current().map(|id| id.to_string()),
        };
        // Strings and numbers only: writing them cannot fail.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        self.dress(Response::builder().content_type(PROBLEM_JSON).body(Body::from_vec(body)))
    }

    /// Gives a response of any form this problem's status and headers.
    #[must_use]
    pub fn dress(&self, mut response: Response) -> Response {
        response.set_status(self.kind.status());
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response
    }

    /// What an error of poem, of poem-openapi or of our own says to the client.
    #[must_use]
    pub fn from_error(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(problem) => return problem,
            Err(error) => error,
        };
        if let Some(fault) = BodyFault::behind(&error) {
            return match fault {
                BodyFault::TooLarge { .. } => ProblemKind::BodyTooLarge.because(fault.to_string()),
                BodyFault::Stalled { .. } => ProblemKind::RequestTimeout.because(fault.to_string()),
            };
        }
        let known = if error.is::<NotFoundError>() {
            Some(ProblemKind::NotFound.because("no page and no operation has this path; /docs lists all operations"))
        } else if error.is::<MethodNotAllowedError>() {
            Some(ProblemKind::MethodNotAllowed.because("the `Allow` header lists the methods that this path knows"))
        } else if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
            Some(ProblemKind::InvalidParameter.because(format!("`{name}`: {}", plain(reason))))
        } else if let Some(ParsePathError { name, reason }) = error.downcast_ref() {
            Some(ProblemKind::InvalidParameter.because(format!("`{name}`: {}", plain(reason))))
        } else if let Some(ParseRequestPayloadError { reason }) = error.downcast_ref() {
            Some(ProblemKind::InvalidParameter.because(format!("the body: {}", plain(reason))))
        } else {
            error
                .downcast_ref::<ContentTypeError>()
                .map(|wrong| ProblemKind::UnsupportedMediaType.because(wrong.to_string()))
        };
        known.unwrap_or_else(|| Self::from_status(error.status()))
    }

    fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ProblemKind::BodyTooLarge.because("the request's body is larger than this service takes")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ProblemKind::UnsupportedMediaType.because("the request's `Content-Type` is not understood")
            }
            StatusCode::NOT_FOUND => ProblemKind::NotFound.because("there is nothing at this path"),
            status if status.is_client_error() => {
                ProblemKind::InvalidParameter.because("the request could not be understood")
            }
            _ => ProblemKind::Internal.because("the fault has been logged with this document's trace id"),
        }
    }
}

/// The response to a request that the server refuses; it is about no path, since there may be none yet.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    let mut response = Problem::from(refusal).to_response("");
    // No layer of the endpoint sees it.
    secure(response.headers_mut());
    response
}

/// What the server refuses before any operation sees it.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = match refusal {
            Refusal::TooManyConnections => {
                ProblemKind::Overloaded.because("as many connections are open as this service takes")
            }
            Refusal::TooManyRequests => {
                ProblemKind::Overloaded.because("as many requests are under way as this service takes on")
            }
            Refusal::Lagging => {
                ProblemKind::Overloaded.because("more is asked of this service at the moment than it can answer")
            }
            Refusal::TooMuchUnsent => {
                ProblemKind::Overloaded.because("clients are taking what they asked for more slowly than it is sent")
            }
            Refusal::BadHost => ProblemKind::InvalidParameter
                .because("`Host`: one is required in HTTP/1.1, a name or an address with or without a port"),
            Refusal::RequestTimeout => {
                ProblemKind::Overloaded.because("this request took longer than this service allows")
            }
            Refusal::BodyTooLarge { limit_bytes } => {
                ProblemKind::BodyTooLarge.because(format!("a body of at most {limit_bytes} bytes is taken"))
            }
        };
        match refusal.retry_after_seconds() {
            Some(seconds) => problem.retry_after(seconds.into()),
            None => problem,
        }
    }
}

impl From<CursorError> for Problem {
    fn from(error: CursorError) -> Self {
        ProblemKind::InvalidCursor.because(error.to_string())
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.kind.status()
    }

    fn as_response(&self) -> Response {
        self.to_response("")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.to_response("")
    }
}

/// poem-openapi wraps its reasons in names of Rust types, which say nothing to a client.
fn plain(reason: &str) -> &str {
    let reason = reason.rsplit_once(" (occurred while parsing ").map_or(reason, |(reason, _)| reason);
    match reason.split_once(": ") {
        Some((head, rest)) if head.starts_with("failed to parse") => rest,
        _ => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_inside_is_not_told() {
        let inside = std::io::Error::other("password=hunter2");
        let problem = Problem::from_error(poem::Error::new(inside, StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(problem.kind(), ProblemKind::Internal);
        assert!(!problem.to_string().contains("hunter2"));
    }
}
