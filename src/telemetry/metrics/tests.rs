//! Metrics without the service around them, each test with a set of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Histogram, Key, Label};

use super::exemplars::{Exemplars, Remembering};
use super::*;
use crate::telemetry::catalogue::labels::Status;
use crate::telemetry::catalogue::values::HttpMethod;
use crate::telemetry::catalogue::{Kind, Metric};
use crate::telemetry::context::TraceId;
use crate::telemetry::route::Route;

#[test]
fn what_has_never_happened_is_zero() {
    let text = Metrics::new().render(Format::Text);
    for line in [
        "sirius_visits_total 0",
        "sirius_visit_failures_total{reason=\"busy\"} 0",
        "http_server_connections_refused_total{reason=\"too_many\"} 0",
        "db_client_connection_timeouts_total{db_system_name=\"sqlite\"} 0",
        "sirius_visit_batch_size_bucket{le=\"+Inf\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_value_goes_into_the_series_of_its_labels() {
    let metrics = Metrics::new();
    let route = Route::of_template("/tests/{id}");
    let labels = (HttpMethod::Get, route, Status(404));
    for seconds in [0.001, 0.004, 99.0] {
        metrics.handles.request_duration.at(labels).record(seconds);
    }
    metrics.handles.request_duration.at((HttpMethod::Other, Route::UNMATCHED, Status(404))).record(0.5);
    let text = metrics.render(Format::Text);
    let name = "http_server_request_duration_seconds";
    let series = "http_request_method=\"GET\",http_route=\"/tests/{id}\",http_response_status_code=\"404\"";
    for line in [
        // A bound belongs to its bucket.
        format!("{name}_bucket{{{series},le=\"0.001\"}} 1"),
        format!("{name}_bucket{{{series},le=\"0.0025\"}} 1"),
        format!("{name}_bucket{{{series},le=\"0.005\"}} 2"),
        format!("{name}_bucket{{{series},le=\"10.0\"}} 2"),
        format!("{name}_bucket{{{series},le=\"+Inf\"}} 3"),
        format!("{name}_count{{{series}}} 3"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert_eq!(text.matches(&format!("{name}_count")).count(), 2);
}

#[test]
fn buckets_are_filled_whether_somebody_asks_or_not() {
    let metrics = Metrics::new();
    for _ in 0..1_000 {
        metrics.handles.visit_batch_size.record(3.0);
        metrics.recorder.upkeep();
    }
    assert!(metrics.render(Format::OpenMetrics).contains("sirius_visit_batch_size_bucket{le=\"5.0\"} 1000\n"));
}

#[test]
fn only_the_last_trace_of_a_bucket_is_named_and_only_to_those_who_ask_for_openmetrics() {
    let Kind::Histogram { buckets, .. } = Metric::HttpServerRequestDuration.kind() else { unreachable!() };
    let name = Metric::HttpServerRequestDuration.name();
    let key = Key::from_parts(name, vec![Label::new("http_route", "/"), Label::new("http_request_method", "GET")]);
    let series = Remembering::new(Histogram::noop(), &key, buckets);
    let (first, second) = (TraceId::random(), TraceId::random());
    series.remember(first, 0.003);
    series.remember(second, 0.005);
    series.remember(first, 70.0);
    let exemplars: Exemplars = [series.exemplars()].into();
    let line = |le: &str| format!("{name}_bucket{{http_route=\"/\",http_request_method=\"GET\",le=\"{le}\"}} 9\n");
    let bounds: Vec<_> = buckets.iter().map(ToString::to_string).chain(["+Inf".to_owned()]).collect();
    let rendered = format!("# TYPE {name} histogram\n{}", bounds.iter().map(|bound| line(bound)).collect::<String>());
    let text = exposition::write(&rendered, &exemplars, Format::OpenMetrics);
    let named: Vec<_> = text.lines().filter_map(|line| line.split_once(" # ")).collect();
    assert_eq!(named.len(), 2, "{text}");
    assert!(named[0].0.contains("le=\"0.005\"") && named[1].0.contains("le=\"+Inf\""), "{text}");
    assert!(named[0].1.starts_with(&format!("{{trace_id=\"{second}\"}} 0.005 1")), "{text}");
    assert!(named[1].1.starts_with(&format!("{{trace_id=\"{first}\"}} 70 1")), "{text}");
    assert!(!exposition::write(&rendered, &exemplars, Format::Text).contains(" # {"));
}

#[test]
fn what_is_in_no_catalogue_is_not_exposed_and_infinity_is_spelt_as_prometheus_does() {
    let rendered = "# TYPE strange counter\nstrange 1\n\n# TYPE process_max_fds gauge\nprocess_max_fds inf\n";
    let text = exposition::write(rendered, &Exemplars::new(), Format::Text);
    assert!(
        text.ends_with("# TYPE process_max_fds gauge\nprocess_max_fds +Inf\n") && !text.contains("strange"),
        "{text}"
    );
}

#[test]
fn a_subject_is_looked_at_as_long_as_it_lives() {
    let metrics = Metrics::new();
    let seen = Arc::new(AtomicUsize::new(0));
    let subject = Arc::new(Arc::clone(&seen));
    metrics.observe(&subject, |seen| _ = seen.fetch_add(1, Ordering::Relaxed));
    metrics.render(Format::Text);
    metrics.render(Format::OpenMetrics);
    drop(subject);
    metrics.render(Format::Text);
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    assert!(metrics.looks.lock().unwrap().is_empty());
}
