//! Quotas, as clients meet them.

use reqwest::Method;
use sirius::config::Rate;

use crate::support::TestApp;
use crate::support::app::{header, problem};

#[tokio::test]
async fn over_its_quota_a_client_is_told_when_to_come_back() {
    let app = TestApp::with(|config| {
        config.limits.reads = Rate { per_second: 1, burst: 3 };
        config.limits.visits = Rate { per_second: 1, burst: 1 };
    })
    .await;
    for left in [2, 1, 0] {
        let answer = app.get("/api/v1/tags").await;
        assert_eq!(answer.status(), 200);
        assert!(header(&answer, "ratelimit-policy").starts_with("\"reads\";q=3;w=3"), "{answer:?}");
        assert!(header(&answer, "ratelimit").starts_with(&format!("\"reads\";r={left};t=")), "{answer:?}");
    }
    let refused = app.get("/api/v1/tags").await;
    let seconds: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!(seconds >= 1);
    assert!(header(&refused, "ratelimit").starts_with("\"reads\";r=0;t="));
    assert_eq!(header(&refused, "access-control-allow-origin"), "*");
    problem(refused, 429, "too-many-requests").await;

    // Each class has its own, and probes of load balancers have none.
    assert_eq!(app.request(Method::POST, "/api/v1/visits").send().await.unwrap().status(), 201);
    assert_eq!(app.request(Method::POST, "/api/v1/visits").send().await.unwrap().status(), 429);
    for _ in 0..5 {
        assert_eq!(app.get("/healthz").await.status(), 200);
    }
}

#[tokio::test]
async fn without_limits_nobody_is_counted_or_told_so() {
    let app = TestApp::with(|config| {
        config.limits.enabled = false;
        config.limits.reads = Rate { per_second: 1, burst: 1 };
    })
    .await;
    for _ in 0..5 {
        let answer = app.get("/api/v1/tags").await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("ratelimit"), "{answer:?}");
    }
}

#[tokio::test]
async fn only_trusted_proxies_name_the_client() {
    let ask = |app: &TestApp, forwarded: &str| {
        app.request(Method::GET, "/api/v1/tags").header("x-forwarded-for", forwarded).send()
    };
    let limited = |config: &mut sirius::config::Config| config.limits.reads = Rate { per_second: 1, burst: 1 };

    // Nobody is trusted: whatever the header says, it is one client.
    let app = TestApp::with(limited).await;
    assert_eq!(ask(&app, "192.0.2.1").await.unwrap().status(), 200);
    assert_eq!(ask(&app, "192.0.2.2").await.unwrap().status(), 429);

    // One proxy is trusted: the address that it appended counts, those before it are the client's own invention.
    let app = TestApp::with(|config| {
        limited(config);
        config.server.trusted_proxies = 1;
    })
    .await;
    assert_eq!(ask(&app, "192.0.2.1").await.unwrap().status(), 200);
    assert_eq!(ask(&app, "192.0.2.2").await.unwrap().status(), 200);
    assert_eq!(ask(&app, "203.0.113.9, 192.0.2.1").await.unwrap().status(), 429);
    // IPv6 clients are told apart by /64.
    assert_eq!(ask(&app, "2001:db8::1").await.unwrap().status(), 200);
    assert_eq!(ask(&app, "2001:db8::2").await.unwrap().status(), 429);
    assert_eq!(ask(&app, "2001:db8:0:1::1").await.unwrap().status(), 200);
}
