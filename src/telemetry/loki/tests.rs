//! The account under every fault, against a Loki that has them on demand. What the real one does is tried elsewhere.

use std::time::Duration;

use tracing::subscriber::{set_default, with_default};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use super::*;
use crate::config::Secret;
use crate::telemetry::context::Context;
use crate::telemetry::health::DropReason;
use crate::telemetry::route::Route;

#[path = "../../../tests/it/support/loki.rs"]
mod fake;

use fake::{FakeLoki, Mood};

fn settings(loki: &FakeLoki) -> config::Loki {
    let _ = rustls::crypto::ring::default_provider().install_default();
    config::Loki {
        url: loki.url().parse().ok(),
        lines_per_second: 5_000,
        timeout: Duration::from_millis(500),
        ..config::Loki::default()
    }
}

fn start(settings: &config::Loki) -> (Loki, impl tracing::Subscriber + Send + Sync + 'static) {
    let (loki, tap) = Loki::start(settings, &config::Traces::default()).unwrap().unwrap();
    (loki, Registry::default().with(tap))
}

/// Stops and checks that the account adds up to the last line.
async fn stop(loki: Loki, fake: &FakeLoki) -> Balance {
    let account = loki.account();
    tokio::task::spawn_blocking(|| loki.stop(Duration::from_secs(2)).wait()).await.unwrap();
    let balance = account.balance();
    assert_eq!(balance.offered, balance.delivered + balance.dropped(), "{balance:?}");
    assert_eq!(balance.delivered, fake.taken().len() as u64, "{balance:?}");
    balance
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_arrive_with_their_labels_ids_and_fields() {
    let fake = FakeLoki::start().await;
    let settings = config::Loki {
        deployment_environment: Some("test".to_owned()),
        tenant: Some("dogs".to_owned()),
        token: Some(Secret::new("a-token-of-enough-characters".to_owned())),
        ..settings(&fake)
    };
    let (loki, subscriber) = start(&settings);
    let context = Context::begin(&HeaderMap::new(), Route::UNMATCHED);
    let emit = async {
        let _listening = set_default(subscriber);
        tracing::warn!(status = 503, share = 0.5, ok = false, path = "/a\x1b\u{9b}b", why = ?Some(1), "went {}", "wrong");
    };
    context.scope(emit).await;
    assert_eq!(stop(loki, &fake).await, Balance { offered: 1, delivered: 1, dropped: Vec::new() });

    let taken = fake.taken().remove(0);
    assert_eq!(taken.labels, r#"{service_name="sirius",deployment_environment="test",level="warn"}"#);
    let line = taken.line;
    assert_eq!(line["trace_id"], context.trace_id().to_string());
    assert_eq!(line["span_id"], context.span_id().to_string());
    assert_eq!((&line["message"], &line["status"]), (&"went wrong".into(), &503.into()));
    assert_eq!((&line["share"], &line["ok"], &line["why"]), (&0.5.into(), &false.into(), &"Some(1)".into()));
    assert_eq!((&line["path"], &line["_target"]), (&"/a\x1b\u{fffd}b".into(), &module_path!().into()));
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    let head = fake.heads().remove(0);
    for header in
        ["POST /loki/api/v1/push ", "x-scope-orgid: dogs", "authorization: Bearer a-token-of-enough-characters"]
    {
        assert!(head.contains(header), "{head}");
    }
}

#[test]
fn the_environment_is_the_one_that_traces_have_unless_it_is_set() {
    let attributes = config::Attributes::parse("team=stars,deployment.environment.name=staging");
    let traces = config::Traces { resource_attributes: attributes, ..config::Traces::default() };
    assert_eq!(environment(&config::Loki::default(), &traces), Some("staging"));
    let set = config::Loki { deployment_environment: Some("production".to_owned()), ..config::Loki::default() };
    assert_eq!(environment(&set, &traces), Some("production"));
    assert_eq!(environment(&config::Loki::default(), &config::Traces::default()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_password_are_sent_as_basic_authentication() {
    let fake = FakeLoki::start().await;
    let password = Some(Secret::new("open sesame".to_owned()));
    let settings = config::Loki { username: Some("Aladdin".to_owned()), password, ..settings(&fake) };
    let (loki, subscriber) = start(&settings);
    with_default(subscriber, || tracing::info!("hello"));
    stop(loki, &fake).await;
    assert!(fake.heads()[0].contains("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "{:?}", fake.heads());
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_and_slow_requests_go_first_when_there_are_more_lines_than_may_be_sent() {
    let fake = FakeLoki::start().await;
    let (loki, subscriber) = start(&config::Loki { lines_per_second: 50, ..settings(&fake) });
    with_default(subscriber, || {
        for _ in 0..1_000 {
            tracing::info!(n = 1, "ordinary");
        }
        tracing::error!("an error");
        tracing::info!(slow = true, "a slow request");
    });
    let balance = stop(loki, &fake).await;
    assert!(balance.dropped.iter().all(|(reason, _)| *reason == DropReason::Budget), "{balance:?}");
    assert!(balance.dropped() >= 900, "{balance:?}");
    for message in ["an error", "a slow request"] {
        assert!(fake.taken().iter().any(|taken| taken.line["message"] == message), "{message}");
    }
}

/// Sends lines while Loki has a fault and afterwards; returns the account when they come again.
async fn through(fault: Mood) -> Balance {
    let fake = FakeLoki::start().await;
    let (loki, subscriber) = start(&settings(&fake));
    let _listening = set_default(subscriber);
    tracing::info!("before");
    fake.wait_for(|taken| taken.line["message"] == "before").await;
    fake.be(fault);
    for n in 0..150 {
        tracing::info!(n, "during");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fake.be(Mood::Well);
    comes_again(&fake).await;
    stop(loki, &fake).await
}

/// Says something until it arrives: what is said while Loki is taken for ill is dropped.
async fn comes_again(fake: &FakeLoki) {
    let say = async {
        loop {
            tracing::info!("after");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = say => {}
        _ = fake.wait_for(|taken| taken.line["message"] == "after") => {}
    }
}

fn dropped(balance: &Balance, reason: DropReason) -> u64 {
    balance.dropped.iter().find(|(dropped, _)| *dropped == reason).map_or(0, |(_, count)| *count)
}

#[tokio::test]
async fn a_loki_that_refuses_is_left_alone_until_it_is_well() {
    for fault in [Mood::Refusing(500), Mood::Refusing(429), Mood::Lying] {
        let balance = through(fault).await;
        assert!(dropped(&balance, DropReason::ExportFailed) > 0, "{fault:?}: {balance:?}");
        assert!(dropped(&balance, DropReason::Unavailable) > 0, "{fault:?}: {balance:?}");
        assert_eq!(dropped(&balance, DropReason::Unconfirmed), 0, "{fault:?}: {balance:?}");
    }
}

#[tokio::test]
async fn what_a_loki_does_not_answer_is_unconfirmed() {
    for fault in [Mood::Hanging, Mood::Resetting, Mood::Slow(Duration::from_secs(10))] {
        let balance = through(fault).await;
        assert!(dropped(&balance, DropReason::Unconfirmed) > 0, "{fault:?}: {balance:?}");
        assert!(dropped(&balance, DropReason::Unavailable) > 0, "{fault:?}: {balance:?}");
    }
}

#[tokio::test]
async fn a_loki_that_is_gone_is_found_again() {
    let mut fake = FakeLoki::start().await;
    fake.close();
    let (loki, subscriber) = start(&settings(&fake));
    let _listening = set_default(subscriber);
    for _ in 0..100 {
        tracing::info!("during");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fake.open().await;
    comes_again(&fake).await;
    assert!(stop(loki, &fake).await.dropped() > 0);
}

#[tokio::test]
async fn stopping_sends_what_waits_and_gives_up_on_a_loki_that_hangs() {
    let fake = FakeLoki::start().await;
    let (loki, subscriber) = start(&settings(&fake));
    with_default(subscriber, || (0..1_200).for_each(|n| tracing::info!(n, "quickly")));
    assert_eq!(stop(loki, &fake).await.delivered, 1_200);
    let requests = fake.heads().iter().filter(|head| head.starts_with("POST ")).count();
    assert!((3..=5).contains(&requests), "one request a batch: {requests}");

    let fake = FakeLoki::start().await;
    fake.be(Mood::Hanging);
    let (loki, subscriber) = start(&config::Loki { timeout: Duration::from_secs(30), ..settings(&fake) });
    with_default(subscriber, || (0..1_200).for_each(|n| tracing::info!(n, "quickly")));
    let balance = stop(loki, &fake).await;
    assert_eq!(dropped(&balance, DropReason::Unconfirmed), push::BATCH as u64);
    assert_eq!(dropped(&balance, DropReason::Stopped), 1_200 - push::BATCH as u64);
}

#[tokio::test]
async fn a_batch_goes_by_the_connection_of_the_one_before() {
    let fake = FakeLoki::start().await;
    let (loki, subscriber) = start(&settings(&fake));
    let _listening = set_default(subscriber);
    let mut connections = Vec::new();
    for n in 0..4 {
        tracing::info!(n, "another");
        fake.wait_for(|taken| taken.line["n"] == n).await;
        connections.push(fake.connections());
    }
    // On a machine that stands still for seconds, one may have rested for too long to be used again.
    assert!(connections.is_sorted() && connections[3] < 4, "{connections:?}");
    assert_eq!(stop(loki, &fake).await, Balance { offered: 4, delivered: 4, dropped: Vec::new() });
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let fake = FakeLoki::start().await;
    fake.be(Mood::Hanging);
    let (loki, subscriber) = start(&config::Loki { timeout: Duration::from_secs(30), ..settings(&fake) });
    with_default(subscriber, || {
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            tracing::error!("again and again");
        }
    });
    assert!(dropped(&stop(loki, &fake).await, DropReason::QueueFull) > 0);
}
