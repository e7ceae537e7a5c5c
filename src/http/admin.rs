//! The admin port: for operators, probes and scrapers; never reachable through a web page.

mod faults;
mod log_level;
mod monitor;

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Body, EndpointExt, Response, get, handler};
use serde::Serialize;

use super::metrics::scrape;
use super::middleware::{Guard, Head, Problems, Secured};
use super::routes::Table;
use super::server::Port;
use crate::config;
use crate::monitor::Monitor;
use crate::services::readiness::{Readiness, Report, Verdict};
use crate::telemetry::health;

/// What probes and scrapers may read without the token: nothing in it is secret.
const OPEN_PATHS: &[&str] = &["/", "/monitor", "/assets/", "/livez", "/readyz", "/startupz", "/version", "/metrics"];

/// Everything that the admin port answers.
pub fn port(readiness: Arc<Readiness>, monitor: Arc<Monitor>, config: &config::Config) -> Port {
    let table = Table::default()
        .at("/", get(monitor::page))
        .at("/monitor", get(monitor::part))
        .at("/assets/:name", get(monitor::asset))
        .at("/livez", get(livez))
        .at("/readyz", get(readyz))
        .at("/startupz", get(startupz))
        .at("/version", get(version))
        .at("/metrics", get(scrape))
        .allowing(
            "/log-level",
            log_level::METHODS,
            get(log_level::show).put(log_level::change).delete(log_level::reset),
        );
    let (inner, routes) = with_faults(table, config.faults.enabled).into_parts();
    let guarded = Guard::new(inner.data(readiness).data(monitor), config.admin.token.clone(), OPEN_PATHS);
    let endpoint = Secured(Problems::new(Head(guarded), Arc::clone(&routes))).boxed();
    Port { name: "admin", endpoint, routes, for_operators: true }
}

fn with_faults(table: Table, enabled: bool) -> Table {
    let (all, one) = if enabled {
        (get(faults::list).post(faults::begin).delete(faults::lift_all), get(faults::show).delete(faults::lift))
    } else {
        (get(faults::off).post(faults::off).delete(faults::off), get(faults::off).delete(faults::off))
    };
    table.allowing("/faults", faults::METHODS, all).allowing("/faults/:id", faults::METHODS_OF_ONE, one)
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    checks: &'a [CheckJson<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    telemetry: Option<TelemetryJson>,
}

/// How telemetry fares. It is not among the checks: whatever it is, requests are served.
#[derive(Serialize)]
struct TelemetryJson {
    status: &'static str,
    signals: Vec<SignalJson>,
}

#[derive(Serialize)]
struct SignalJson {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued: Option<usize>,
    dropped: BTreeMap<&'static str, u64>,
    export_failures: u64,
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
    json(StatusCode::OK, &Answer { status: "ok", checks: &[], telemetry: None })
}

/// Whether the first snapshot has been loaded.
#[handler]
fn startupz(Data(readiness): Data<&Arc<Readiness>>) -> Response {
    if readiness.is_started() {
        json(StatusCode::OK, &Answer { status: "ok", checks: &[], telemetry: None })
    } else {
        json(StatusCode::SERVICE_UNAVAILABLE, &Answer { status: "starting", checks: &[], telemetry: None })
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
    json(code, &Answer { status, checks: &checks, telemetry: Some(telemetry()) })
}

/// How what is on fares; what is off has nothing to tell.
fn telemetry() -> TelemetryJson {
    let reports = health::report().into_iter().filter(|report| report.queued.is_some());
    let signals: Vec<_> = reports
        .map(|report| SignalJson {
            name: report.signal.name(),
            fault: report.fault.map(|fault| (*fault).clone()),
            queued: report.queued,
            dropped: report.dropped.into_iter().map(|(reason, count)| (reason.name(), count)).collect(),
            export_failures: report.export_failures,
        })
        .collect();
    let ill = signals.iter().any(|signal| signal.fault.is_some());
    TelemetryJson { status: if ill { "degraded" } else { "ok" }, signals }
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
