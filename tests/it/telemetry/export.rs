//! How spans get to a collector that is well, and what becomes of them with one that is not.

use std::time::Duration;

use reqwest::Client;

use crate::support::collector::{Collector, Mood, attribute, hex};
use crate::support::{self, process::Process};
use crate::telemetry::{health, signal};

/// A Sirius and somebody who asks it.
struct Sirius {
    process: Process,
    client: Client,
}

/// One that samples everything and sends it at once.
fn serve(folder: &tempfile::TempDir, collector: &Collector, settings: &[&str]) -> Sirius {
    let endpoint = format!("traces.endpoint={}", collector.url());
    let defaults = [
        &*endpoint,
        "traces.sampler=always_on",
        "traces.batch_delay=10ms",
        "traces.timeout=500ms",
        "limits.enabled=false",
    ];
    let overridden = |default: &&str| {
        let (key, _) = default.split_once('=').unwrap();
        settings.iter().any(|setting| setting.starts_with(&format!("{key}=")))
    };
    let settings: Vec<_> = defaults.iter().filter(|default| !overridden(default)).chain(settings).copied().collect();
    Sirius { process: Process::serve(&folder.path().join("data"), &settings), client: support::client() }
}

/// Asks for something, which must succeed, and gives its trace id.
async fn ask(Sirius { process, client }: &Sirius) -> String {
    let response = client.get(format!("http://{}/api/v1/tags", process.public)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.headers()["x-trace-id"].to_str().unwrap().to_owned()
}

async fn arrives(collector: &Collector, id: &str) {
    collector.until(|spans| spans.iter().any(|span| hex(&span.trace_id) == id)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_gzip_headers_and_the_name_are_as_they_are_set() {
    for protocol in ["grpc", "http/protobuf"] {
        let (collector, folder) = (Collector::start().await, tempfile::tempdir().unwrap());
        let protocol_setting = format!("traces.protocol={protocol}");
        let sirius = serve(
            &folder,
            &collector,
            &[
                &*protocol_setting,
                "traces.compression=gzip",
                "traces.headers=authorization=Bearer%20hush",
                "traces.service_name=vega",
                "traces.resource_attributes=deployment.environment.name=test",
            ],
        );
        let id = ask(&sirius).await;
        arrives(&collector, &id).await;
        let (_, headers) = collector.last_request();
        assert_eq!(headers["authorization"], "Bearer hush", "{protocol}");
        let resource = collector.resource();
        for (key, value) in [("service.name", "vega"), ("deployment.environment.name", "test")] {
            assert_eq!(attribute(&resource, key).as_deref(), Some(value), "{protocol}: {key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_that_wait_are_sent_at_the_stop() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().unwrap());
    let mut sirius = serve(&folder, &collector, &["traces.batch_delay=1m", "shutdown.unready_delay=0s"]);
    let id = ask(&sirius).await;
    assert_eq!(collector.spans().len(), 0);
    sirius.process.signal("TERM");
    assert!(sirius.process.wait().success());
    arrives(&collector, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_collector_does_requests_succeed_shipping_resumes_and_the_account_adds_up() {
    let slow = Mood::Slow(Duration::from_secs(10));
    let moods = [Mood::Hangs, Mood::Resets, Mood::Answers(500), Mood::Answers(503), Mood::Rejects, slow];
    for protocol in ["traces.protocol=http/protobuf", "traces.protocol=grpc"] {
        let (mut collector, folder) = (Collector::start().await, tempfile::tempdir().unwrap());
        let sirius = serve(&folder, &collector, &[protocol, "traces.max_queue_size=8", "traces.max_batch_size=4"]);
        let mut asked = 0;
        for mood in moods {
            collector.set(mood);
            asked += ask_often(&sirius).await;
            collector.set(Mood::Takes);
            asked += arrives_again(&collector, &sirius).await;
        }
        collector.close();
        asked += ask_often(&sirius).await;
        collector.open().await;
        asked += arrives_again(&collector, &sirius).await;
        // Each request is one span.
        settles(&collector, &sirius, asked).await;
    }
}

/// Asks more often than spans may wait, and gives how often.
async fn ask_often(sirius: &Sirius) -> usize {
    for _ in 0..50 {
        ask(sirius).await;
    }
    50
}

/// Asks until something that is asked arrives, since what was asked before may have been dropped. Gives how often.
async fn arrives_again(collector: &Collector, sirius: &Sirius) -> usize {
    let before = collector.spans().len();
    for asked in 1..=200 {
        ask(sirius).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if collector.spans().len() > before {
            return asked;
        }
    }
    panic!("nothing arrives any more");
}

/// Waits until all spans have arrived or are counted as dropped, each once.
async fn settles(collector: &Collector, sirius: &Sirius, asked: usize) {
    let mut account = String::new();
    for _ in 0..1_000 {
        let health = health(&sirius.process).await;
        let traces = signal(&health, "traces");
        let dropped: u64 = traces["dropped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let arrived = collector.spans().len();
        if arrived + usize::try_from(dropped).unwrap() == asked && traces["fault"].is_null() {
            return;
        }
        account = format!("{asked} asked, {arrived} arrived, {traces}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the account does not add up: {account}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_collector_that_hangs_or_is_gone() {
    for mood in [Some(Mood::Hangs), None] {
        let (mut collector, folder) = (Collector::start().await, tempfile::tempdir().unwrap());
        let settings = ["shutdown.unready_delay=0s", "shutdown.flush_timeout=1s", "traces.timeout=1m"];
        let mut sirius = serve(&folder, &collector, &settings);
        match mood {
            Some(mood) => collector.set(mood),
            None => collector.close(),
        }
        for _ in 0..10 {
            ask(&sirius).await;
        }
        sirius.process.signal("TERM");
        // It fails the test if that takes a minute, as one request to the collector may.
        assert!(sirius.process.wait().success(), "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_ids_are_all_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::serve(&folder.path().join("data"), &["traces.sampler=always_on"]);
    let sirius = Sirius { process, client: support::client() };
    assert_eq!(ask(&sirius).await.len(), 32);
}
