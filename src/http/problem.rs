//! Errors as clients see them: problem documents (RFC 9457), each kind written down once.
//!
//! Every way of failing that a client can meet is a [`ProblemKind`]; what poem and poem-openapi raise themselves is
//! translated here too. Nothing internal, such as a database's own words, goes into a document: that is for the log.

use std::borrow::Cow;

use poem::error::{MethodNotAllowedError, NotFoundError, ResponseError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError};
use serde::Serialize;

use super::server::{BodyFault, Refusal};
use crate::services::cursor::CursorError;
use crate::telemetry::trace::TraceId;

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The ways of failing, one for each that a client may want to tell from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A parameter, or a combination of them, that is not allowed.
    InvalidParameter,
    /// A cursor that this service did not make.
    InvalidCursor,
    /// The admin port's token is missing or wrong.
    Unauthorized,
    /// The admin port does not answer this client.
    Forbidden,
    /// There is nothing at this path.
    NotFound,
    /// There is no image with this id.
    NoSuchImage,
    /// No image matches the filter.
    NoMatchingImage,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// None of the media types that the client accepts can be served.
    NotAcceptable,
    /// The request took too long to arrive.
    RequestTimeout,
    /// The body is larger than is allowed.
    BodyTooLarge,
    /// The body has a media type that is not understood.
    UnsupportedMediaType,
    /// The range lies outside the bytes.
    RangeNotSatisfiable,
    /// The client asked more often than its quota allows.
    TooManyRequests,
    /// A fault of the service.
    Internal,
    /// The byte store does not deliver the image.
    BytesUnavailable,
    /// The database does not count visits at the moment.
    VisitsUnavailable,
    /// The catalogue has not been loaded yet.
    Starting,
    /// The service has more work than it takes on.
    Overloaded,
}

impl ProblemKind {
    /// All kinds, for documents and tests.
    pub const ALL: [Self; 19] = [
        Self::InvalidParameter,
        Self::InvalidCursor,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::NoSuchImage,
        Self::NoMatchingImage,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::RangeNotSatisfiable,
        Self::TooManyRequests,
        Self::Internal,
        Self::BytesUnavailable,
        Self::VisitsUnavailable,
        Self::Starting,
        Self::Overloaded,
    ];

    /// What it means and what a client can do about it, for the page that the problem's `type` leads to.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::InvalidParameter => {
                "A parameter has a value that is not allowed, or does not go with another one. The document's `detail` names it and says what is allowed."
            }
            Self::InvalidCursor => {
                "A cursor only works as this service gave it: unchanged, and for the operation that gave it. Start again without one."
            }
            Self::Unauthorized => {
                "This part of the admin port asks for the token of the setting `admin.token`, sent as `Authorization: Bearer ...`."
            }
            Self::Forbidden => {
                "The admin port answers clients on its own machine, and others with the token; never web pages."
            }
            Self::NotFound => "No page and no operation has this path. /docs lists all operations.",
            Self::NoSuchImage => {
                "The catalogue has no image with this id. It may have been removed; ids never come to mean another picture."
            }
            Self::NoMatchingImage => {
                "No image has all of the tags asked for, none of those excluded, and the kind. /api/v1/tags lists the tags."
            }
            Self::MethodNotAllowed => {
                "The path exists, but not with this method; the answer's `Allow` header lists those that do."
            }
            Self::NotAcceptable => {
                "A random image comes as JSON, as a picture or as a redirect. Name one of them in `Accept`, or with `as`."
            }
            Self::RequestTimeout => "The request stopped arriving half-way. Send it again.",
            Self::BodyTooLarge => "The request's body is larger than the setting `server.max_body_bytes` allows.",
            Self::UnsupportedMediaType => {
                "The request's body has a `Content-Type` that the operation does not understand."
            }
            Self::RangeNotSatisfiable => {
                "The `Range` begins behind the last byte. The answer's `Content-Range` tells how many there are."
            }
            Self::TooManyRequests => {
                "Each client address has a quota, told by `RateLimit-Policy`. Wait as long as `Retry-After` says."
            }
            Self::Internal => {
                "A fault of the service, logged with the document's `trace_id`. Tell the operator that id."
            }
            Self::BytesUnavailable => {
                "The image is in the catalogue, but the store of the bytes does not deliver it. Try again later."
            }
            Self::VisitsUnavailable => {
                "The database does not count at the moment. Images are served all the same. Try again later."
            }
            Self::Starting => "The service has not read its catalogue yet. Try again in a second.",
            Self::Overloaded => {
                "The service has as much work as it takes on. Try again after the seconds of `Retry-After`."
            }
        }
    }

    /// Status, name in `type`, title.
    const fn facts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::InvalidParameter => (StatusCode::BAD_REQUEST, "invalid-parameter", "A parameter is not valid"),
            Self::InvalidCursor => (StatusCode::BAD_REQUEST, "invalid-cursor", "The cursor is not valid"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "The admin token is missing or wrong"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This client is not let in"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is nothing here"),
            Self::NoSuchImage => (StatusCode::NOT_FOUND, "no-such-image", "There is no such image"),
            Self::NoMatchingImage => (StatusCode::NOT_FOUND, "no-matching-image", "No image matches"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not allowed here")
            }
            Self::NotAcceptable => {
                (StatusCode::NOT_ACCEPTABLE, "not-acceptable", "None of the accepted media types can be served")
            }
            Self::RequestTimeout => {
                (StatusCode::REQUEST_TIMEOUT, "request-timeout", "The request took too long to arrive")
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "This media type is not understood")
            }
            Self::RangeNotSatisfiable => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "range-not-satisfiable", "The range lies outside the image")
            }
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "The quota is used up"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong in the service"),
            Self::BytesUnavailable => {
                (StatusCode::BAD_GATEWAY, "bytes-unavailable", "The image's bytes cannot be read")
            }
            Self::VisitsUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "visits-unavailable", "Visits cannot be counted at the moment")
            }
            Self::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting", "The service is still starting"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The service is busy"),
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.facts().0
    }

    /// The last part of the problem's `type`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.facts().1
    }

    /// A short sentence that is the same for every problem of this kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.facts().2
    }

    /// A problem of this kind; `detail` says what was wrong this time and what is allowed.
    pub fn because(self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem { kind: self, detail: detail.into(), retry_after_seconds: None, headers: Vec::new() }
    }
}

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
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
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
    Problem::from(refusal).to_response("")
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
    fn every_kind_has_a_name_of_its_own_and_an_error_status() {
        let mut codes: Vec<_> = ProblemKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ProblemKind::ALL.len());
        assert!(ProblemKind::ALL.iter().all(|kind| kind.status().as_u16() >= 400));
    }

    #[test]
    fn what_went_wrong_inside_is_not_told() {
        let inside = std::io::Error::other("password=hunter2");
        let problem = Problem::from_error(poem::Error::new(inside, StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(problem.kind(), ProblemKind::Internal);
        assert!(!problem.to_string().contains("hunter2"));
    }
}
