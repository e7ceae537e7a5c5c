//! How a server stops.

use tokio::net::TcpStream;

use super::client::Client;
use super::{Running, SHORT, settings};

/// A client whose request to `/held` is under way.
async fn held(server: &Running) -> Client {
    let mut client = server.client().await;
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    server.holds_one().await;
    client
}

#[tokio::test]
async fn what_is_under_way_ends_and_what_is_idle_closes() {
    let server = Running::start(&settings());
    let (mut idle, mut silent, mut busy) = (server.client().await, server.client().await, held(&server).await);
    assert_eq!(idle.get("/hello").await.status, 200);

    server.stop.cancel();
    assert!(idle.rest().await.is_empty());
    assert!(silent.rest().await.is_empty());
    assert!(TcpStream::connect(server.address).await.is_err());

    server.release();
    let answer = busy.answer().await;
    assert_eq!((answer.body.as_str(), answer.field("connection")), ("released", Some("close")));
    busy.rest().await;
    assert_eq!(server.stopped().await.connections_cut_off, 0);
}

#[tokio::test]
async fn who_keeps_a_connection_is_told_to_come_by_another_before_it_stops() {
    let server = Running::start(&settings());
    let mut client = server.client().await;
    assert_eq!(client.get("/hello").await.field("connection"), None);
    server.parting.begin();
    let answer = client.get("/hello").await;
    assert_eq!((answer.status, answer.field("connection")), (200, Some("close")));
    assert!(client.rest().await.is_empty());
    assert_eq!(server.client().await.get("/hello").await.status, 200);
}

#[tokio::test]
async fn what_has_not_ended_by_the_deadline_is_cut_off_and_counted() {
    let server = Running::start_with(&settings(), SHORT);
    let (mut idle, mut first, mut second) = (server.client().await, held(&server).await, held(&server).await);
    assert_eq!(idle.get("/hello").await.status, 200);
    assert_eq!(server.stopped().await.connections_cut_off, 2);
    assert!(first.rest().await.is_empty());
    assert!(second.rest().await.is_empty());
}

#[tokio::test]
async fn half_a_head_does_not_hold_the_drain_up_for_longer_than_its_deadline() {
    let server = Running::start_with(&settings(), SHORT);
    let mut client = server.client().await;
    client.send("GET /hello HTTP/1.1\r\nhost: test\r\n").await;
    // Another connection is served after it: by then the half head has been read.
    assert_eq!(server.client().await.get("/hello").await.status, 200);
    server.stopped().await;
    assert!(client.rest().await.is_empty());
}
