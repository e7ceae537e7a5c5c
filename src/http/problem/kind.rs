//! The ways of failing: for each its status, its name, its title and what a client can do about it.

use std::borrow::Cow;

use poem::http::StatusCode;

use super::Problem;

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
                "The image is in the catalogue, but the store of its bytes does not answer, has lost them, or has other ones. The document's `detail` says which; the operator finds more with `sirius fsck`."
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
}
