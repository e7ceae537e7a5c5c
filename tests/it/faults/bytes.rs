//! A bucket that fails: what is in memory is served, what is not is an error that says so, and nothing wrong is ever
//! given out or kept.

use std::time::Duration;

use reqwest::Method;
use sirius::config::Delivery;

use crate::support::app::{header, problem};
use crate::support::bucket::{Bucket, Mood, TIMEOUT};
use crate::support::{TestApp, pictures};

/// A Sirius with pictures in a bucket, and their addresses.
async fn with_bucket(count: u32, change: impl FnOnce(&mut sirius::config::Config)) -> (Bucket, TestApp, Vec<String>) {
    let bucket = Bucket::start().await;
    let blobs = bucket.settings();
    let app = TestApp::with(|config| {
        config.blobs = blobs;
        change(config);
    })
    .await;
    let folder = app.path("pictures");
    pictures::fill(&folder, count);
    app.import(&[folder]).await;
    let paths = app.ids("").await.iter().map(|id| format!("/api/v1/images/{id}/content")).collect();
    (bucket, app, paths)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_bucket_is_away_hot_pictures_are_served_and_the_others_say_so() {
    let (bucket, app, paths) = with_bucket(2, |_| ()).await;
    let (hot, cold) = (&paths[0], &paths[1]);
    let bytes = app.get(hot).await.bytes().await.unwrap();
    for away in [Mood::Unavailable, Mood::Hanging] {
        bucket.set(away);
        assert_eq!(app.get(hot).await.bytes().await.unwrap(), bytes, "{away:?}");
        let refused = app.get(cold).await;
        assert!(!header(&refused, "retry-after").is_empty());
        assert_eq!(header(&refused, "cache-control"), "no-store");
        let detail = problem(refused, 502, "bytes-unavailable").await;
        assert!(detail.contains("does not answer"), "{detail}");
        readiness(&app, "degraded").await;
        // The head of an answer needs no bytes.
        assert_eq!(app.request(Method::HEAD, cold).send().await.unwrap().status(), 200);
        bucket.set(Mood::Fine);
        readiness(&app, "ok").await;
    }
    assert_eq!(app.get(cold).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_truncated_wrong_or_lost_is_an_error_that_is_counted_and_not_kept() {
    // Through memory, and streamed.
    for max_object_bytes in [1 << 20, 1] {
        let (bucket, app, paths) = with_bucket(1, |config| config.cache.max_object_bytes = max_object_bytes).await;
        let path = &paths[0];
        for mood in [Mood::Truncated, Mood::Wrong] {
            bucket.set(mood);
            let before = failures(&app).await;
            let answer = app.get(path).await;
            if answer.status() == 200 {
                assert_eq!(max_object_bytes, 1, "what goes through memory is known before it is sent");
                answer.bytes().await.expect_err("it looked complete");
            } else {
                problem(answer, 502, "bytes-unavailable").await;
            }
            assert!(failures(&app).await > before, "{mood:?} was not counted");
        }
        bucket.set(Mood::Fine);
        let whole = app.get(path).await;
        assert_eq!((whole.status().as_u16(), whole.bytes().await.unwrap().is_empty()), (200, false));
    }
    let (bucket, app, paths) = with_bucket(1, |_| ()).await;
    let etag = header(&app.request(Method::HEAD, &paths[0]).send().await.unwrap(), "etag").to_owned();
    assert!(bucket.lose(etag.trim_matches('"')));
    let detail = problem(app.get(&paths[0]).await, 502, "bytes-unavailable").await;
    assert!(detail.contains("missing"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_bucket_is_asked_once_for_all_who_wait() {
    let (bucket, app, paths) = with_bucket(1, |_| ()).await;
    bucket.set(Mood::Slow(TIMEOUT / 2));
    let asked = (0..50).map(|_| async { app.get(&paths[0]).await.status().as_u16() });
    let statuses = futures_util::future::join_all(asked).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(bucket.gets(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_are_allowed_wait_for_their_turn_or_are_told() {
    let (bucket, app, paths) = with_bucket(6, |config| config.blobs.max_requests = 1).await;
    let ask_all = async || {
        let asked = paths.iter().map(|path| async { app.get(path).await.status().as_u16() });
        let mut statuses = futures_util::future::join_all(asked).await;
        statuses.sort_unstable();
        statuses
    };
    bucket.set(Mood::Slow(TIMEOUT * 3 / 4));
    let statuses = ask_all().await;
    assert_eq!((statuses[0], statuses[5]), (200, 502), "{statuses:?}");
    bucket.set(Mood::Fine);
    assert_eq!(ask_all().await, [200; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_sent_to_the_bucket_and_asked_nothing_twice() {
    let (bucket, app, paths) = with_bucket(1, |config| config.blobs.delivery = Delivery::Redirect).await;
    let path = &paths[0];
    let answer = app.get(path).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(header(&answer, "cache-control"), "public, max-age=300");
    assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    let location = header(&answer, "location").to_owned();
    assert!(location.starts_with(&format!("{}/pictures/below/here/", bucket.origin())), "{location}");
    assert!(location.contains("X-Amz-Expires=1200") && !location.contains("secret-of-the-test"), "{location}");
    assert_eq!(header(&app.get(path).await, "location"), location, "a browser knows its bytes by their address");

    let head = app.request(Method::HEAD, path).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-type")), (200, "image/png"));
    let etag = header(&head, "etag").to_owned();
    let asked =
        async |name: &str, value: &str| app.request(Method::GET, path).header(name, value).send().await.unwrap();
    assert_eq!(asked("if-none-match", &etag).await.status(), 304);
    assert_eq!(asked("range", "bytes=0-9").await.status(), 302, "the bucket knows ranges itself");
    assert_eq!(asked("range", "bytes=99999999-").await.status(), 416);
    let random = app.request(Method::GET, "/api/v1/images/random?as=image").send().await.unwrap();
    assert_eq!((random.status().as_u16(), header(&random, "cache-control")), (302, "no-store"));
    assert_eq!(header(&random, "content-location"), path);
    assert_eq!(bucket.gets(), 0);

    let page = app.get("/").await;
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("img-src 'self' data: https: http:"), "{policy}");
}

async fn failures(app: &TestApp) -> u64 {
    let metrics = app.admin("/metrics").send().await.unwrap().text().await.unwrap();
    let samples = metrics.lines().filter(|line| line.starts_with("sirius_blob_failures_total{"));
    samples.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
}

/// Waits until `/readyz` says so; it stays 200 all the while.
async fn readiness(app: &TestApp, status: &str) {
    for _ in 0..400 {
        let answer = app.admin("/readyz").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let report: serde_json::Value = answer.json().await.unwrap();
        if report["status"] == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("/readyz never said {status}");
}
