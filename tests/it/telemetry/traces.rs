//! What a trace of a request looks like, and which requests have one.

use std::collections::HashSet;
use std::path::Path;

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use reqwest::{Client, Response};

use crate::support::collector::{Collector, attribute, hex};
use crate::support::{self, app::header, process::Process};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A Sirius that sends its traces to a collector.
struct Traced {
    collector: Collector,
    process: Process,
    client: Client,
    folder: tempfile::TempDir,
}

impl Traced {
    async fn with(settings: &[&str]) -> Self {
        let collector = Collector::start().await;
        let folder = tempfile::tempdir().unwrap();
        let endpoint = format!("traces.endpoint={}", collector.url());
        let settings = [&[&*endpoint, "traces.batch_delay=10ms", "limits.enabled=false"], settings].concat();
        let process = Process::serve(&folder.path().join("data"), &settings);
        Self { collector, process, client: support::client(), folder }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// As part of the trace of a caller, which samples it or does not.
    async fn get_within(&self, path: &str, sampled: bool) -> Response {
        let traceparent = format!("00-{TRACE}-{CALLER}-0{}", u8::from(sampled));
        let request = self.client.get(self.url(path)).header("traceparent", traceparent);
        request.header("tracestate", "vendor=opaque").send().await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.process.public)
    }

    /// The path of the bytes of some image.
    async fn content(&self) -> String {
        let image: serde_json::Value = self.get("/api/v1/images?limit=1").await.json().await.unwrap();
        format!("/api/v1/images/{}/content", image["items"][0]["id"].as_str().unwrap())
    }
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn of_server(spans: &[Span]) -> Vec<&Span> {
    spans.iter().filter(|span| span.kind() == SpanKind::Server).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_within_a_trace_is_a_span_of_that_trace() {
    let traced = Traced::with(&["traces.sampler_ratio=0", "log.client_addresses=full"]).await;
    let path = traced.content().await;
    let response = traced.get_within(&path, true).await;
    assert_eq!(header(&response, "x-trace-id"), TRACE);
    let name = "GET /api/v1/images/{id}/content";
    let spans = traced.collector.until(|spans| !named(spans, name).is_empty()).await;
    let span = named(&spans, name)[0];
    assert_eq!((hex(&span.trace_id).as_str(), hex(&span.parent_span_id).as_str()), (TRACE, CALLER));
    assert_eq!((span.kind(), span.trace_state.as_str()), (SpanKind::Server, "vendor=opaque"));
    assert_eq!(span.status.clone().unwrap().code(), StatusCode::Unset);
    let (host, port) = traced.process.public.split_once(':').unwrap();
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/images/{id}/content"),
        ("http.response.status_code", "200"),
        ("url.path", &*path),
        ("url.scheme", "http"),
        ("server.address", host),
        ("server.port", port),
        ("client.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
    ] {
        assert_eq!(attribute(&span.attributes, key).as_deref(), Some(value), "{key}");
    }
    // The bytes were not in memory yet: they were fetched for this request.
    let blob = named(&spans, "blob get")[0];
    assert_eq!((&blob.trace_id, &blob.parent_span_id), (&span.trace_id, &span.span_id));
    assert_eq!(blob.kind(), SpanKind::Client);
    assert!(blob.start_time_unix_nano >= span.start_time_unix_nano);
    assert!(blob.end_time_unix_nano <= span.end_time_unix_nano);

    let resource = traced.collector.resource();
    assert_eq!(attribute(&resource, "service.name").as_deref(), Some("sirius"));
    assert_eq!(attribute(&resource, "telemetry.sdk.language").as_deref(), Some("rust"));
    assert_eq!(traced.collector.last_request().0, "/v1/traces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_does_not_sample_is_followed() {
    let traced = Traced::with(&["traces.sampler=parentbased_always_on"]).await;
    assert_eq!(header(&traced.get_within("/api/v1/tags", false).await, "x-trace-id"), TRACE);
    let id = header(&traced.get("/api/v1/tags").await, "x-trace-id").to_owned();
    let spans = traced.collector.until(|spans| !of_server(spans).is_empty()).await;
    let ids: Vec<_> = of_server(&spans).iter().map(|span| hex(&span.trace_id)).collect();
    assert_eq!(ids, [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_show_their_wait_and_their_commit() {
    let traced = Traced::with(&["traces.sampler=always_on"]).await;
    traced.client.post(traced.url("/api/v1/visits")).send().await.unwrap();
    let is_there = |spans: &[Span], name| !named(spans, name).is_empty();
    let spans =
        traced.collector.until(|spans| is_there(spans, "POST /api/v1/visits") && is_there(spans, "commit visits"));
    let spans = spans.await;
    let request = named(&spans, "POST /api/v1/visits")[0];
    let wait = named(&spans, "wait for visits to be committed")[0];
    let commit = named(&spans, "commit visits")[0];
    assert_eq!((&wait.trace_id, &wait.parent_span_id), (&request.trace_id, &request.span_id));
    assert!(commit.parent_span_id.is_empty());
    assert_ne!(commit.trace_id, request.trace_id, "it serves other requests as well");
    let links =
        |span: &Span| span.links.iter().map(|link| (link.trace_id.clone(), link.span_id.clone())).collect::<Vec<_>>();
    assert_eq!(links(commit), [(request.trace_id.clone(), request.span_id.clone())]);
    assert_eq!(links(wait), [(commit.trace_id.clone(), commit.span_id.clone())]);
    assert_eq!(attribute(&commit.attributes, "sirius.batch.size").as_deref(), Some("1"));

    let statements: Vec<_> = spans.iter().filter(|span| span.parent_span_id == commit.span_id).collect();
    let names: Vec<_> = statements.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["wait for a connection", "UPDATE visit_total"], "a whole transaction, sent at once");
    let update = statements[1];
    assert_eq!((update.kind(), &update.trace_id), (SpanKind::Client, &commit.trace_id));
    for (key, value) in [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "UPDATE"),
        ("db.collection.name", "visit_total"),
        ("db.query.text", "UPDATE visit_total SET total = total + ? RETURNING total"),
    ] {
        assert_eq!(attribute(&update.attributes, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_have_ids_and_no_spans() {
    let traced = Traced::with(&["traces.sampler=always_on"]).await;
    assert_eq!(header(&traced.get_within("/healthz", true).await, "x-trace-id"), TRACE);
    for path in ["/livez", "/readyz", "/startupz", "/version"] {
        let response = traced.client.get(format!("http://{}{path}", traced.process.admin)).send().await.unwrap();
        assert_eq!(header(&response, "x-trace-id").len(), 32, "{path}");
    }
    traced.get("/docs").await;
    let spans = traced.collector.until(|spans| !of_server(spans).is_empty()).await;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["GET /docs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ratio_of_requests_is_sampled() {
    let traced = Traced::with(&["traces.sampler_ratio=0.5", "traces.always_export=nothing"]).await;
    let mut told = HashSet::new();
    for _ in 0..200 {
        told.insert(header(&traced.get("/api/v1/tags").await, "x-trace-id").to_owned());
    }
    assert_eq!(told.len(), 200, "each request is a trace of its own");
    // The last one is sampled for sure, and what came before it was sent before it.
    traced.get_within("/api/v1/tags", true).await;
    let spans = traced.collector.until(|spans| spans.iter().any(|span| hex(&span.trace_id) == TRACE)).await;
    let sampled: HashSet<_> = spans.iter().map(|span| hex(&span.trace_id)).filter(|id| id != TRACE).collect();
    assert!(sampled.is_subset(&told));
    // Six standard deviations around 100.
    assert!((58..=142).contains(&sampled.len()), "{}", sampled.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_was_not_sampled_has_a_span_after_all() {
    let traced = Traced::with(&["traces.sampler=always_off", "traces.slow_after=1m"]).await;
    let path = traced.content().await;
    lose_bytes(&traced.folder.path().join("data/blobs"));
    let response = traced.get_within(&path, false).await;
    assert_eq!((response.status().as_u16(), header(&response, "x-trace-id")), (502, TRACE));
    let spans = traced.collector.until(|spans| !spans.is_empty()).await;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["GET /api/v1/images/{id}/content"]);
    let span = &spans[0];
    assert_eq!((hex(&span.trace_id).as_str(), hex(&span.parent_span_id).as_str()), (TRACE, CALLER));
    assert_eq!(span.status.clone().unwrap().code(), StatusCode::Error);
    for (key, value) in
        [("sirius.sampled_because", "error"), ("http.response.status_code", "502"), ("error.type", "502")]
    {
        assert_eq!(attribute(&span.attributes, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_failure_says_what_failed() {
    let traced = Traced::with(&["traces.sampler=always_on"]).await;
    let path = traced.content().await;
    lose_bytes(&traced.folder.path().join("data/blobs"));
    traced.get(&path).await;
    let name = "GET /api/v1/images/{id}/content";
    let spans = traced.collector.until(|spans| !named(spans, name).is_empty()).await;
    let span = named(&spans, name)[0];
    assert_eq!(span.status.clone().unwrap().code(), StatusCode::Error);
    assert_eq!(attribute(&span.attributes, "error.type").as_deref(), Some("502"));
    let blob = named(&spans, "blob get")[0].status.clone().unwrap();
    assert_eq!(blob.code(), StatusCode::Error);
    assert!(blob.message.contains("missing"), "{}", blob.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_write_is_bounded() {
    let traced = Traced::with(&["traces.sampler=always_on"]).await;
    let url = traced.url(&format!("/nowhere/{}?secret=hush", "x".repeat(4_000)));
    let request = traced.client.request("BREW".parse().unwrap(), url);
    let request = request.header("user-agent", "y".repeat(4_000)).header("baggage", "z=".repeat(2_000));
    let response = request.header("traceparent", "00-nonsense").send().await.unwrap();
    let id = header(&response, "x-trace-id").to_owned();
    let spans = traced.collector.until(|spans| !spans.is_empty()).await;
    let span = &spans[0];
    assert_eq!((span.name.as_str(), hex(&span.trace_id)), ("HTTP", id));
    assert!(span.parent_span_id.is_empty());
    for (key, value) in [("http.request.method", "_OTHER"), ("http.request.method_original", "BREW")] {
        assert_eq!(attribute(&span.attributes, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(attribute(&span.attributes, "http.route"), None);
    for attribute in &span.attributes {
        let text = format!("{attribute:?}");
        assert!(text.len() < 500 && !text.contains("hush") && !text.contains("z="), "{text}");
    }
}

/// Removes the bytes of all images.
fn lose_bytes(folder: &Path) {
    for entry in walkdir::WalkDir::new(folder).min_depth(2).into_iter().map(Result::unwrap) {
        std::fs::remove_file(entry.path()).unwrap();
    }
}
