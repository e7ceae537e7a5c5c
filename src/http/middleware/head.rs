//! `HEAD`: answered like `GET`, with the same headers (`Content-Length` included) and without the body.

use bytes::Bytes;
use futures_util::TryFutureExt;
use http_body::Body as _;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result};

type BoxBody = http_body_util::combinators::BoxBody<Bytes, std::io::Error>;

/// Whether the client wants only the head of the answer.
///
/// The request is routed as a `GET`; what need not be done for a `HEAD` (reading bytes, counting a visit) asks this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsHead(pub bool);

impl IsHead {
    /// Whether this request came as a `HEAD`.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self(request.extensions().get::<Self>().is_some_and(|head| head.0))
    }
}

/// Turns `HEAD` into `GET` on the way in, and takes the body away on the way out.
pub struct Head<E>(pub E);

impl<E: Endpoint<Output = Response>> Endpoint for Head<E> {
    type Output = Response;

    fn call(&self, mut request: Request) -> impl Future<Output = Result<Response>> {
        let is_head = request.method() == Method::HEAD;
        if is_head {
            request.set_method(Method::GET);
            request.extensions_mut().insert(IsHead(true));
        }
        self.0.call(request).map_ok(move |response| if is_head { without_body(response) } else { response })
    }
}

fn without_body(mut response: Response) -> Response {
    let length = BoxBody::from(response.take_body()).size_hint().exact();
    if let Some(length) = length
        && !response.headers().contains_key(header::CONTENT_LENGTH)
        && response.status() != StatusCode::NOT_MODIFIED
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
