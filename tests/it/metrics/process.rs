//! What a running Sirius says of itself.

use std::collections::BTreeSet;

use serde_json::Value;
use sirius::telemetry::catalogue::values::{DropReason, Signal};
use sirius::telemetry::catalogue::{Key, Kind, Metric};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::openmetrics::{Dialect, Exposition, Family};
use super::scrape::Scraped;

/// A `Scraped` of which everything was asked once.
async fn used() -> Scraped {
    let sirius = Scraped::serve(&[]);
    for path in ["/", "/api/v1/images/random?as=image", "/api/v1/images/random?as=image", "/api/v1/visits", "/no/page"]
    {
        sirius.get(path).await;
    }
    sirius.ask("POST", "/api/v1/visits", "").await;
    sirius.ask("BREW", "/", "a body that nobody reads").await;
    sirius
}

#[tokio::test]
async fn every_metric_of_the_catalogue_is_exposed_and_no_other() {
    let sirius = used().await;
    for dialect in [Dialect::Classic, Dialect::OpenMetrics] {
        let exposition = sirius.scrape(dialect).await;
        for metric in Metric::ALL {
            let (name, unit) = match dialect {
                Dialect::Classic => (metric.name(), None),
                Dialect::OpenMetrics => (metric.family(), metric.unit()),
            };
            let family = exposition.0.get(name).unwrap_or_else(|| panic!("{name} is not exposed"));
            let kind = match metric.kind() {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram { .. } => "histogram",
            };
            assert_eq!((family.kind.as_str(), family.unit.as_deref()), (kind, unit), "{name}");
            assert_eq!(family.help.as_deref(), Some(metric.help()));
            labels_are_those_of(*metric, family);
        }
        assert_eq!(exposition.0.len(), Metric::ALL.len());
    }
}

/// Each sample has the documented labels and no other, with values that they may have.
fn labels_are_those_of(metric: Metric, family: &Family) {
    let optional = [Key::ErrorType, Key::Commit].map(Key::name);
    let documented: BTreeSet<_> = metric.labels().iter().map(|key| key.name()).collect();
    for sample in &family.samples {
        let found: BTreeSet<_> = sample.labels.0.keys().map(String::as_str).filter(|key| *key != "le").collect();
        let missing: Vec<_> = documented.difference(&found).filter(|key| !optional.contains(key)).collect();
        assert!(missing.is_empty() && found.is_subset(&documented), "{} has {found:?}", sample.name);
        for key in metric.labels() {
            let Some(value) = sample.labels.get(key.name()) else { continue };
            let allowed = match key {
                Key::HttpRoute => value == "unmatched" || value.starts_with('/'),
                Key::HttpResponseStatusCode => value.parse::<u16>().is_ok(),
                Key::Version | Key::Commit => true,
                key => key.values().contains(&value),
            };
            assert!(allowed, "{}: {} is {value:?}", sample.name, key.name());
        }
    }
}

#[tokio::test]
async fn what_only_grows_never_shrinks_and_both_formats_have_the_same_series() {
    let sirius = used().await;
    let before = sirius.scrape(Dialect::Classic).await;
    sirius.get("/api/v1/images/random").await;
    let after = sirius.scrape(Dialect::OpenMetrics).await;
    let later = after.series();
    for (name, family) in before.0.iter().filter(|(_, family)| family.kind != "gauge") {
        for sample in &family.samples {
            let now = later.get(&(sample.name.clone(), sample.labels.clone()));
            assert!(now.is_some_and(|now| *now >= sample.value), "{name} {:?}: {now:?}", sample.labels);
        }
    }
    // A scrape is a request, too: its own first series come with the second of them.
    let classic = sirius.scrape(Dialect::Classic).await;
    let open_metrics = sirius.scrape(Dialect::OpenMetrics).await;
    assert!(classic.series().keys().eq(open_metrics.series().keys()));
}

#[tokio::test]
async fn what_happens_is_counted() {
    let sirius = Scraped::serve(&["limits.visits.per_second=1", "limits.visits.burst=3"]);
    let image: Value = serde_json::from_slice(&sirius.get("/api/v1/images/random?kind=still").await.1).unwrap();
    let content = image["content_url"].as_str().unwrap();
    let mut bytes = 0;
    for _ in 0..3 {
        bytes += sirius.get(content).await.1.len();
    }
    assert_eq!(sirius.ask("HEAD", content, "").await.status(), 200);
    let counted = async { sirius.ask("POST", "/api/v1/visits", "").await.status() };
    assert_eq!(counted.await, 201);
    let mut refused = 0;
    while refused == 0 {
        refused += u32::from(sirius.ask("POST", "/api/v1/visits", "").await.status() == 429);
    }
    let seen = sirius.scrape(Dialect::OpenMetrics).await;
    let visits = seen.sum("sirius_visits_total", &[]);
    assert!(visits >= 1.0);
    let of_visits = |status| [("http_route", "/api/v1/visits"), ("http_response_status_code", status)];
    let duration = "http_server_request_duration_seconds_count";
    assert_same(seen.sum(duration, &of_visits("201")), visits);
    assert_same(seen.sum(duration, &of_visits("429")), 1.0);
    assert_same(seen.sum("sirius_visits_stored", &[]), visits);
    assert_same(seen.sum("sirius_visit_batch_size_sum", &[]), visits);
    assert_same(seen.sum("sirius_rate_limited_total", &[("policy", "visits")]), 1.0);
    assert_same(seen.sum("sirius_rate_limited_total", &[("policy", "reads")]), 0.0);
    assert_same(seen.sum("sirius_images_served_total", &[("kind", "still"), ("format", format_of(&image))]), 3.0);
    assert_same(seen.sum("sirius_cache_requests_total", &[("outcome", "miss")]), 1.0);
    assert_same(seen.sum("sirius_cache_requests_total", &[("outcome", "hit")]), 2.0);
    assert!(seen.sum("sirius_catalogue_images", &[]) >= 12.0);
    assert!(seen.sum("sirius_transform_duration_seconds_count", &[]) >= 12.0);
    let route = ("http_route", "/api/v1/images/{id}/content");
    let sizes = "http_server_response_body_size_bytes";
    assert_same(
        seen.sum(&format!("{sizes}_sum"), &[route, ("http_request_method", "GET")]),
        f64::from(u32::try_from(bytes).unwrap()),
    );
    assert_same(seen.sum(&format!("{sizes}_sum"), &[route, ("http_request_method", "HEAD")]), 0.0);
    assert_same(seen.sum(&format!("{sizes}_count"), &[route]), 4.0);
    let commits = seen.sum("sirius_visit_commit_duration_seconds_count", &[]);
    let updates = [("db_system_name", "sqlite"), ("db_operation_name", "UPDATE")];
    assert!(seen.sum("db_client_operation_duration_seconds_count", &updates) >= commits);
    assert_same(seen.sum("sirius_telemetry_dropped_total", &[]), 0.0);
    assert_eq!(seen.0["sirius_telemetry_dropped"].samples.len(), Signal::ALL.len() * DropReason::ALL.len());
    assert!(seen.sum("process_cpu_seconds_total", &[]) > 0.0);
    assert!(seen.sum("tokio_workers", &[]) >= 1.0);
}

fn format_of(image: &Value) -> &str {
    image["format"].as_str().or_else(|| image["media_type"].as_str()?.strip_prefix("image/")).unwrap()
}

fn assert_same(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[tokio::test]
async fn a_duration_ends_with_the_head_and_a_client_who_takes_nothing_is_under_way() {
    let sirius = Scraped::serve(&["server.stall_timeout=1m"]);
    let (document, get) = (("http_route", "/openapi.json"), ("http_request_method", "GET"));
    let answered = |seen: &Exposition| seen.sum("http_server_request_duration_seconds_count", &[document]);
    let mut client = TcpStream::connect(&sirius.public).await.unwrap();
    // Far more than the system's buffers hold, on one connection, and nothing of it is read.
    client.write_all("GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000).as_bytes()).await.unwrap();
    let stuck =
        sirius.scraped_until(|before, now| answered(now) > 0.0 && (answered(before) - answered(now)).abs() < 0.5).await;
    assert!(answered(&stuck) < 1_000.0);
    // The scrape itself is one of each.
    assert_same(stuck.sum("http_server_active_requests", &[get]), 2.0);
    assert_same(stuck.sum("http_server_connections", &[]), 2.0);
    drop(client);
    let after = sirius.scraped_until(|_, now| now.sum("http_server_connections", &[]) < 1.5).await;
    assert_same(after.sum("http_server_active_requests", &[get]), 1.0);
    // The one that was stuck had been counted when its head was handed over.
    assert_same(answered(&after), answered(&stuck));
}

#[tokio::test]
async fn ten_scrapes_at_once_are_all_whole() {
    let sirius = used().await;
    let scrapes = (0..10).map(|_| sirius.scrape(Dialect::OpenMetrics));
    for exposition in futures_util::future::join_all(scrapes).await {
        assert_eq!(exposition.0.len(), Metric::ALL.len());
    }
}

#[tokio::test]
async fn the_format_is_told() {
    let sirius = Scraped::serve(&[]);
    for (accept, content_type) in [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        (super::scrape::OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ] {
        let answer = sirius.metrics(accept).await;
        assert_eq!(answer.headers()["content-type"], content_type);
        assert_eq!(answer.headers()["vary"], "Accept");
    }
}

#[tokio::test]
async fn switched_off_it_says_so() {
    let sirius = Scraped::serve(&["metrics.enabled=false"]);
    assert_eq!(sirius.get("/api/v1/images/random").await.0, 200);
    let answer = sirius.metrics("*/*").await;
    assert_eq!(answer.status(), 404);
    let problem: Value = answer.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("`metrics.enabled = true`"), "{problem}");
}
