//! The whole way of a line to Loki, out of a process that serves: what Loki does never shows in an answer.

use std::time::Duration;

use super::{Lines, health, signal};
use crate::support::client;
use crate::support::loki::{FakeLoki, Mood};
use crate::support::process::Process;

const PASSWORD: &str = "correct horse battery";

/// Asks for something that is logged, and gives its trace id.
async fn visit(process: &Process) -> String {
    let answer = client().get(format!("http://{}/healthz", process.public)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers()["x-trace-id"].to_str().unwrap().to_owned()
}

/// Asks again and again until telemetry is like that; fails the test after a minute or so.
async fn visit_until(process: &Process, status: &str) -> serde_json::Value {
    for _ in 0..3_000 {
        visit(process).await;
        let health = health(process).await;
        if health["status"] == status {
            return health;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("telemetry did not become {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_found_in_loki_and_loki_may_fail() {
    let folder = tempfile::tempdir().unwrap();
    let loki = FakeLoki::start().await;
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, format!("{PASSWORD}\n")).unwrap();
    let settings = [
        format!("loki.url={}", loki.url()),
        "loki.username=sirius".to_owned(),
        format!("loki.password_file={}", password_file.display()),
        "loki.deployment_environment=test".to_owned(),
        "loki.timeout=500ms".to_owned(),
        // Everything, also of what carries the lines.
        "log.filter=trace".to_owned(),
    ];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let (mut process, log) = Process::serve_with_log(&folder.path().join("data"), &settings);
    let lines = Lines::of(log);

    let id = visit(&process).await;
    let taken = loki.wait_for(|taken| taken.line["trace_id"] == id.as_str() && taken.line["path"] == "/healthz").await;
    assert!(taken.labels.contains(r#"service_name="sirius",deployment_environment="test",level="#), "{}", taken.labels);
    lines.wait_for(|line| line["trace_id"] == id.as_str() && line["path"] == "/healthz").await;

    for mood in [Mood::Refusing(500), Mood::Lying, Mood::Hanging, Mood::Resetting, Mood::Slow(Duration::from_secs(10))]
    {
        loki.be(mood);
        let ill = visit_until(&process, "degraded").await;
        assert!(signal(&ill, "loki")["fault"].is_string(), "{mood:?}: {ill}");
        loki.be(Mood::Well);
        visit_until(&process, "ok").await;
    }
    lines.wait_for(|line| line["message"] == "Loki takes log lines again").await;

    process.signal("TERM");
    assert!(process.wait().success());
    let last = "stopping: done";
    assert!(loki.taken().iter().any(|taken| taken.line["message"] == last), "what was said last is there, too");
    // That of "sirius:correct horse battery".
    let authorization = "authorization: Basic c2lyaXVzOmNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==\r\n";
    assert!(loki.heads().iter().all(|head| head.to_ascii_lowercase().contains(&authorization.to_ascii_lowercase())));
    let senders = ["hyper", "h2", "reqwest", "tracing_loki"];
    for taken in loki.taken() {
        let target = taken.line["_target"].as_str().unwrap().to_owned();
        assert!(!senders.contains(&target.split("::").next().unwrap()), "{target} feeds itself");
    }
    let said = lines.all().iter().map(ToString::to_string).collect::<String>();
    assert!(!said.contains(PASSWORD) && !said.contains("c2lyaXVzOmNvcnJlY3"), "a secret was logged");
}
