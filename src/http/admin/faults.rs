//! `/faults`: what is broken on purpose, begun, seen and lifted.

mod given;

use std::time::SystemTime;

use poem::http::{HeaderValue, StatusCode, header};
use poem::web::Path;
use poem::{Body, Response, Result, handler};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::json;
use crate::faults::{self, Active, Fault};
use crate::http::problem::ProblemKind;
use crate::telemetry::catalogue::values::Signal;
use crate::telemetry::route::Route;

/// The methods of the path.
pub const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, POST");

/// The methods of the path of one fault.
pub const METHODS_OF_ONE: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD");

#[derive(Serialize)]
struct List {
    faults: Vec<Shown>,
}

/// A fault as it was asked for, with what became of it.
#[derive(Serialize)]
struct Shown {
    id: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
    what: String,
    begun_at: Option<String>,
    expires_at: Option<String>,
}

/// What is broken now.
#[handler]
pub fn list() -> Response {
    listed()
}

/// One of them.
#[handler]
pub fn show(Path(id): Path<String>) -> Result<Response> {
    let active = faults::active().into_iter().find(|active| active.id.to_string() == id).ok_or_else(|| unknown(&id))?;
    Ok(json(StatusCode::OK, &Shown::of(&active)))
}

/// Breaks something for a while.
#[handler]
pub async fn begin(body: Body) -> Result<Response> {
    let body = body.into_bytes().await?;
    let (fault, lasts) = given::read(&body).map_err(|wrong| ProblemKind::InvalidParameter.because(wrong))?;
    let active = faults::begin(fault, lasts).map_err(|full| ProblemKind::InvalidParameter.because(full.to_string()))?;
    let mut response = json(StatusCode::CREATED, &Shown::of(&active));
    if let Ok(location) = HeaderValue::try_from(format!("/faults/{}", active.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Ends all faults.
#[handler]
pub fn lift_all() -> Response {
    faults::lift_all();
    listed()
}

/// Ends one.
#[handler]
pub fn lift(Path(id): Path<String>) -> Result<Response> {
    if !id.parse().is_ok_and(faults::lift) {
        return Err(unknown(&id));
    }
    Ok(listed())
}

/// The answer where nothing may be broken.
#[handler]
pub fn off() -> Result<Response> {
    Err(ProblemKind::NotFound
        .because(
            "nothing is broken on purpose here: `faults.enabled` is false; to try how failures are noticed, set it to true, \
             and `admin.token`, where nobody relies on this Sirius",
        )
        .into())
}

impl Shown {
    fn of(active: &Active) -> Self {
        let mut shown = Self {
            id: active.id,
            kind: active.fault.kind().name(),
            route: None,
            ratio: None,
            latency_ms: None,
            status: None,
            signal: None,
            what: active.fault.to_string(),
            begun_at: written(active.begun_at),
            expires_at: written(active.expires_at),
        };
        match active.fault {
            Fault::Latency { route, ratio, delay } => {
                shown.route = route.map(Route::template);
                (shown.ratio, shown.latency_ms) = (Some(ratio), u64::try_from(delay.as_millis()).ok());
            }
            Fault::Errors { route, ratio, status } => {
                shown.route = route.map(Route::template);
                (shown.ratio, shown.status) = (Some(ratio), Some(status));
            }
            Fault::DatabaseLatency { ratio, delay } | Fault::BlobLatency { ratio, delay } => {
                (shown.ratio, shown.latency_ms) = (Some(ratio), u64::try_from(delay.as_millis()).ok());
            }
            Fault::DatabaseErrors { ratio } | Fault::BlobErrors { ratio } => shown.ratio = Some(ratio),
            Fault::TelemetryLoss { signal } => shown.signal = signal.map(Signal::name),
            Fault::PoolExhausted => {}
        }
        shown
    }
}

fn listed() -> Response {
    json(StatusCode::OK, &List { faults: faults::active().iter().map(Shown::of).collect() })
}

/// A time of this age of the world can always be written.
fn written(at: SystemTime) -> Option<String> {
    OffsetDateTime::from(at).format(&Rfc3339).ok()
}

fn unknown(id: &str) -> poem::Error {
    // What a client sends is repeated no longer than a number is.
    let id: String = id.chars().take(20).collect();
    ProblemKind::NotFound.because(format!("no fault that is active has the number {id}; GET /faults lists them")).into()
}
