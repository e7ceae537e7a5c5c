//! One request and its response: what the server adds around the endpoint.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::Either;
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::Body;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use poem::endpoint::DynEndpoint;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, RequestParts};
use tokio::time::timeout;

use super::Port;
use super::body::{BodyLimits, Ongoing, RequestBody, ResponseBody, Unfinished};
use super::caller::Caller;
use super::door::{Door, Entry, ReadyMade, X_TRACE_ID};
use super::facts::Facts;
use super::gauge::{Gauge, Ticket};
use super::host;
use super::parting::Parting;
use super::pressure::Pressure;
use super::refusal::{Refusal, Refuse};
use crate::config;
use crate::telemetry::catalogue::values::{HttpMethod, TurnedAwayReason};
use crate::telemetry::context::Context as Trace;
use crate::telemetry::events::{BodyOf, RequestServed, RequestTurnedAway, RequestUnderway, count_turned_away};
use crate::telemetry::route::Route;
use crate::telemetry::traces::{Answered, Asked, ServerSpan};

/// What all connections of a server share.
pub(super) struct Context {
    pub(super) port: Port,
    pub(super) refuse: Refuse,
    pub(super) settings: config::Server,
    pub(super) door: Door,
    /// The bytes of responses that are not written yet.
    pub(super) unsent: Arc<Gauge>,
    /// The connections that take more memory than others.
    pub(super) large: Arc<Gauge>,
    /// The connections that hyper may keep for a while when they are idle.
    pub(super) awake: Arc<Gauge>,
    /// Told when room becomes scarce that slow clients may be taking.
    pub(super) pressure: Pressure,
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

impl Context {
    /// Has clients cut off that take room and do nothing with it, before there is none left.
    pub(super) fn relieve(&self, gauge: &Gauge) {
        if gauge.is_tight() {
            self.pressure.press();
        }
    }

    /// Answers one request, or has its stream reset where it is one too many of its connection. That it is under way counts
    /// from the call, not from the first poll.
    ///
    /// Here and below, nothing that is large is handed from one `async fn` to the next: each would have room for it twice,
    /// and hyper moves all of it several times.
    pub(super) fn answer(
        self: &Arc<Self>,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<ResponseBody>, h2::Error>> + Send + use<> {
        let begun = Instant::now();
        let underway = connection.facts.begin();
        let route = self.port.routes.of(request.uri().path());
        let (ticket, denied) = match self.door.enter(route, &connection.facts) {
            Entry::Granted(ticket) => (Some(ticket), None),
            Entry::Denied(reason) => (None, Some(reason)),
        };
        self.relieve(&self.door.requests);
        let measured = RequestUnderway::begin(request.method());
        let ongoing = Ongoing { _underway: underway, _ticket: ticket, _measured: measured };
        let trace = Trace::begin(request.headers(), route);
        if let Some(reason) = denied
            && let Some(ready) = self.door.ready_made(reason, &request, &trace)
        {
            let response = self.turn_away(ready, &connection.facts, request.method(), ongoing, &trace);
            let (method, elapsed, line) = (request.method(), begun.elapsed(), self.door.note());
            RequestTurnedAway { method, route, reason, elapsed, line }.emit();
            return Either::Left(std::future::ready(Ok(response)));
        }
        Either::Right(trace.scope(Arc::clone(self).observed(connection.clone(), request, ongoing, denied, begun)))
    }

    /// A response that is ready but for its trace id.
    fn turn_away(
        &self,
        ready: &ReadyMade,
        facts: &Arc<Facts>,
        method: &Method,
        ongoing: Ongoing,
        trace: &Trace,
    ) -> Response<ResponseBody> {
        let (of, stall_timeout) = (BodyOf::new(method, trace.route()), self.settings.stall_timeout);
        let unfinished = Unfinished::new(ongoing, None, facts.answer());
        ready.response(trace).map(|body| ResponseBody::new(body, of, false, stall_timeout, unfinished))
    }

    /// Answers within the request's trace, and says so when the head of the answer is handed over. One that is surplus has no
    /// answer, and counts as the 503 that it would be by itself.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
    fn observed(
        self: Arc<Self>,
        connection: Connection,
        request: Request<Incoming>,
        ongoing: Ongoing,
        denied: Option<TurnedAwayReason>,
        begun: Instant,
    ) -> impl Future<Output = Result<Response<ResponseBody>, h2::Error>> + Send + use<> {
        async move {
            let (method, uri, version) = (request.method().clone(), request.uri().clone(), request.version());
            let caller = Caller::of(&request, connection.peer, self.settings.trusted_proxies);
            let span = ServerSpan::begin(|| asked(&connection, &caller, &request));
            let of = BodyOf::new(&method, Trace::current().map_or(Route::UNMATCHED, |trace| trace.route()));
            if let Some(reason) = denied {
                count_turned_away(reason);
            }
            let response = if denied == Some(TurnedAwayReason::Surplus) {
                // An answer would wait, with all that makes a stream, for a client that perhaps takes nothing.
                Err(h2::Reason::REFUSED_STREAM.into())
            } else {
                let facts = Arc::clone(&connection.facts);
                let response = if let Some(refusal) = self.refusal(&request, denied) {
                    self.refused(refusal, &connection, &request)
                } else {
                    let answered = DynEndpoint::call(&*self.port.endpoint, self.take(connection, request, of));
                    match span.run(timeout(self.settings.request_timeout, answered)).await {
                        Ok(answer) => answer.unwrap_or_else(poem::Error::into_response),
                        Err(_) => (self.refuse)(Refusal::RequestTimeout),
                    }
                };
                Ok(self.finish(response, of, version, ongoing, &facts))
            };
            let status = response.as_ref().map_or(StatusCode::SERVICE_UNAVAILABLE, Response::status).as_u16();
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
                response_bytes: response.as_ref().ok().and_then(|response| response.body().size_hint().exact()),
                status,
                elapsed,
            }
            .emit();
            response
        }
    }

    /// Why a request does not get to the endpoint, if it does not.
    fn refusal(&self, request: &Request<Incoming>, denied: Option<TurnedAwayReason>) -> Option<Refusal> {
        let limit_bytes = self.settings.max_body_bytes;
        if let Some(reason) = denied {
            Some(if reason == TurnedAwayReason::Lag { Refusal::Lagging } else { Refusal::TooManyRequests })
        } else if !host::is_clear(request) {
            Some(Refusal::BadHost)
        } else if request.body().size_hint().lower() > limit_bytes as u64 {
            Some(Refusal::BodyTooLarge { limit_bytes })
        } else {
            None
        }
    }

    fn refused(&self, refusal: Refusal, connection: &Connection, request: &Request<Incoming>) -> poem::Response {
        let mut response = (self.refuse)(refusal);
        if !request.body().is_end_stream() {
            connection.facts.body_dropped();
            if request.version() < Version::HTTP_2 {
                // A body that nobody reads stands where the next request would: there is none.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
        }
        response
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

    /// The response as it is sent.
    fn finish(
        &self,
        response: poem::Response,
        of: BodyOf,
        version: Version,
        ongoing: Ongoing,
        facts: &Arc<Facts>,
    ) -> Response<ResponseBody> {
        let is_head = of.method() == HttpMethod::Head;
        let (mut response, unsent) = self.weigh(response, is_head);
        if let Some(trace) = Trace::current() {
            response.headers_mut().insert(X_TRACE_ID, trace.header());
        }
        let response = if is_head { head_only(response) } else { response };
        let (in_pieces, stall_timeout) = (version == Version::HTTP_2, self.settings.stall_timeout);
        let unfinished = Unfinished::new(ongoing, unsent, facts.answer());
        response.map(|body| {
            let body = if is_head { poem::Body::empty().into() } else { body };
            ResponseBody::new(body, of, in_pieces, stall_timeout, unfinished)
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
