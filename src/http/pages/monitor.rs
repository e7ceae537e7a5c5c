//! The monitor: how this process fares, on the admin port.
//!
//! What there is to tell comes from `monitor` and from readiness; here it is put into words and drawings.

use std::time::{Duration, SystemTime};

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::ContentPolicy;
use super::assets::{self, PageAssets};
use super::measures::{dash, long, percent, rate, seconds, to_u64};
use super::plot::{Plot, Values};
use super::text::{grouped, size};
use crate::faults::Active;
use crate::monitor::{Figure, Minute, View};
use crate::services::readiness::{Report, Verdict};
use crate::telemetry::health;

/// Operations beyond these are summed up by nobody: they are asked for once in a while.
const MAX_OPERATIONS: usize = 12;

const TIME_OF_DAY: &[time::format_description::BorrowedFormatItem<'_>] =
    time::macros::format_description!("[hour]:[minute]:[second]");

/// What `GET /` of the admin port shows.
pub struct MonitorView {
    /// None while metrics are off, or before they were looked at.
    pub numbers: Option<View>,
    /// Whether it can do its work.
    pub readiness: Report,
    /// What was dropped of logs and traces, and what is wrong with where they go.
    pub telemetry: Vec<health::Report>,
    /// What is broken on purpose.
    pub faults: Vec<Active>,
}

/// The page: 200, never cached.
#[must_use]
pub fn monitor(view: &MonitorView) -> Response {
    super::html(StatusCode::OK, &Page { assets: assets::pages(), body: Body::of(view) }, ContentPolicy::Page)
}

/// Only what changes, for a page that is open.
#[must_use]
pub fn monitor_part(view: &MonitorView) -> Response {
    super::html(StatusCode::OK, &Part { body: Body::of(view) }, ContentPolicy::Page)
}

#[derive(Template)]
#[template(path = "monitor.html")]
struct Page {
    assets: &'static PageAssets,
    body: Body,
}

#[derive(Template)]
#[template(path = "parts/monitor.html")]
struct Part {
    body: Body,
}

struct Body {
    state: Badge,
    version: &'static str,
    checks: Vec<Badge>,
    faults: Vec<FaultRow>,
    numbers: Option<Numbers>,
}

struct Numbers {
    uptime: String,
    span: String,
    alerts: Vec<AlertRow>,
    promises: Vec<PromiseCard>,
    plots: Vec<Plot>,
    operations: Vec<OperationRow>,
    facts: Vec<(&'static str, Vec<(&'static str, String)>)>,
    notable: Vec<NotableRow>,
}

/// A state in a word, with a colour for those who see it.
struct Badge {
    name: String,
    class: &'static str,
    text: String,
}

/// Something that is broken on purpose.
struct FaultRow {
    id: u64,
    what: String,
    until: String,
    iso: String,
    left: String,
}

struct AlertRow {
    name: String,
    class: String,
    summary: String,
    since: String,
}

struct PromiseCard {
    name: String,
    title: String,
    objective: String,
    class: &'static str,
    kept: String,
    burns: [String; 2],
    spent: String,
}

struct OperationRow {
    name: String,
    requests: String,
    failures: String,
    failing: bool,
    median: String,
    p99: String,
    plot: Plot,
}

struct NotableRow {
    at: String,
    iso: String,
    operation: String,
    status: u16,
    class: &'static str,
    elapsed: String,
    trace_id: String,
    exported: bool,
}

impl Body {
    fn of(view: &MonitorView) -> Self {
        Self {
            state: state(&view.readiness),
            version: env!("CARGO_PKG_VERSION"),
            checks: checks(view),
            faults: view.faults.iter().map(FaultRow::of).collect(),
            numbers: view.numbers.as_ref().map(Numbers::of),
        }
    }
}

impl Numbers {
    fn of(view: &View) -> Self {
        let alerts = view.alerts.iter().filter(|alert| alert.fires).map(|alert| AlertRow {
            name: alert.name.clone(),
            class: alert.severity.clone(),
            summary: alert.summary.clone(),
            since: alert.since.map(ago).unwrap_or_default(),
        });
        Self {
            uptime: long(elapsed(view.since)),
            span: if view.span < Duration::from_mins(59) { long(view.span) } else { "hour".to_owned() },
            alerts: alerts.collect(),
            promises: view.promises.iter().map(PromiseCard::of).collect(),
            plots: plots(view),
            operations: view.operations.iter().take(MAX_OPERATIONS).map(OperationRow::of).collect(),
            facts: facts(view),
            notable: view.notable.iter().map(NotableRow::of).collect(),
        }
    }
}

impl PromiseCard {
    fn of(promise: &crate::monitor::Promise) -> Self {
        let worst = promise.burns[0].max(promise.burns[1]);
        Self {
            name: promise.name.clone(),
            title: promise.title.clone(),
            objective: percent(promise.target),
            class: match () {
                () if promise.kept.is_none() => "idle",
                () if worst >= 6.0 => "bad",
                () if worst > 1.0 => "fair",
                () => "good",
            },
            kept: promise.kept.map_or_else(|| "no requests yet".to_owned(), percent),
            burns: promise.burns.map(|burn| format!("{burn:.1}\u{202f}\u{d7}")),
            spent: percent(promise.spent),
        }
    }
}

impl OperationRow {
    fn of(operation: &crate::monitor::Operation) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a drawing's coordinates")]
        let minutes = operation.minutes.iter().map(|count| Some(*count as f64)).collect();
        Self {
            name: operation.name.clone(),
            requests: rate(operation.requests),
            failures: percent(operation.failures),
            failing: operation.failures > 0.0,
            median: operation.median.map_or_else(dash, seconds),
            p99: operation.p99.map_or_else(dash, seconds),
            plot: Plot::new("", "Requests", rate(operation.requests), vec![("calm", minutes)], |count| {
                format!("{count:.0}")
            }),
        }
    }
}

impl FaultRow {
    fn of(active: &Active) -> Self {
        let until = time::OffsetDateTime::from(active.expires_at);
        Self {
            id: active.id,
            what: active.fault.to_string(),
            until: until.format(TIME_OF_DAY).unwrap_or_default(),
            iso: until.format(&time::format_description::well_known::Rfc3339).unwrap_or_default(),
            left: long(active.expires_at.duration_since(SystemTime::now()).unwrap_or_default()),
        }
    }
}

impl NotableRow {
    fn of(request: &crate::telemetry::recent::Notable) -> Self {
        let at = time::OffsetDateTime::from(request.at);
        Self {
            at: at.format(TIME_OF_DAY).unwrap_or_default(),
            iso: at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default(),
            operation: format!("{} {}", request.method.name(), request.route.template()),
            status: request.status,
            class: if request.status >= 500 { "bad" } else { "fair" },
            elapsed: seconds(request.elapsed.as_secs_f64()),
            trace_id: request.trace_id.map(|id| id.to_string()).unwrap_or_default(),
            exported: request.exported,
        }
    }
}

fn state(report: &Report) -> Badge {
    let (class, text) = match report.verdict {
        Verdict::Ready => ("good", "ready"),
        Verdict::Degraded => ("fair", "degraded"),
        Verdict::NotReady if report.draining => ("fair", "stopping"),
        Verdict::NotReady => ("bad", "not ready"),
    };
    Badge { name: "Sirius".to_owned(), class, text: text.to_owned() }
}

fn checks(view: &MonitorView) -> Vec<Badge> {
    let dependency = |check: &crate::services::readiness::Check| Badge {
        name: check.name.to_owned(),
        class: if check.up { "good" } else { "bad" },
        text: check.fault.clone().unwrap_or_else(|| "up".to_owned()),
    };
    let signal = |report: &health::Report| {
        let dropped: u64 = report.dropped.iter().map(|(_, count)| count).sum();
        let text = match (&report.fault, dropped, report.queued) {
            (_, _, None) => "off".to_owned(),
            (Some(fault), ..) => fault.to_string(),
            (None, 0, _) => "up".to_owned(),
            (None, dropped, _) => format!("up; {} dropped since the start", grouped(dropped)),
        };
        let class = match (&report.fault, report.queued) {
            (_, None) => "idle",
            (Some(_), _) => "bad",
            _ => "good",
        };
        Badge { name: report.signal.name().to_owned(), class, text }
    };
    view.readiness.checks.iter().map(dependency).chain(view.telemetry.iter().map(signal)).collect()
}

fn plots(view: &View) -> Vec<Plot> {
    // Before it was looked at there is nothing to draw.
    let known = usize::try_from(view.span.as_secs() / 60).unwrap_or(usize::MAX).max(1);
    let unknown = view.minutes.len().saturating_sub(known);
    let line = |class, value: fn(&Minute) -> Option<f64>| -> Values {
        (
            class,
            view.minutes.iter().enumerate().map(|(place, minute)| value(minute).filter(|_| place >= unknown)).collect(),
        )
    };
    let last = view.minutes.last().cloned().unwrap_or_default();
    vec![
        Plot::new(
            "requests",
            "Requests a second",
            rate(last.requests),
            vec![line("calm", |minute| Some(minute.requests)), line("bad", |minute| Some(minute.failures))],
            rate,
        ),
        Plot::new(
            "latency",
            "Time to answer: 99th of 100, and the median",
            last.p99.map_or_else(dash, seconds),
            vec![line("calm", |minute| minute.p99), line("soft", |minute| minute.median)],
            seconds,
        ),
        Plot::new(
            "visits",
            "Visits a second",
            rate(last.visits),
            vec![line("calm", |minute| Some(minute.visits))],
            rate,
        ),
        Plot::new(
            "cpu",
            "Processors in use",
            format!("{:.2}", last.cpu),
            vec![line("calm", |minute| Some(minute.cpu))],
            |cpu| format!("{cpu:.2}"),
        ),
    ]
}

fn facts(view: &View) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let whole = |figure| grouped(to_u64(view.figure(figure)));
    let statement = view.rate(Figure::StatementSeconds) / view.rate(Figure::Statements).max(f64::MIN_POSITIVE);
    let hits = view.figure(Figure::CacheHits) / view.figure(Figure::CacheRequests).max(1.0);
    vec![
        (
            "Visits and pictures",
            vec![
                ("visits stored", whole(Figure::Stored)),
                ("counted by this process", whole(Figure::Visits)),
                ("waiting for their commit", whole(Figure::Pending)),
                ("not counted", whole(Figure::VisitFailures)),
                ("pictures", whole(Figure::Images)),
                ("pictures sent", rate(view.rate(Figure::Served))),
                ("age of the catalogue", seconds(view.figure(Figure::Staleness))),
            ],
        ),
        (
            "Database and cache",
            vec![
                (
                    "connections in use",
                    format!("{} of {}", whole(Figure::DatabaseUsed), whole(Figure::DatabaseConnections)),
                ),
                ("statements", rate(view.rate(Figure::Statements))),
                ("a statement takes", seconds(statement)),
                ("no connection in time", whole(Figure::DatabaseTimeouts)),
                ("found in the cache", percent(hits)),
                ("size of the cache", size(to_u64(view.figure(Figure::CacheBytes)))),
            ],
        ),
        (
            "This process",
            vec![
                ("requests under way", whole(Figure::Active)),
                ("connections", whole(Figure::Connections)),
                ("connections refused", whole(Figure::Refused)),
                ("requests beyond a quota", whole(Figure::Limited)),
                ("memory", size(to_u64(view.figure(Figure::Memory)))),
                ("open files", format!("{} of {}", whole(Figure::Files), whole(Figure::MaxFiles))),
                ("log lines and spans lost", whole(Figure::TelemetryDropped)),
            ],
        ),
    ]
}

fn elapsed(since: SystemTime) -> Duration {
    // A clock that was set back.
    since.elapsed().unwrap_or_default()
}

fn ago(since: SystemTime) -> String {
    format!("for {}", long(elapsed(since)))
}
