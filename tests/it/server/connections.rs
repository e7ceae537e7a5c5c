//! HTTP/1.1: what is answered, and when a connection is closed.

use std::net::SocketAddr;

use sirius::config;
use sirius::http::server::{BindError, Listener};

use super::{LARGE_BYTES, LONGER, Running, SHORT, settings};

#[tokio::test]
async fn a_connection_is_kept_alive_and_pipelined_requests_are_answered_in_order() {
    let server = Running::start(&settings());
    let mut client = server.client().await;
    assert_eq!(client.get("/hello").await.body, "hello");
    client.send("GET /1 HTTP/1.1\r\nhost: test\r\n\r\nGET /2 HTTP/1.1\r\nhost: test\r\n\r\nGET /3 HTTP/1.1\r\nhost: test\r\n\r\n").await;
    for path in ["/1", "/2", "/3"] {
        assert_eq!(client.answer().await.body, path);
    }
}

#[tokio::test]
async fn the_endpoint_is_told_both_addresses() {
    let server = Running::start(&settings());
    let mut client = server.client().await;
    let expected = format!("socket://{} socket://{}", client.local_addr(), server.address);
    assert_eq!(client.get("/peer").await.body, expected);
}

#[tokio::test]
async fn head_says_the_length_of_get_and_sends_no_body() {
    let server = Running::start(&settings());
    let mut client = server.client().await;
    client.send("HEAD /hello HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert!(client.head().await.contains("content-length: 5\r\n"));
    assert_eq!(client.get("/hello").await.status, 200);
}

#[tokio::test]
async fn a_panic_ends_its_own_connection_only() {
    let server = Running::start(&settings());
    let (mut other, mut client) = (server.client().await, server.client().await);
    assert_eq!(other.get("/hello").await.status, 200);
    client.send("GET /panic HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert!(client.rest().await.is_empty());
    assert_eq!(other.get("/hello").await.status, 200);
    assert_eq!(server.client().await.get("/hello").await.status, 200);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_closed() {
    let server = Running::start(&config::Server { first_byte_timeout: SHORT, ..settings() });
    assert!(server.client().await.rest().await.is_empty());
}

#[tokio::test]
async fn half_a_head_is_closed_while_an_idle_connection_lives() {
    let server = Running::start(&config::Server { head_timeout: SHORT, ..settings() });
    let mut idle = server.client().await;
    assert_eq!(idle.get("/hello").await.status, 200);

    for start in ["P", "PRI * HTTP/2.0\r\n", "G", "GET /hello HTTP/1.1\r\nhost:"] {
        let mut client = server.client().await;
        client.send(start).await;
        assert!(client.rest().await.is_empty(), "{start:?}");
    }
    // The same on a connection that has served before, whether the half head came alone or not.
    let mut client = server.client().await;
    assert_eq!(client.get("/hello").await.status, 200);
    client.send("GET /he").await;
    assert!(client.rest().await.is_empty());

    assert!(!idle.is_closed_within(LONGER).await);
    assert_eq!(idle.get("/hello").await.status, 200);
}

#[tokio::test]
async fn bodies_do_not_pass_for_half_a_head() {
    let server = Running::start(&config::Server { head_timeout: SHORT, ..settings() });
    for path in ["/length", "/hello"] {
        let mut client = server.client().await;
        client.send(format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nfour")).await;
        assert_eq!(client.answer().await.status, 200);
        assert!(!client.is_closed_within(LONGER).await, "{path}");
        assert_eq!(client.get("/hello").await.status, 200);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let server = Running::start(&config::Server { keep_alive_timeout: SHORT, ..settings() });
    let mut client = server.client().await;
    assert_eq!(client.get("/hello").await.status, 200);
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn a_request_that_takes_longer_than_idleness_may_is_answered() {
    let settings = config::Server { keep_alive_timeout: SHORT, head_timeout: SHORT, ..settings() };
    let server = Running::start(&settings);
    let mut client = server.client().await;
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert!(!client.is_closed_within(LONGER).await);
    server.release();
    assert_eq!(client.answer().await.body, "released");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_told_as_such() {
    let server = Running::start(&config::Server { stall_timeout: SHORT, ..settings() });
    let mut client = server.client().await;
    client.send("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nfive.").await;
    assert_eq!(client.answer().await.status, 408);
    client.rest().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let server = Running::start(&config::Server { stall_timeout: SHORT, ..settings() });
    let mut client = server.client().await;
    client.send("GET /large HTTP/1.1\r\nhost: test\r\n\r\n").await;
    tokio::time::sleep(LONGER).await;
    assert!(client.rest().await.len() < LARGE_BYTES);
    // One that takes it gets all of it.
    assert_eq!(server.client().await.get("/large").await.body.len(), LARGE_BYTES);
}

#[tokio::test]
async fn a_response_whose_body_does_not_come_is_cut_off() {
    let server = Running::start(&config::Server { stall_timeout: SHORT, ..settings() });
    let mut client = server.client().await;
    client.send("GET /silent HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let head = client.head().await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn a_busy_address_is_told_before_anything_starts() {
    let taken = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), "server.listen (--listen)").unwrap();
    let error = Listener::bind(taken.local_addr(), "server.listen (--listen)").unwrap_err();
    assert!(matches!(error, BindError::InUse { address, .. } if address == taken.local_addr()), "{error}");
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
    let error = Listener::bind(elsewhere, "server.listen (--listen)").unwrap_err();
    assert!(matches!(error, BindError::NotHere { .. }), "{error}");
}
