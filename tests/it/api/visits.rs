//! `/api/v1/visits`, and what counts as a visit.

use std::collections::BTreeSet;

use reqwest::Method;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::TestApp;
use crate::support::app::{header, problem};

async fn total(app: &TestApp) -> u64 {
    app.json("/api/v1/visits").await["total"].as_u64().unwrap()
}

#[tokio::test]
async fn numbers_are_unique_and_without_gaps() {
    let app = TestApp::empty().await;
    let counts = (0..200).map(|_| app.request(Method::POST, "/api/v1/visits").send());
    let mut numbers = BTreeSet::new();
    for answer in futures_util::future::join_all(counts).await {
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (201, "no-store"));
        let visit: serde_json::Value = answer.json().await.unwrap();
        assert!(OffsetDateTime::parse(visit["counted_at"].as_str().unwrap(), &Rfc3339).is_ok());
        numbers.insert(visit["number"].as_u64().unwrap());
    }
    assert_eq!(numbers, (1..=200).collect());
    assert_eq!(total(&app).await, 200);
}

#[tokio::test]
async fn the_count_survives_a_restart() {
    let mut app = TestApp::empty().await;
    app.request(Method::POST, "/api/v1/visits").send().await.unwrap();
    let since = app.json("/api/v1/visits").await["since"].clone();
    app.restart().await;
    let after = app.json("/api/v1/visits").await;
    assert_eq!((after["total"].as_u64(), &after["since"]), (Some(1), &since));
}

#[tokio::test]
async fn only_somebody_looking_at_the_page_counts() {
    let app = TestApp::with_pictures(1).await;
    for (method, path, name, value) in [
        (Method::HEAD, "/", "accept", "*/*"),
        (Method::GET, "/", "sec-purpose", "prefetch;prerender"),
        (Method::GET, "/", "purpose", "prefetch"),
        (Method::GET, "/healthz", "accept", "*/*"),
        (Method::GET, "/docs", "accept", "*/*"),
        (Method::GET, "/api/v1/images/random", "accept", "*/*"),
    ] {
        let answer = app.request(method, path).header(name, value).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), total(&app).await), (200, 0), "{path}");
    }
    app.get("/").await;
    assert_eq!(total(&app).await, 1);
}

#[tokio::test]
async fn the_history_has_every_step() {
    let app = TestApp::empty().await;
    for _ in 0..3 {
        app.request(Method::POST, "/api/v1/visits").send().await.unwrap();
    }
    let sum = |history: serde_json::Value| -> (usize, u64) {
        let items = history["items"].as_array().unwrap().clone();
        (items.len(), items.iter().map(|step| step["count"].as_u64().unwrap()).sum())
    };
    let (steps, visits) = sum(app.json("/api/v1/visits/history").await);
    assert!((24..=25).contains(&steps) && visits == 3, "{steps} steps, {visits} visits");
    let (steps, visits) = sum(app.json("/api/v1/visits/history?step=day").await);
    assert!((30..=31).contains(&steps) && visits == 3, "{steps} steps, {visits} visits");
    let past = "from=2001-02-03T04:30:00Z&to=2001-02-03T07:00:00Z";
    let history = app.json(&format!("/api/v1/visits/history?{past}")).await;
    assert_eq!(history["items"][0], serde_json::json!({"from": "2001-02-03T04:00:00Z", "count": 0}));
    assert_eq!(sum(history), (3, 0));
}

#[tokio::test]
async fn an_impossible_history_is_refused_with_the_reason() {
    let app = TestApp::empty().await;
    for (query, word) in [
        ("from=2002-01-01T00:00:00Z&to=2001-01-01T00:00:00Z", "earlier than `to`"),
        ("from=0001-01-01T00:00:00Z", "at most 10000 steps"),
        ("from=yesterday", "a time such as"),
        ("step=week", "hour or day"),
    ] {
        let detail = problem(app.get(&format!("/api/v1/visits/history?{query}")).await, 400, "invalid-parameter").await;
        assert!(detail.contains(word), "{query}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_with_a_key_is_counted_once() {
    let mut app = TestApp::empty().await;
    let count = async |app: &TestApp, key: &str| {
        let request = app.request(Method::POST, "/api/v1/visits").header("Idempotency-Key", key);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let first = count(&app, "8e03978e-40d5-43e8-bc93-6894a57f9324").await;
    assert_eq!(first.0, 201, "{first:?}");
    assert_eq!(count(&app, "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"").await, first, "as a structured field");
    assert_ne!(count(&app, "another").await.1, first.1);
    assert_eq!(total(&app).await, 2);
    app.restart().await;
    assert_eq!(count(&app, "8e03978e-40d5-43e8-bc93-6894a57f9324").await, first);
    assert_eq!(total(&app).await, 2);
    for wrong in ["", "with space", &"x".repeat(256), "\u{d7}\u{f8}"] {
        let (status, problem) = count(&app, wrong).await;
        assert_eq!(status, 400, "{wrong:?}");
        assert!(problem.contains("Idempotency-Key") && problem.contains("1 to 255 characters"), "{problem}");
    }
}
