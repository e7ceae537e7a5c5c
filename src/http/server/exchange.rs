//! One request and its response: what the server adds around the endpoint.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::Body;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, RequestParts};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::Port;
use super::body::{BodyLimits, Ongoing, RequestBody, ResponseBody, Unfinished};
use super::caller::Caller;
use super::facts::Facts;
use super::gauge::{Gauge, Ticket};
use super::host;
use super::parting::Parting;
use super::refusal::{Refusal, Refuse};
use crate::config;
use crate::telemetry::catalogue::values::HttpMethod;
use crate::telemetry::context::Context as Trace;
use crate::telemetry::events::{BodyOf, RequestServed, RequestUnderway};
use crate::telemetry::route::Route;
use crate::telemetry::traces::{Answered, Asked, ServerSpan};

const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// What all connections of a server share.
pub(super) struct Context<E> {
    pub(super) port: Port<E>,
    pub(super) refuse: Refuse,
    pub(super) settings: config::Server,
    pub(super) requests: Arc<Gauge>,
    /// The bytes of responses that are not written yet.
    pub(super) unsent: Arc<Gauge>,
    /// The connections that take more memory than others.
    pub(super) large: Arc<Gauge>,
    /// The connections that hyper may keep for a while when they are idle.
    pub(super) awake: Arc<Gauge>,
    /// Told when room becomes scarce that slow clients may be taking.
    pub(super) pressure: Notify,
    /// Whether clients are to come by other connections.
    pub(super) parting: Parting,
}

/// A response that is not larger is written, or waits, without being counted: what a connection costs anyway.
const SMALL_BYTES: u64 = 8 << 10;

/// One connection, as its requests see it.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) facts: Arc<Facts>,
}

impl<E> Context<E> {
    /// Has clients cut off that take room and do nothing with it, before there is none left.
    pub(super) fn relieve(&self, gauge: &Gauge) {
        if gauge.is_tight() {
            self.pressure.notify_one();
        }
    }
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
            ticket: self.place(connection),
            _measured: RequestUnderway::begin(request.method()),
        };
        let (context, connection) = (Arc::clone(self), connection.clone());
        async move {
            let trace = Trace::begin(request.headers(), context.port.routes.of(request.uri().path()));
            Ok(trace.scope(context.observed(connection, request, ongoing)).await)
        }
    }

    /// Room for one more request. The last quarter is for connections that ask for one thing at a time, so that nobody fills
    /// the house by the streams of a few.
    fn place(&self, connection: &Connection) -> Option<Ticket> {
        let is_one_of_many = connection.facts.has_several_requests() && self.requests.is_tight();
        if is_one_of_many { None } else { self.requests.enter() }
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
        let caller = Caller::of(&request, connection.peer, self.settings.trusted_proxies);
        let span = ServerSpan::begin(|| asked(&connection, &caller, &request));
        let (version, facts) = (request.version(), Arc::clone(&connection.facts));
        let of = BodyOf::new(&method, Trace::current().map_or(Route::UNMATCHED, |trace| trace.route()));
        let response = span.run(self.respond(connection, request, of, ongoing.ticket.as_ref())).await;
        let is_head = method == Method::HEAD;
        let (mut response, unsent) = self.weigh(response, is_head);
        if let Some(trace) = Trace::current() {
            response.headers_mut().insert(X_TRACE_ID, trace.header());
        }
        let status = response.status().as_u16();
        let unfinished = Unfinished::new(ongoing, unsent, facts.answer());
        let response = self.finish(response, of, http2, unfinished);
        let elapsed = begun.elapsed();
        span.end(&Answered { method: &method, uri: &uri, status, elapsed });
        RequestServed {
            port: self.port.name,
            method: &method,
            uri: &uri,
            parameters: self.port.routes.parameters(&uri),
            version,
            client: caller.address,
            user_agent: caller.user_agent.as_ref(),
            request_bytes: caller.body_bytes,
            response_bytes: response.body().size_hint().exact(),
            status,
            elapsed,
        }
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
        self.relieve(&self.requests);
        let refusal = if ticket.is_none() {
            Some(Refusal::TooManyRequests)
        } else if !host::is_clear(&request) {
            Some(Refusal::BadHost)
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
        host::settle(&mut parts);
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

    /// The response, with room for what of it will wait for the client, or the refusal where there is none.
    fn weigh(&self, response: poem::Response, is_head: bool) -> (Response<AnyBody>, Option<Ticket>) {
        let response = Response::<AnyBody>::from(response);
        // A body without a length is read from the store as the client takes it.
        let bytes = response.body().size_hint().exact().filter(|bytes| *bytes > SMALL_BYTES && !is_head);
        let Some(bytes) = bytes else { return (response, None) };
        let unsent = self.unsent.enter_with(usize::try_from(bytes).unwrap_or(usize::MAX));
        self.relieve(&self.unsent);
        match unsent {
            Some(unsent) => (response, Some(unsent)),
            None => ((self.refuse)(Refusal::TooMuchUnsent).into(), None),
        }
    }

    fn finish(
        &self,
        response: Response<AnyBody>,
        of: BodyOf,
        http2: bool,
        unfinished: Unfinished,
    ) -> Response<ResponseBody> {
        let is_head = of.method() == HttpMethod::Head;
        let response = if is_head { head_only(response) } else { response };
        let stall_timeout = self.settings.stall_timeout;
        response.map(|body| {
            let body = if is_head { poem::Body::empty().into() } else { body };
            ResponseBody::new(body, of, http2, stall_timeout, unfinished)
        })
    }
}

type AnyBody = BoxBody<Bytes, io::Error>;

/// What a span tells of a request.
fn asked<'a>(connection: &Connection, caller: &Caller, request: &'a Request<Incoming>) -> Asked<'a> {
    let (method, uri, version, headers) = (request.method(), request.uri(), request.version(), request.headers());
    Asked { method, uri, version, headers, client: caller.address, local: connection.local }
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
