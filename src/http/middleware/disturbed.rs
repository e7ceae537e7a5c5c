//! Breaks requests on purpose, as `faults` says. Mounted only where that is allowed.

use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Request, Result};

use crate::faults::{self, Disturbance};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::routes::Routes;
use crate::telemetry::events::RequestFailed;

/// Lets requests wait, or fail.
pub struct Disturbed<E> {
    inner: E,
    routes: Arc<Routes>,
}

impl<E> Disturbed<E> {
    /// Stands before `inner`, which has these routes.
    pub fn new(inner: E, routes: Arc<Routes>) -> Self {
        faults::reach(routes.all().filter(|route| !route.is_probe()).collect());
        Self { inner, routes }
    }
}

impl<E: Endpoint> Endpoint for Disturbed<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        let path = request.uri().path();
        let Disturbance { delay, status } = faults::of_request(self.routes.of(path));
        if delay > Duration::ZERO {
            tokio::time::sleep(delay).await;
        }
        if let Some(status) = status {
            RequestFailed { path, reason: faults::REASON }.emit();
            return Err(failure(status).into());
        }
        self.inner.call(request).await
    }
}

/// What a client gets whose request is to fail: one of the answers that it may meet without that, too.
fn failure(status: u16) -> Problem {
    let kind = match status {
        502 => ProblemKind::BytesUnavailable,
        503 => ProblemKind::Overloaded,
        _ => ProblemKind::Internal,
    };
    let problem = kind.because("an operator makes some requests fail on purpose at the moment; try again");
    if kind == ProblemKind::Overloaded { problem.retry_after(1) } else { problem }
}
