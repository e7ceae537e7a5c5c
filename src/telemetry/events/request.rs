//! Requests: how each ended.

use std::time::Duration;

use http::Method;
use tracing::{debug, error, warn};

use crate::telemetry::context::Context;

/// A request was answered; its answer's head is on its way.
pub struct RequestServed<'a> {
    /// `public` or `admin`.
    pub port: &'static str,
    /// As the client sent it.
    pub method: &'a Method,
    /// Without the query, which may hold what is nobody's business.
    pub path: &'a str,
    /// Of the answer.
    pub status: u16,
    /// Until the answer's head.
    pub elapsed: Duration,
}

impl RequestServed<'_> {
    /// Logs it, with what the request's [`Context`] knows.
    pub fn emit(self) {
        let Self { port, method, path, status, elapsed } = self;
        let route = Context::current().map(|context| context.route().template());
        let elapsed_ms = elapsed.as_secs_f64() * 1_000.0;
        if status >= 500 {
            warn!(port, %method, path, route, status, elapsed_ms, "request failed");
        } else {
            debug!(port, %method, path, route, status, elapsed_ms, "request served");
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
