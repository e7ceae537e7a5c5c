//! The ids of spans: those that a [`Context`](crate::telemetry::context::Context) has chosen already, or new ones.

use std::cell::Cell;

use opentelemetry::trace::{SpanContext, SpanId as OtelSpanId, TraceFlags, TraceId as OtelTraceId, TraceState};
use opentelemetry_sdk::trace::IdGenerator;

use crate::telemetry::context::{SpanId, TraceId};

thread_local! {
    /// The ids of the next span that this thread starts.
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Gives the SDK the ids of its spans.
#[derive(Debug)]
pub(super) struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> OtelTraceId {
        let next = NEXT.get().map(|(trace_id, _)| trace_id);
        next.unwrap_or_else(TraceId::random).number().into()
    }

    fn new_span_id(&self) -> OtelSpanId {
        let next = NEXT.get().map(|(_, span_id)| span_id);
        next.unwrap_or_else(SpanId::random).number().into()
    }
}

/// Has the one span that `start` starts get these ids.
pub(super) fn hand_over<T>(trace_id: TraceId, span_id: SpanId, start: impl FnOnce() -> T) -> T {
    NEXT.set(Some((trace_id, span_id)));
    let started = start();
    NEXT.set(None);
    started
}

/// A span as others refer to it.
pub(super) fn span_context(trace_id: TraceId, span_id: SpanId, sampled: bool, state: TraceState) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(sampled);
    SpanContext::new(trace_id.number().into(), span_id.number().into(), flags, true, state)
}
