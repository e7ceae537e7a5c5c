//! The monitor: a page on how this process fares, and the part of it that changes.

use std::sync::Arc;

use poem::http::{HeaderMap, StatusCode};
use poem::web::{Data, Path};
use poem::{Response, Result, handler};

use crate::faults;
use crate::http::pages::{self, MonitorView};
use crate::http::problem::ProblemKind;
use crate::monitor::Monitor;
use crate::services::readiness::Readiness;
use crate::telemetry::health;

/// The page.
#[handler]
pub async fn page(Data(monitor): Data<&Arc<Monitor>>, Data(readiness): Data<&Arc<Readiness>>) -> Response {
    rendered(monitor, readiness, pages::monitor).await
}

/// What changes of it.
#[handler]
pub async fn part(Data(monitor): Data<&Arc<Monitor>>, Data(readiness): Data<&Arc<Readiness>>) -> Response {
    rendered(monitor, readiness, pages::monitor_part).await
}

/// Its styles and scripts.
#[handler]
pub fn asset(Path(name): Path<String>, headers: &HeaderMap) -> Result<Response> {
    Ok(pages::asset(&name, headers).ok_or_else(|| ProblemKind::NotFound.because("no file has this name"))?)
}

/// An hour is added up and drawn: not for a thread that serves others meanwhile.
async fn rendered(
    monitor: &Arc<Monitor>,
    readiness: &Arc<Readiness>,
    render: fn(&MonitorView) -> Response,
) -> Response {
    let (monitor, readiness) = (Arc::clone(monitor), Arc::clone(readiness));
    let view = move || {
        let numbers = monitor.view();
        let (readiness, telemetry, faults) = (readiness.report(), health::report(), faults::active());
        render(&MonitorView { numbers, readiness, telemetry, faults })
    };
    // It ends early only when it panics, and that is answered like any other panic: with 500.
    tokio::task::spawn_blocking(view).await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into())
}
