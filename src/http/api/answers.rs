//! How operations document what they answer, apart from how they write it.
//!
//! Hot operations answer with bytes that are serialised once, without poem-openapi's detour through JSON values. What
//! the document promises of them stands in an [`Answers`] type, and `tests/it/openapi.rs` holds the bytes to it.

use std::marker::PhantomData;

use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::schema::ProblemDocument;
use crate::http::problem::PROBLEM_JSON;

/// What an operation may answer.
pub trait Answers: Send + Sync + 'static {
    /// Every status with its content and headers.
    fn all() -> Vec<MetaResponse>;

    /// Registers the schemas that [`Answers::all`] refers to.
    fn register(registry: &mut Registry);
}

/// A response that is documented as one of `A`.
pub struct Answer<A>(Response, PhantomData<fn() -> A>);

impl<A> From<Response> for Answer<A> {
    fn from(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<A: Answers> IntoResponse for Answer<A> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<A: Answers> ApiResponse for Answer<A> {
    fn meta() -> MetaResponses {
        let mut responses = A::all();
        for response in &mut responses {
            response.headers.extend(EVERYWHERE.iter().map(|&(name, description)| header(name, description)));
        }
        responses.sort_by_key(|response| response.status);
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
        ProblemDocument::register(registry);
    }
}

/// Headers that every answer of the API carries.
const EVERYWHERE: [(&str, &str); 3] = [
    ("RateLimit-Policy", "The client's quota: name, burst `q` and the seconds `w` in which it fills up again."),
    ("RateLimit", "What is left of the quota: `r` requests may come within the next `t` seconds."),
    ("X-Trace-Id", "The request's trace id, as it stands in logs and traces."),
];

/// A documented header.
pub fn header(name: &'static str, description: &'static str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

/// An answer without content.
pub fn bare(status: u16, description: &'static str) -> MetaResponse {
    MetaResponse { description, status: Some(status), status_range: None, content: Vec::new(), headers: Vec::new() }
}

/// An answer in JSON.
pub fn json<T: Type>(status: u16, description: &'static str) -> MetaResponse {
    with_content(bare(status, description), "application/json; charset=utf-8", T::schema_ref())
}

/// An answer that is a problem document.
pub fn problem(status: u16, description: &'static str) -> MetaResponse {
    with_content(bare(status, description), PROBLEM_JSON, ProblemDocument::schema_ref())
}

/// The problems that any operation may answer with.
pub fn common_problems() -> [MetaResponse; 4] {
    [
        problem(400, "A parameter is not valid; `detail` names it and says what is allowed."),
        with_headers(
            problem(429, "The client's quota is used up."),
            [header("Retry-After", "Seconds until the next request is let through.")],
        ),
        problem(500, "A fault of the service; it is logged with the document's `trace_id`."),
        with_headers(
            problem(503, "The service is starting, stopping or busy."),
            [header("Retry-After", "Seconds after which to try again.")],
        ),
    ]
}

/// Adds a form of content to an answer.
pub fn with_content(mut response: MetaResponse, content_type: &'static str, schema: MetaSchemaRef) -> MetaResponse {
    response.content.push(MetaMediaType { content_type, schema });
    response
}

/// Adds headers to an answer.
pub fn with_headers(mut response: MetaResponse, headers: impl IntoIterator<Item = MetaHeader>) -> MetaResponse {
    response.headers.extend(headers);
    response
}

/// Adds the bytes of an image, in any of the formats, to an answer.
pub fn with_image_bytes(mut response: MetaResponse) -> MetaResponse {
    for format in crate::domain::Format::ALL {
        let schema = poem_openapi::payload::Binary::<Vec<u8>>::schema_ref();
        response = with_content(response, format.media_type(), schema);
    }
    response
}
