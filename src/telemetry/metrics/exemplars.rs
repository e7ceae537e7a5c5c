//! Exemplars: for each bucket of a histogram, the trace of the last request that fell into it and that can be looked at.
//!
//! Only traces that are exported are remembered: a link to a trace that nobody has is worse than none.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use metrics::{Histogram, HistogramFn, Key};

use crate::telemetry::context::{Context, TraceId};

/// The exemplars of series, by how the lines of their buckets begin, up to `le=`.
pub(super) type Exemplars = HashMap<String, Box<[Option<Exemplar>]>>;

/// A value and the trace that it was recorded in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exemplar {
    pub(super) trace_id: TraceId,
    pub(super) value: f64,
    /// Since 1970.
    pub(super) at: Duration,
}

/// A series of a histogram that remembers.
pub(super) struct Remembering {
    inner: Histogram,
    line: String,
    bounds: &'static [f64],
    /// One for each bound, and one for what is above the last.
    latest: Mutex<Box<[Option<Exemplar>]>>,
}

impl Remembering {
    pub(super) fn new(inner: Histogram, key: &Key, bounds: &'static [f64]) -> Self {
        let mut line = format!("{}_bucket{{", key.name());
        for label in key.labels() {
            // Writing to a string cannot fail.
            let _ = write!(line, "{}=\"{}\",", label.key(), label.value());
        }
        Self { inner, line, bounds, latest: Mutex::new(vec![None; bounds.len() + 1].into()) }
    }

    pub(super) fn exemplars(&self) -> (String, Box<[Option<Exemplar>]>) {
        (self.line.clone(), self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    pub(super) fn remember(&self, trace_id: TraceId, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        let at = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        // Whoever finds it taken has an exemplar that is as good as any, and does not wait to leave it.
        if let Ok(mut latest) = self.latest.try_lock() {
            latest[bucket] = Some(Exemplar { trace_id, value, at });
        }
    }
}

impl HistogramFn for Remembering {
    fn record(&self, value: f64) {
        self.inner.record(value);
        if let Some(trace_id) = Context::current().and_then(|context| context.exemplar()) {
            self.remember(trace_id, value);
        }
    }
}
