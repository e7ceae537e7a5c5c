//! Requests: what is under way, what moved, what broke.

use std::error::Error;
use std::time::Duration;

use http::Method;
use metrics::Gauge;
use tracing::{debug, error, warn};

use crate::telemetry::catalogue::labels::Status;
use crate::telemetry::catalogue::values::{HttpMethod, TurnedAwayReason};
use crate::telemetry::metrics::{handles, to_f64};
use crate::telemetry::route::Route;

/// A request is under way, until this is dropped.
#[must_use]
pub struct RequestUnderway(Option<&'static Gauge>);

impl RequestUnderway {
    /// From now on.
    pub fn begin(method: &Method) -> Self {
        let gauge = handles().map(|metrics| metrics.active_requests.at((method.into(),)));
        if let Some(gauge) = gauge {
            gauge.increment(1.0);
        }
        Self(gauge)
    }
}

impl Drop for RequestUnderway {
    fn drop(&mut self) {
        if let Some(gauge) = self.0 {
            gauge.decrement(1.0);
        }
    }
}

/// A request was refused before anything was done for it.
pub struct RequestTurnedAway<'a> {
    /// Of the request.
    pub method: &'a Method,
    /// Of the request.
    pub route: Route,
    /// Why.
    pub reason: TurnedAwayReason,
    /// Until the answer's head.
    pub elapsed: Duration,
    /// For how many of them a line is due now, if one is.
    pub line: Option<u64>,
}

impl RequestTurnedAway<'_> {
    /// The status that it is answered with.
    pub const STATUS: u16 = 503;

    /// Measures it like any other, and logs it with the others: that many are refused is worth a line, each of them is not.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.request_duration.at((self.method.into(), self.route, Status(Self::STATUS))).record(self.elapsed);
        }
        count_turned_away(self.reason);
        if let Some(count) = self.line {
            warn!(count, reason = self.reason.name(), "requests were refused: more is asked than can be answered");
        }
    }
}

/// A request was refused that has a line of its own.
pub fn count_turned_away(reason: TurnedAwayReason) {
    if let Some(metrics) = handles() {
        metrics.requests_refused.at((reason,)).increment(1);
    }
}

/// A look at how long tasks wait for a worker.
pub struct LagObserved {
    /// So long.
    pub lag: Duration,
}

impl LagObserved {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.scheduling_delay.record(self.lag);
        }
    }
}

/// A request met a fault of the service; the client is only told its trace id.
pub struct RequestFailed<'a> {
    /// Without the query.
    pub path: &'a str,
    /// What happened, in the words of what failed.
    pub reason: &'a str,
}

impl RequestFailed<'_> {
    /// Logs it.
    pub fn emit(self) {
        error!(path = self.path, reason = self.reason, "a request met a fault");
    }
}

/// Whose body it is.
#[derive(Debug, Clone, Copy)]
pub struct BodyOf {
    method: HttpMethod,
    route: Route,
}

impl BodyOf {
    /// A request or its response.
    #[must_use]
    pub fn new(method: &Method, route: Route) -> Self {
        Self { method: method.into(), route }
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> HttpMethod {
        self.method
    }
}

/// A request's body moves no more: it ended, or broke off.
pub struct RequestBodyEnded {
    /// Of which request.
    pub of: BodyOf,
    /// How much came.
    pub bytes: u64,
}

impl RequestBodyEnded {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.request_body_size.at((self.of.method, self.of.route)).record(to_f64(self.bytes));
        }
    }
}

/// A response's body moves no more: it ended, or broke off.
pub struct ResponseBodyEnded {
    /// To which request.
    pub of: BodyOf,
    /// How much was handed over.
    pub bytes: u64,
}

impl ResponseBodyEnded {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.response_body_size.at((self.of.method, self.of.route)).record(to_f64(self.bytes));
        }
    }
}

/// A response whose head was sent could not be finished.
pub enum ResponseCutOff<'a> {
    /// Nothing of its body came for so long.
    Stalled(Duration),
    /// Its body failed.
    Failed(&'a (dyn Error + 'static)),
    /// The client took nothing of it.
    NotTaken,
}

impl ResponseCutOff<'_> {
    /// Logs it.
    pub fn emit(self) {
        match self {
            Self::Stalled(time) => warn!(seconds = time.as_secs(), "a response was cut off: nothing of its body came"),
            Self::Failed(error) => warn!(error, "a response was cut off: its body broke off"),
            Self::NotTaken => debug!("a stream was reset: the client takes nothing of the response"),
        }
    }
}

/// A page could not be made.
pub struct PageFailed<'a> {
    /// Why.
    pub error: &'a (dyn Error + 'static),
}

impl PageFailed<'_> {
    /// Logs it.
    pub fn emit(self) {
        error!(error = self.error, "a page could not be rendered");
    }
}
