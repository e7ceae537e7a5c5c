//! The span of a request: a server span, `METHOD route`, with what the semantic conventions ask for;
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span>.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, Uri, Version, header};
use opentelemetry::Context as OtelContext;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, TraceState, Tracer};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::ids::{hand_over, span_context};
use super::late::Reason;
use super::{ACTIVE, Active};
use crate::telemetry::context::{Context, trace_state};
use crate::telemetry::health::{self, DropReason, Signal};
use crate::telemetry::route::Route;

/// The most characters of what a client wrote.
const MAX_CHARS: usize = 256;

/// What is asked, as far as a span tells it.
pub struct Asked<'a> {
    /// As the client sent it.
    pub method: &'a Method,
    /// Of it, only the path is told: a query may hold what is nobody's business.
    pub uri: &'a Uri,
    /// Of HTTP.
    pub version: Version,
    /// Of it, the host and the client's name for itself are told.
    pub headers: &'a HeaderMap,
    /// Who asks, as far as the settings allow to tell it.
    pub client: IpAddr,
    /// Where it came in.
    pub local: SocketAddr,
}

/// How a request was answered.
pub struct Answered<'a> {
    /// As the client sent it.
    pub method: &'a Method,
    /// Of it, only the path is told.
    pub uri: &'a Uri,
    /// Of the answer.
    pub status: u16,
    /// Until the answer's head.
    pub elapsed: Duration,
}

/// The span of the request that the current task serves; no span at all unless it is sampled.
pub struct ServerSpan {
    span: Span,
    ended: bool,
}

impl ServerSpan {
    /// Begins it. To be called within the request's [`Context`]; `asked` is looked at only when there is a span.
    pub fn begin<'a>(asked: impl FnOnce() -> Asked<'a>) -> Self {
        let sampled = Context::current().filter(Context::is_exported).zip(ACTIVE.get());
        let span = sampled.map_or_else(Span::none, |(context, active)| start(&context, active, &asked()));
        Self { span, ended: false }
    }

    /// Does what is done for the request; what it makes are the span's children.
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.instrument(self.span.clone())
    }

    /// Ends it. Where there is none, makes one after the fact if the request is worth it.
    pub fn end(mut self, answered: &Answered<'_>) {
        self.ended = true;
        if self.span.is_none() {
            after_the_fact(answered);
            return;
        }
        self.span.record("http.response.status_code", i64::from(answered.status));
        if answered.status >= 500 {
            self.span.record("error.type", answered.status);
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// A request that nobody waits for any more: its client is gone, or the server cut it off.
impl Drop for ServerSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.span.record("error.type", "cancelled");
        }
    }
}

fn start(context: &Context, active: &Active, asked: &Asked<'_>) -> Span {
    let Asked { method, uri, version, headers, client, local } = asked;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(shortened);
    let host = text(header::HOST).and_then(|host| host.parse::<http::uri::Authority>().ok());
    let server = host.as_ref().map_or_else(|| local.ip().to_string().into(), |host| Cow::Borrowed(host.host()));
    let port = host.as_ref().map_or(Some(local.port()), http::uri::Authority::port_u16);
    let (known, original) = known_method(method);
    let span = info_span!(
        parent: None,
        "request",
        "otel.name" = name(method, context.route()),
        "otel.kind" = "server",
        "http.request.method" = known,
        "http.request.method_original" = original.as_deref(),
        "http.route" = route(context.route()),
        "url.path" = &*shortened(uri.path()),
        "url.scheme" = "http",
        "server.address" = &*server,
        "server.port" = port.map(i64::from),
        "client.address" = active.client_addresses.of(*client).map(|shown| shown.to_string()),
        "network.protocol.version" = protocol_version(*version),
        "user_agent.original" = text(header::USER_AGENT).as_deref(),
        "http.response.status_code" = Empty,
        "error.type" = Empty,
        "otel.status_code" = Empty,
    );
    // It fails where nothing listens to spans, and then there is none.
    let _ = span.set_parent(parent(context, || trace_state(headers)));
    hand_over(context.trace_id(), context.span_id(), || span.context());
    span
}

/// Makes the span of a request that has ended, if it is worth one.
fn after_the_fact(answered: &Answered<'_>) {
    let Some((context, active)) = Context::current().filter(Context::is_traced).zip(ACTIVE.get()) else { return };
    let Answered { method, uri, status, elapsed } = *answered;
    let Some(reason) = active.late.reason(status, elapsed) else { return };
    if !active.late.has_room() {
        health::dropped(Signal::Traces, DropReason::Budget, 1);
        return;
    }
    let (known, original) = known_method(method);
    let mut attributes = vec![
        KeyValue::new("http.request.method", known),
        KeyValue::new("url.path", shortened(uri.path()).into_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.response.status_code", i64::from(status)),
        KeyValue::new("sirius.sampled_because", reason.name()),
    ];
    attributes.extend(route(context.route()).map(|route| KeyValue::new("http.route", route)));
    attributes.extend(original.map(|original| KeyValue::new("http.request.method_original", original.into_owned())));
    if reason == Reason::Error {
        attributes.push(KeyValue::new("error.type", status.to_string()));
    }
    let now = SystemTime::now();
    let builder = SpanBuilder::from_name(name(method, context.route()))
        .with_kind(SpanKind::Server)
        .with_start_time(now.checked_sub(elapsed).unwrap_or(now))
        .with_attributes(attributes);
    let parent = parent(&context, String::new);
    let mut span =
        hand_over(context.trace_id(), context.span_id(), || active.tracer.build_with_context(builder, &parent));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(now);
    Context::export_current();
}

/// The span that sent the request, or nothing.
fn parent(context: &Context, state: impl FnOnce() -> String) -> OtelContext {
    match context.parent() {
        Some(parent) => {
            // The SDK has rules of its own for what a member may look like; by them, all or nothing.
            let state = state().parse().unwrap_or_else(|_| TraceState::default());
            let sender = span_context(parent.trace_id, parent.span_id, parent.sampled, state);
            OtelContext::new().with_remote_span_context(sender)
        }
        None => OtelContext::new(),
    }
}

/// `GET /api/v1/images/{id}`; without the path where it is none of ours.
fn name(method: &Method, route: Route) -> String {
    let (known, _) = known_method(method);
    let method = if known == OTHER { "HTTP" } else { known };
    self::route(route).map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
}

fn route(route: Route) -> Option<&'static str> {
    (route != Route::UNMATCHED).then(|| route.template())
}

/// What stands for a method that nobody knows.
const OTHER: &str = "_OTHER";

/// The method, and how the client wrote it where that is something else.
fn known_method(method: &Method) -> (&'static str, Option<Cow<'_, str>>) {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    match KNOWN.into_iter().find(|known| *known == method.as_str()) {
        Some(known) => (known, None),
        None => (OTHER, Some(shortened(method.as_str()))),
    }
}

fn protocol_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_few_forms_whatever_clients_send() {
        let of = |method: &str, route| name(&method.parse().unwrap(), route);
        assert_eq!(of("GET", Route::of_template("/tests/{id}")), "GET /tests/{id}");
        assert_eq!(of("GET", Route::UNMATCHED), "GET");
        assert_eq!(of("BREW", Route::UNMATCHED), "HTTP");
        assert_eq!(known_method(&"get".parse().unwrap()), ("_OTHER", Some("get".into())));
    }

    #[test]
    fn what_clients_write_is_shortened() {
        assert_eq!(shortened(&"é".repeat(10_000)).chars().count(), MAX_CHARS + 3);
        assert_eq!(shortened("curl/8"), "curl/8");
    }
}
