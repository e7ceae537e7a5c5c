//! The identity of a request, within reach of everything that is done for it: its trace (the client's own when it sent
//! a valid one), its span, its route. Log lines, exemplars and problem documents read it here, not from a span, which
//! most requests do not have.

mod ids;
mod parent;

use std::cell::Cell;

use http::{HeaderMap, HeaderValue};

pub use self::ids::{Hex, SpanId, TraceId};
pub use self::parent::{Parent, trace_state};
use super::route::Route;
use super::traces;

/// A request, as everything that is done for it sees it.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    trace_id: TraceId,
    span_id: SpanId,
    parent: Option<Parent>,
    route: Route,
    spans: Spans,
}

/// What becomes of the spans of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spans {
    /// They are made and exported.
    Exported,
    /// None are made, unless the request turns out to be worth one.
    NotSampled,
    /// None are ever made: a probe asked, or a scrape.
    Never,
}

tokio::task_local! {
    static CURRENT: Cell<Context>;
}

impl Context {
    /// That of a request with these headers.
    #[must_use]
    pub fn begin(headers: &HeaderMap, route: Route) -> Self {
        let parent = Parent::of(headers);
        let trace_id = parent.map_or_else(TraceId::random, |parent| parent.trace_id);
        let spans = if route.is_probe() {
            Spans::Never
        } else if traces::is_sampled(trace_id, parent) {
            Spans::Exported
        } else {
            Spans::NotSampled
        };
        Self { trace_id, span_id: SpanId::random(), parent, route, spans }
    }

    /// That of work that is done for several requests, some of which are sampled: a trace of its own.
    #[must_use]
    pub(super) fn of_work() -> Self {
        let route = Route::UNMATCHED;
        Self { trace_id: TraceId::random(), span_id: SpanId::random(), parent: None, route, spans: Spans::Exported }
    }

    /// That of the request that the current task serves, if it serves one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Cell::get).ok()
    }

    /// The trace that the request is part of.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The request's own span in that trace, whether it is exported or not.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The span that sent the request, if it named one.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        self.parent
    }

    /// The template of its path.
    #[must_use]
    pub fn route(&self) -> Route {
        self.route
    }

    /// Whether its spans go to the trace store.
    #[must_use]
    pub fn is_exported(&self) -> bool {
        self.spans == Spans::Exported
    }

    /// Whether it may have a span at all, which probes and scrapes have not.
    #[must_use]
    pub(super) fn is_traced(&self) -> bool {
        self.spans != Spans::Never
    }

    /// Notes that the request of the current task has a span after all.
    pub(super) fn export_current() {
        // Where there is no request there is nothing to note.
        let _ = CURRENT.try_with(|context| context.set(Self { spans: Spans::Exported, ..context.get() }));
    }

    /// The trace id for an exemplar: only of a trace that can be found in the trace store.
    #[must_use]
    pub fn exemplar(&self) -> Option<TraceId> {
        self.is_exported().then_some(self.trace_id)
    }

    /// The trace id as a response tells it.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        // Hexadecimal digits are always valid in a header.
        HeaderValue::from_str(&self.trace_id.hex()).unwrap_or(HeaderValue::from_static(""))
    }

    /// Runs a future as part of this request. (Not an `async fn`, which would have room for the future twice.)
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(Cell::new(self), future)
    }
}

impl TraceId {
    /// The id of the request that the current task serves, if it serves one.
    #[must_use]
    pub fn current() -> Option<Self> {
        Context::current().map(|context| context.trace_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_known_to_what_is_done_for_it_and_to_nothing_else() {
        let headers = HeaderMap::from_iter([(
            "traceparent".parse().unwrap(),
            HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        )]);
        let context = Context::begin(&headers, Route::UNMATCHED);
        let seen = context.scope(async { TraceId::current() }).await;
        assert_eq!(seen.unwrap().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.header(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(Some(context.span_id()), context.parent().map(|parent| parent.span_id));
        assert_eq!(TraceId::current(), None);
    }
}
