//! Gives each request its trace id, and tells the client.

use std::time::Instant;

use poem::http::{HeaderName, HeaderValue};
use poem::{Endpoint, Request, Response, Result};

use crate::telemetry::events::RequestServed;
use crate::telemetry::trace::TraceId;

const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// The outermost layer: everything inside runs with [`TraceId::current`] set.
pub struct Traced<E> {
    inner: E,
    port: &'static str,
}

impl<E> Traced<E> {
    /// Puts `inner` into traces; `port` tells its log lines from those of the other port.
    pub fn new(inner: E, port: &'static str) -> Self {
        Self { inner, port }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Traced<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let begun = Instant::now();
        let id = request.header("traceparent").and_then(TraceId::from_traceparent).unwrap_or_else(TraceId::random);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let mut response = id.scope(self.inner.call(request)).await?;
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(X_TRACE_ID, value);
        }
        RequestServed {
            port: self.port,
            method: method.as_str(),
            path: uri.path(),
            status: response.status().as_u16(),
            elapsed: begun.elapsed(),
            trace_id: id,
        }
        .emit();
        Ok(response)
    }
}
