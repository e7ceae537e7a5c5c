//! What is refused because it is too much.

use std::time::{Duration, Instant};

use sirius::config;
use tokio::time::timeout;

use super::{NEVER, Running, SHORT, settings};

#[tokio::test]
async fn a_head_that_is_too_large_is_answered_431() {
    let server = Running::start(&config::Server { max_head_bytes: 8 << 10, ..settings() });
    let mut client = server.client().await;
    // More than the server reads: the answer has to survive what is still coming.
    client.send(format!("GET /hello HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "x".repeat(300 << 10))).await;
    assert_eq!(client.answer().await.status, 431);
    client.rest().await;
    let mut client = server.client().await;
    client.send(format!("GET /hello HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "x".repeat(7 << 10))).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let server = Running::start(&config::Server { max_body_bytes: 1_000, ..settings() });
    let mut client = server.client().await;
    client.send("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 1001\r\n\r\n").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.field("connection")), (413, Some("close")));
    // Also when it is sent all the same.
    let mut client = server.client().await;
    client
        .send(format!("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 500000\r\n\r\n{}", "x".repeat(500_000)))
        .await;
    assert_eq!(client.answer().await.status, 413);

    let mut client = server.client().await;
    client
        .send(format!("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n{}", "x".repeat(1_000)))
        .await;
    assert_eq!(client.answer().await.body, "1000");
}

#[tokio::test]
async fn a_body_that_turns_out_too_large_breaks_off_at_the_limit() {
    let server = Running::start(&config::Server { max_body_bytes: 1_000, ..settings() });
    let chunk = format!("258\r\n{}\r\n", "x".repeat(600));
    let mut client = server.client().await;
    client
        .send(format!("POST /length HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"))
        .await;
    assert_eq!(client.answer().await.body, "600");
    client
        .send(format!(
            "POST /length HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
        ))
        .await;
    assert_eq!(client.answer().await.status, 413);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_so_and_closed() {
    let server = Running::start(&config::Server { max_connections: 2, ..settings() });
    let (mut first, mut second) = (server.client().await, server.client().await);
    for client in [&mut first, &mut second] {
        client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
        server.holds_one().await;
    }

    let mut third = server.client().await;
    let answer = third.get("/hello").await;
    assert_eq!((answer.status, answer.body.as_str()), (503, "TooManyConnections"));
    assert_eq!((answer.field("connection"), answer.field("retry-after")), (Some("close"), Some("1")));
    third.rest().await;

    server.release();
    server.release();
    assert_eq!(first.answer().await.body, "released");
    assert_eq!(second.answer().await.body, "released");
    assert_eq!(server.client().await.get("/hello").await.status, 200);
}

#[tokio::test]
async fn requests_beyond_the_limit_are_refused_and_may_try_again() {
    let server = Running::start(&config::Server { max_requests: 1, ..settings() });
    let (mut first, mut second) = (server.client().await, server.client().await);
    first.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    server.holds_one().await;
    let refused = second.get("/hello").await;
    assert_eq!((refused.status, refused.body.as_str()), (503, "TooManyRequests"));
    assert_eq!(refused.field("retry-after"), Some("1"));
    server.release();
    assert_eq!(first.answer().await.body, "released");
    assert_eq!(second.get("/hello").await.status, 200);
}

#[tokio::test]
async fn a_refusal_that_is_ready_made_is_one_like_any_other() {
    let server = Running::start(&config::Server { max_requests: 1, ..settings() });
    let (mut first, mut second) = (server.client().await, server.client().await);
    first.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    server.holds_one().await;

    let (one, other) = (second.get("/hello").await, second.get("/hello").await);
    let (one, other) = (one.field("x-trace-id").unwrap(), other.field("x-trace-id").unwrap());
    assert!(one.len() == 32 && other.len() == 32 && one != other, "{one} {other}");

    let told = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    second.send(&format!("GET /hello HTTP/1.1\r\nhost: test\r\n{told}\r\n\r\n")).await;
    assert_eq!(second.answer().await.field("x-trace-id"), Some("4bf92f3577b34da6a3ce929d0e0e4736"));

    second.send("POST /hello HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\n").await;
    let unread = second.answer().await;
    assert_eq!((unread.status, unread.field("connection")), (503, Some("close")), "its body is not read");
    server.release();
    assert_eq!(first.answer().await.body, "released");
}

#[tokio::test]
async fn while_requests_wait_for_a_processor_some_are_refused_and_none_afterwards() {
    let server = Running::start(&config::Server { max_lag: Duration::from_millis(5), ..settings() });
    let mut client = server.client().await;
    let hog = tokio::spawn(async {
        loop {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(30) {
                std::hint::spin_loop();
            }
            tokio::task::yield_now().await;
        }
    });
    let refusal = async {
        loop {
            let answer = client.get("/hello").await;
            if answer.status != 200 {
                return answer;
            }
        }
    };
    let refused = timeout(NEVER, refusal).await.expect("one is refused");
    assert_eq!((refused.status, refused.body.as_str()), (503, "Lagging"));
    assert_eq!(refused.field("retry-after"), Some("1"));
    hog.abort();
    let recovery = async {
        let mut in_a_row = 0;
        while in_a_row < 100 {
            in_a_row = if client.get("/hello").await.status == 200 { in_a_row + 1 } else { 0 };
        }
    };
    timeout(NEVER, recovery).await.expect("none is refused any more");
}

#[tokio::test]
async fn a_request_without_a_response_in_time_is_answered_503() {
    let server = Running::start(&config::Server { request_timeout: SHORT, max_requests: 1, ..settings() });
    let mut client = server.client().await;
    let answer = client.get("/held").await;
    assert_eq!((answer.status, answer.body.as_str()), (503, "RequestTimeout"));
    assert_eq!(client.get("/hello").await.status, 200);
}
