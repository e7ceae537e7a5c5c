//! Standard output that nobody reads, or that is closed: no request waits for it, and what is lost is counted.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Lines, health, signal};
use crate::support::client;
use crate::support::process::Process;

const SETTINGS: [&str; 3] =
    ["log.filter=info,sirius=trace", "limits.reads.per_second=1000000", "limits.reads.burst=1000000"];

/// Asks for something again and again; every answer must be right.
async fn visit(process: &Process, requests: usize) {
    let (client, url) = (client(), Arc::new(format!("http://{}/healthz", process.public)));
    let mut visitors = JoinSet::new();
    for _ in 0..8 {
        let (client, url) = (client.clone(), Arc::clone(&url));
        visitors.spawn(async move {
            for _ in 0..requests / 8 {
                assert_eq!(client.get(url.as_str()).send().await.unwrap().status(), 200);
            }
        });
    }
    while let Some(visitor) = visitors.join_next().await {
        visitor.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_sleeps_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let (mut process, log) = Process::serve_with_log(&folder.path().join("data"), &SETTINGS);
    visit(&process, 8_000).await;
    let health = health(&process).await;
    let logs = signal(&health, "logs");
    assert!(logs["dropped"]["queue_full"].as_u64().unwrap() > 0, "{logs}");
    assert!(logs["queued"].as_u64().unwrap() > 3_000, "{logs}");

    // When it wakes up, it gets what was kept and is told what was not.
    let lines = Lines::of(log);
    let said = lines.wait_for(|line| line["records"].is_string()).await;
    assert!(said["records"].as_str().unwrap().contains("logs queue_full: "), "{said}");
    process.signal("TERM");
    assert!(process.wait().success());
    lines.wait_for(|line| line["message"] == "stopping: done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_gone_is_missed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (mut process, log) = Process::serve_with_log(&folder.path().join("data"), &SETTINGS);
    drop(log);
    visit(&process, 2_000).await;
    let health = health(&process).await;
    let logs = signal(&health, "logs");
    assert_eq!(health["status"], "degraded");
    assert!(logs["fault"].as_str().unwrap().contains("standard output takes no lines"), "{logs}");
    let lost = |reason: &str| logs["dropped"][reason].as_u64().unwrap_or(0);
    assert!(lost("export_failed") + lost("unavailable") >= 1_000, "{logs}");
    process.signal("TERM");
    assert!(process.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_does_not_wait_for_a_reader_who_sleeps() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [SETTINGS.as_slice(), &["shutdown.flush_timeout=100ms"]].concat();
    let (mut process, _log) = Process::serve_with_log(&folder.path().join("data"), &settings);
    visit(&process, 2_000).await;
    process.signal("TERM");
    assert!(process.wait().success());
}
