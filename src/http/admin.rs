//! The admin port: for operators, probes and scrapers; never reachable through a web page.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Body, EndpointExt, Response, get, handler};
use serde::Serialize;

use super::BoxEndpoint;
use super::metrics::scrape;
use super::middleware::{Guard, Head, Problems, Secured};
use super::routes::Table;
use super::server::Port;
use crate::config;
use crate::services::readiness::{Readiness, Report, Verdict};

/// What probes and scrapers may read without the token: nothing in it is secret.
const OPEN_PATHS: &[&str] = &["/livez", "/readyz", "/startupz", "/version", "/metrics"];

/// Everything that the admin port answers.
pub fn port(readiness: Arc<Readiness>, settings: &config::Admin) -> Port<BoxEndpoint> {
    let table = Table::default()
        .at("/livez", get(livez))
        .at("/readyz", get(readyz))
        .at("/startupz", get(startupz))
        .at("/version", get(version))
        .at("/metrics", get(scrape));
    let (inner, routes) = table.into_parts();
    let guarded = Guard::new(inner.data(readiness), settings.token.clone(), OPEN_PATHS);
    let endpoint = Secured(Problems::new(Head(guarded), Arc::clone(&routes))).boxed().into();
    Port { name: "admin", endpoint, routes }
}

#[derive(Serialize)]
struct Status<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    checks: &'a [CheckJson<'a>],
}

#[derive(Serialize)]
struct CheckJson<'a> {
    name: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'a str>,
}

#[derive(Serialize)]
struct Build {
    name: &'static str,
    version: &'static str,
    commit: Option<&'static str>,
}

/// The process runs and answers: nothing more, so that a database's fault does not restart every replica.
#[handler]
fn livez() -> Response {
    json(StatusCode::OK, &Status { status: "ok", checks: &[] })
}

/// Whether the first snapshot has been loaded.
#[handler]
fn startupz(Data(readiness): Data<&Arc<Readiness>>) -> Response {
    if readiness.is_started() {
        json(StatusCode::OK, &Status { status: "ok", checks: &[] })
    } else {
        json(StatusCode::SERVICE_UNAVAILABLE, &Status { status: "starting", checks: &[] })
    }
}

/// Whether to send requests here, and each dependency's state.
#[handler]
fn readyz(Data(readiness): Data<&Arc<Readiness>>) -> Response {
    let Report { verdict, draining, checks } = readiness.report();
    let (code, status) = match verdict {
        Verdict::Ready => (StatusCode::OK, "ok"),
        Verdict::Degraded => (StatusCode::OK, "degraded"),
        Verdict::NotReady if draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
        Verdict::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let checks = checks.each_ref().map(|check| CheckJson {
        name: check.name,
        status: if check.up { "up" } else { "down" },
        fault: check.fault.as_deref(),
    });
    json(code, &Status { status, checks: &checks })
}

/// What runs here. The commit is told by the build pipeline in `SIRIUS_COMMIT`.
#[handler]
fn version() -> Response {
    let build = Build { name: "sirius", version: env!("CARGO_PKG_VERSION"), commit: option_env!("SIRIUS_COMMIT") };
    json(StatusCode::OK, &build)
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // Strings only: writing them cannot fail.
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Response::builder()
        .status(status)
        .content_type("application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from_vec(bytes))
}
