//! What happens, one struct for each event: what is logged of it stands here and nowhere else.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

use http::Method;
use tracing::{debug, error, info, warn};

use super::context::{Context, TraceId};
use super::route::Route;

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
        let (trace_id, route) = Context::current().map(|context| (context.trace_id(), context.route())).unzip();
        let route = route.map(Route::template);
        let trace_id = trace_id.map(|id| id.to_string());
        let elapsed_ms = elapsed.as_secs_f64() * 1_000.0;
        if status >= 500 {
            warn!(port, %method, path, route, status, elapsed_ms, trace_id, "request failed");
        } else {
            debug!(port, %method, path, route, status, elapsed_ms, trace_id, "request served");
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
        let trace_id = TraceId::current().map(|id| id.to_string());
        error!(path = self.path, reason = self.reason, trace_id, "a request met a fault");
    }
}

/// Something that Sirius depends on went away or came back.
pub struct DependencyChanged<'a> {
    /// `database` or `bytes`.
    pub name: &'static str,
    /// Why it is away, or nothing when it is back.
    pub fault: Option<&'a str>,
}

impl DependencyChanged<'_> {
    /// Logs it.
    pub fn emit(self) {
        if let Some(fault) = self.fault {
            warn!(dependency = self.name, fault, "a dependency is down");
        } else {
            info!(dependency = self.name, "a dependency is back");
        }
    }
}

/// A step of stopping was reached.
pub struct Stopping<'a> {
    /// What happens now.
    pub step: &'a str,
}

impl Stopping<'_> {
    /// Logs it.
    pub fn emit(self) {
        info!("stopping: {}", self.step);
    }
}

/// A port is open.
pub struct Listening {
    /// `public` or `admin`.
    pub port: &'static str,
    /// Where.
    pub address: SocketAddr,
}

impl Listening {
    /// Logs it.
    pub fn emit(self) {
        debug!(port = self.port, address = %self.address, "listening");
    }
}

/// A setting that is allowed but unwise, or anything else the operator should look at once.
pub struct Advice<T>(pub T);

impl<T: Display> Advice<T> {
    /// Logs it.
    pub fn emit(self) {
        warn!("{}", self.0);
    }
}

/// Something did not end within its deadline and was given up.
pub struct CutOff {
    /// What, in the plural.
    pub what: &'static str,
    /// How many.
    pub count: usize,
}

impl CutOff {
    /// Logs it.
    pub fn emit(self) {
        warn!(count = self.count, "stopping: {} were cut off at the deadline", self.what);
    }
}
