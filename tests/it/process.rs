//! The real process: what it says, what it refuses, and what survives when it is killed.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

use crate::support::client;
use crate::support::process::{Process, run, sirius};

async fn json(client: &Client, url: String) -> Value {
    client.get(url).send().await.unwrap().json().await.unwrap()
}

/// Runs a command that must fail, and gives what it said.
fn refusal(command: &mut Command) -> String {
    let output = run(command);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.trim_end().lines().count(), 1, "one sentence: {text}");
    text
}

#[tokio::test]
async fn the_first_start_brings_pictures_and_says_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let client = client();
    let mut process = Process::serve(&data, &[]);
    let greeting = &process.greeting;
    assert!(greeting.contains(&format!("http://{}/docs", process.public)), "{greeting}");
    assert!(greeting.contains(&format!("http://{}/readyz", process.admin)), "{greeting}");
    assert!(greeting.contains(data.to_str().unwrap()), "{greeting}");
    let list = json(&client, format!("http://{}/api/v1/images?limit=100", process.public)).await;
    let images = list["items"].as_array().unwrap();
    assert!(images.len() >= 12, "{} bundled pictures", images.len());
    for format in ["jpeg", "png", "gif", "webp", "avif"] {
        assert!(images.iter().any(|image| image["format"] == format), "none is {format}");
    }
    for image in images {
        assert!(image["title"].is_string() && image["alt"].is_string() && image["attribution"]["licence"] == "CC0-1.0");
    }

    // What an operator removes stays removed.
    let ids: Vec<_> = images.iter().map(|image| image["id"].as_str().unwrap()).collect();
    assert!(run(sirius(&data).args(["images", "rm", ids[0]])).status.success());
    process.signal("TERM");
    assert!(process.wait().success());
    let process = Process::serve(&data, &[]);
    let list = json(&client, format!("http://{}/api/v1/images?limit=100", process.public)).await;
    assert_eq!(list["items"].as_array().unwrap().len(), ids.len() - 1);
}

#[tokio::test]
async fn a_start_that_cannot_work_is_refused_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let process = Process::serve(&data, &[]);
    let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    assert!(refusal(sirius(&data).args(free).arg("serve")).contains("another Sirius serves the data folder"));

    let other = folder.path().join("other");
    let busy = refusal(sirius(&other).args(["--listen", &process.public, "--admin-listen", "127.0.0.1:0"]));
    assert!(busy.contains(&process.public) && busy.contains("--listen"), "{busy}");

    std::fs::write(folder.path().join("file"), "").unwrap();
    let unusable = refusal(sirius(&folder.path().join("file")).args(free));
    assert!(unusable.contains("--data-dir"), "{unusable}");

    std::fs::create_dir(&other).ok();
    std::fs::write(other.join("sirius.db"), "this is no database, but long enough to be one".repeat(100)).unwrap();
    let damaged = refusal(sirius(&other).args(free));
    assert!(damaged.contains("sirius.db"), "{damaged}");
}

#[tokio::test]
async fn an_import_beside_a_running_server_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let process = Process::serve(&data, &[]);
    let pictures = folder.path().join("pictures");
    crate::support::pictures::fill(&pictures.join("holiday"), 3);
    let output = run(sirius(&data).arg("import").arg(&pictures));
    assert!(output.status.success(), "{output:?}");
    let client = client();
    let url = format!("http://{}/api/v1/images?tag=holiday", process.public);
    for _ in 0..200 {
        if json(&client, url.clone()).await["items"].as_array().unwrap().len() == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not see the import");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_visit_is_lost_when_it_is_killed() {
    kill_again_and_again(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: `make faults` runs it"]
async fn no_acknowledged_visit_is_lost_however_often_it_is_killed() {
    kill_again_and_again(40).await;
}

async fn kill_again_and_again(rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let plenty = ["limits.visits.per_second=100000", "limits.visits.burst=100000"];
    let mut highest = 0;
    let (mut acknowledged, mut unanswered) = (0, 0);
    for _ in 0..rounds {
        let mut process = Process::serve(&data, &plenty);
        let counts = Arc::new(Counts::default());
        let clients: Vec<_> =
            (0..16).map(|_| tokio::spawn(visit(process.public.clone(), Arc::clone(&counts)))).collect();
        while counts.acknowledged.load(Ordering::Relaxed) < 300 {
            assert!(clients.iter().any(|client| !client.is_finished()), "every client has given up");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        process.signal("KILL");
        process.wait();
        counts.over.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
        acknowledged += counts.acknowledged.load(Ordering::Relaxed);
        unanswered += counts.unanswered.load(Ordering::Relaxed);
        assert!(counts.highest.load(Ordering::Relaxed) > highest, "numbers went back");
        highest = counts.highest.load(Ordering::Relaxed);

        let process = Process::serve(&data, &plenty);
        let stored = json(&client(), format!("http://{}/api/v1/visits", process.public)).await;
        let stored = stored["total"].as_u64().unwrap();
        assert!(
            (acknowledged..=acknowledged + unanswered).contains(&stored),
            "{acknowledged} acknowledged, {unanswered} unanswered, {stored} stored"
        );
        assert!(stored >= highest, "{stored} stored, but number {highest} was given");
    }
}

#[derive(Default)]
struct Counts {
    acknowledged: AtomicU64,
    unanswered: AtomicU64,
    highest: AtomicU64,
    over: AtomicBool,
}

/// Visits again and again until the server is gone.
async fn visit(public: String, counts: Arc<Counts>) {
    let client = client();
    while !counts.over.load(Ordering::Relaxed) {
        let Ok(answer) = client.post(format!("http://{public}/api/v1/visits")).send().await else {
            counts.unanswered.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if answer.status() == 503 {
            // A disk that others keep busy: told to come back later, and perhaps counted all the same.
            counts.unanswered.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let Ok(visit) = answer.error_for_status().unwrap().json::<Value>().await else {
            counts.unanswered.fetch_add(1, Ordering::Relaxed);
            return;
        };
        counts.acknowledged.fetch_add(1, Ordering::Relaxed);
        counts.highest.fetch_max(visit["number"].as_u64().unwrap(), Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_under_load_fails_no_request_that_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let plenty = ["limits.visits.per_second=100000", "limits.visits.burst=100000", "shutdown.unready_delay=2s"];
    let mut process = Process::serve(&data, &plenty);
    let counts = Arc::new(Counts::default());
    let clients: Vec<_> = (0..8).map(|_| tokio::spawn(visit(process.public.clone(), Arc::clone(&counts)))).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    process.signal("TERM");
    let ready = async || client().get(format!("http://{}/readyz", process.admin)).send().await;
    // Load balancers are told before it stops: while it still answers.
    while ready().await.expect("it says that it is not ready before it is gone").status() != 503 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(process.wait().success());
    for client in clients {
        client.await.unwrap();
    }
    let acknowledged = counts.acknowledged.load(Ordering::Relaxed);
    let process = Process::serve(&data, &[]);
    let stored = json(&client(), format!("http://{}/api/v1/visits", process.public)).await["total"].as_u64();
    // A request that finds the port closed was not taken; every one that was taken was answered.
    assert_eq!(stored, Some(acknowledged));
}

#[tokio::test]
async fn a_second_ctrl_c_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::serve(&folder.path().join("data"), &["shutdown.unready_delay=60s"]);
    process.signal("INT");
    tokio::time::sleep(Duration::from_millis(200)).await;
    process.signal("INT");
    assert_eq!(process.wait().code(), Some(130));
}
