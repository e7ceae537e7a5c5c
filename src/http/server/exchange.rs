//! One request and its response: what the server adds around the endpoint.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Version, header, request};
use http_body::Body;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, RequestParts};
use tokio::time::timeout;

use super::Port;
use super::body::{BodyLimits, RequestBody, ResponseBody};
use super::facts::{Facts, Underway};
use super::gauge::{Gauge, Ticket};
use super::refusal::{Refusal, Refuse};
use crate::config;
use crate::telemetry::catalogue::values::HttpMethod;
use crate::telemetry::context::Context as Trace;
use crate::telemetry::events::{BodyOf, RequestServed, RequestUnderway};
use crate::telemetry::route::Route;

const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// What all connections of a server share.
pub(super) struct Context<E> {
    pub(super) port: Port<E>,
    pub(super) refuse: Refuse,
    pub(super) settings: config::Server,
    pub(super) requests: Arc<Gauge>,
}

/// What a request holds for as long as anything of it is under way.
pub(super) struct Ongoing {
    pub(super) _underway: Underway,
    pub(super) ticket: Option<Ticket>,
    pub(super) _measured: RequestUnderway,
}

/// One connection, as its requests see it.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) facts: Arc<Facts>,
}

impl<E: Endpoint<Output = poem::Response>> Context<E> {
    /// Answers one request. That it is under way counts from the call, not from the first poll.
    pub(super) fn answer(
        self: &Arc<Self>,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + Send + use<E> {
        let ongoing = Ongoing {
            _underway: connection.facts.begin(),
            ticket: self.requests.enter(),
            _measured: RequestUnderway::begin(request.method()),
        };
        let (context, connection) = (Arc::clone(self), connection.clone());
        async move {
            let trace = Trace::begin(request.headers(), context.port.routes.of(request.uri().path()));
            Ok(trace.scope(context.observed(connection, request, ongoing)).await)
        }
    }

    /// Answers within the request's trace, and says so when the head of the answer is handed over.
    async fn observed(
        &self,
        connection: Connection,
        request: Request<Incoming>,
        ongoing: Ongoing,
    ) -> Response<ResponseBody> {
        let begun = Instant::now();
        let http2 = request.version() == Version::HTTP_2;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let of = BodyOf::new(&method, Trace::current().map_or(Route::UNMATCHED, |trace| trace.route()));
        let mut response = self.respond(connection, request, of, ongoing.ticket.as_ref()).await;
        if let Some(trace) = Trace::current() {
            response.headers_mut().insert(X_TRACE_ID, trace.header());
        }
        let status = response.status().as_u16();
        let response = self.finish(response, http2, of, ongoing);
        RequestServed { port: self.port.name, method: &method, path: uri.path(), status, elapsed: begun.elapsed() }
            .emit();
        response
    }

    async fn respond(
        &self,
        connection: Connection,
        request: Request<Incoming>,
        of: BodyOf,
        ticket: Option<&Ticket>,
    ) -> poem::Response {
        let limit_bytes = self.settings.max_body_bytes;
        let refusal = if ticket.is_none() {
            Some(Refusal::TooManyRequests)
        } else if request.body().size_hint().lower() > limit_bytes as u64 {
            Some(Refusal::BodyTooLarge { limit_bytes })
        } else {
            None
        };
        if let Some(refusal) = refusal {
            let mut response = (self.refuse)(refusal);
            if !request.body().is_end_stream() {
                connection.facts.body_dropped();
                if request.version() < Version::HTTP_2 {
                    // A body that nobody reads stands where the next request would: there is none.
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
            }
            return response;
        }
        let request = self.take(connection, request, of);
        match timeout(self.settings.request_timeout, self.port.endpoint.get_response(request)).await {
            Ok(response) => response,
            Err(_) => (self.refuse)(Refusal::RequestTimeout),
        }
    }

    /// The request as poem knows it, its body with its limits.
    fn take(&self, connection: Connection, request: Request<Incoming>, of: BodyOf) -> poem::Request {
        let (mut parts, incoming) = request.into_parts();
        name_host(&mut parts);
        let body = if incoming.is_end_stream() {
            poem::Body::empty()
        } else {
            let limits =
                BodyLimits { max_bytes: self.settings.max_body_bytes, stall_timeout: self.settings.stall_timeout };
            BoxBody::new(RequestBody::new(incoming, of, limits, connection.facts)).into()
        };
        let local = LocalAddr(Addr::SocketAddr(connection.local));
        let remote = RemoteAddr(Addr::SocketAddr(connection.peer));
        poem::Request::from_parts(RequestParts::from((parts, local, remote, Scheme::HTTP)), body)
    }

    fn finish(&self, response: poem::Response, http2: bool, of: BodyOf, ongoing: Ongoing) -> Response<ResponseBody> {
        let is_head = of.method() == HttpMethod::Head;
        let response = Response::<BoxBody<_, _>>::from(response);
        let response = if is_head { head_only(response) } else { response };
        let stall_timeout = self.settings.stall_timeout;
        response.map(|body| {
            let body = if is_head { poem::Body::empty().into() } else { body };
            ResponseBody::new(body, of, http2, stall_timeout, ongoing)
        })
    }
}

/// In HTTP/2 the authority of the target stands for the `Host` header (RFC 9113, section 8.3.1): the endpoint finds it
/// in one place, whichever protocol was spoken.
fn name_host(parts: &mut request::Parts) {
    if parts.version == Version::HTTP_2
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.entry(header::HOST).or_insert(host);
    }
}

/// A response to HEAD says what GET would, `Content-Length` included where the length is known; hyper leaves its body
/// out in HTTP/1.1 but would send it in HTTP/2.
fn head_only<B: Body>(mut response: Response<B>) -> Response<B> {
    let length = response.body().size_hint().exact().filter(|length| *length > 0);
    if let Some(length) = length
        && response.status() != StatusCode::NO_CONTENT
    {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    response
}
