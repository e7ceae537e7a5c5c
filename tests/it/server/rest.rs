//! Connections at rest, which hyper does not have: they go on where they were, and end as others do.

use std::time::Duration;

use sirius::config;
use tokio::time::sleep;

use super::client::Client;
use super::{NEVER, Running, SHORT, settings};
use crate::hostile::frames::{END_HEADERS, END_STREAM, GOAWAY, HEADERS, frame, get, kinds, opening};

/// Longer than hyper keeps a connection on which nothing is under way.
const RESTED: Duration = Duration::from_millis(1_300);

/// A client whose connection has served, and is at rest.
async fn rested(server: &Running) -> Client {
    let mut client = server.client().await;
    assert_eq!(client.get("/hello").await.body, "hello");
    sleep(RESTED).await;
    client
}

#[tokio::test]
async fn it_goes_on_where_it_was_however_its_heads_are_cut() {
    let server = Running::start(&settings());
    let mut client = rested(&server).await;
    client.send("GET /1 HTTP/1.1\r\nhost: test\r\n\r\nGET /2 HT").await;
    assert_eq!(client.answer().await.body, "/1");
    sleep(RESTED).await;
    client.send("TP/1.1\r\nho").await;
    sleep(RESTED).await;
    client
        .send("st: test\r\n\r\n\r\nGET /3 HTTP/1.1\r\nhost: test\r\n\r\nPOST /length HTTP/1.1\r\nhost: test\r\n")
        .await;
    assert_eq!(client.answer().await.body, "/2");
    assert_eq!(client.answer().await.body, "/3");
    sleep(RESTED).await;
    client.send("content-length: 4\r\n\r\nfo").await;
    sleep(RESTED).await;
    client.send("ur").await;
    assert_eq!(client.answer().await.body, "4");
    assert_eq!(client.get("/hello").await.body, "hello");
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_no_request() {
    let server = Running::start(&settings());
    let hidden = "GET /hidden HTTP/1.1\r\nhost: test\r\n\r\n";
    let head = format!("POST /hello HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n", hidden.len());
    let mut client = server.client().await;
    client.send(format!("{head}{hidden}")).await;
    assert_eq!(client.answer().await.body, "hello");
    sleep(RESTED).await;
    assert_eq!(client.get("/length").await.body, "0");

    // It comes when the response is over.
    let mut client = server.client().await;
    client.send(&head).await;
    assert_eq!(client.answer().await.body, "hello");
    sleep(RESTED).await;
    let _ = client.try_send(hidden).await;
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn it_ends_with_its_client_with_the_server_or_for_others() {
    let server = Running::start(&config::Server { max_connections: 1, ..settings() });
    let mut client = rested(&server).await;
    let mut other = server.client().await;
    assert_eq!(other.get("/hello").await.status, 200);
    assert!(client.rest().await.is_empty());
    sleep(RESTED).await;
    server.stop.cancel();
    assert!(other.rest().await.is_empty());
    assert_eq!(server.stopped().await.connections_cut_off, 0);
}

#[tokio::test]
async fn its_deadlines_are_those_of_others() {
    let short = Duration::from_secs(2);
    let server = Running::start(&config::Server { keep_alive_timeout: short, ..settings() });
    assert!(rested(&server).await.rest().await.is_empty());

    let server = Running::start(&config::Server { head_timeout: short, ..settings() });
    let mut client = rested(&server).await;
    client.send("GET /hello HTTP/1.1\r\n").await;
    assert!(client.rest().await.is_empty());
    // Half a head that came with a request before it has its deadline, too.
    let mut client = server.client().await;
    client.send("GET /hello HTTP/1.1\r\nhost: test\r\n\r\nGET /h").await;
    assert_eq!(client.answer().await.body, "hello");
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn it_never_becomes_one_of_http2() {
    let server = Running::start(&settings());
    let mut client = rested(&server).await;
    client.send(opening(&[])).await;
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn what_is_no_head_is_told_so_at_once() {
    let server = Running::start(&settings());
    for bytes in ["\u{16}\u{3}\u{1}\u{2}\0", "GET / HTTP/1.1\r\n folded: yes\r\n"] {
        let mut client = server.client().await;
        client.send(bytes).await;
        assert!(client.rest().await.starts_with(b"HTTP/1.1 400 "), "{bytes:?}");
    }
}

#[tokio::test]
async fn those_that_take_much_memory_are_few_and_the_idle_ones_among_them_leave() {
    let server = Running::start(&config::Server { max_large_connections: 2, ..settings() });
    let mut crowd = Vec::new();
    for _ in 0..4 {
        let mut client = server.client().await;
        client.send(opening(&[])).await;
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/hello"))).await;
        assert!(client.take(20).await == 20, "each newcomer is let in");
        crowd.push(client);
    }
    let long = "x".repeat(5_000);
    let mut client = server.client().await;
    client.send(format!("GET /long HTTP/1.1\r\nhost: test\r\nx: {long}")).await;
    sleep(SHORT).await;
    client.send("\r\n\r\n").await;
    assert_eq!(client.answer().await.body, "/long");
    for client in &mut crowd[..2] {
        assert!(!kinds(&client.rest().await).contains(&GOAWAY), "it is cut off");
    }
}

#[tokio::test]
async fn a_large_head_that_is_whole_takes_no_such_room() {
    let server = Running::start(&config::Server { max_large_connections: 1, ..settings() });
    let head = format!("GET /held HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "x".repeat(5_000));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = server.client().await;
        client.send(&head).await;
        server.holds_one().await;
        clients.push(client);
    }
    server.held.release.add_permits(3);
    for client in &mut clients {
        assert_eq!(tokio::time::timeout(NEVER, client.answer()).await.unwrap().body, "released");
    }
}
