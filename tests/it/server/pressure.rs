//! Who leaves when there is no room left: those that keep the server waiting, and nobody else.

use std::time::Duration;

use sirius::config;
use tokio::time::{sleep, timeout};

use super::client::Client;
use super::{LARGE_BYTES, LONGER, NEVER, Running, SHORT, settings};

async fn ask(server: &Running, path: &str) -> Client {
    let mut client = server.client().await;
    client.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
    client
}

#[tokio::test]
async fn who_has_kept_the_server_waiting_longest_makes_room() {
    let server = Running::start(&config::Server { max_connections: 4, ..settings() });
    let mut silent = server.client().await;
    let mut busy = ask(&server, "/held").await;
    server.holds_one().await;
    let mut half = server.client().await;
    half.send("GET /hello HT").await;
    let mut idle = server.client().await;
    assert_eq!(idle.get("/hello").await.status, 200);

    // Each newcomer stays at work, so that it is not the next to leave.
    let mut newcomers = Vec::new();
    for waiting in [&mut silent, &mut half, &mut idle] {
        newcomers.push(ask(&server, "/held").await);
        server.holds_one().await;
        assert!(waiting.rest().await.is_empty());
    }
    // Now all are at work, and nobody leaves.
    assert_eq!(server.client().await.get("/hello").await.body, "TooManyConnections");
    server.held.release.add_permits(4);
    for client in newcomers.iter_mut().chain([&mut busy]) {
        assert_eq!(client.answer().await.body, "released");
    }
}

#[tokio::test]
async fn responses_that_nobody_takes_make_room_for_others() {
    let server = Running::start(&config::Server { max_unsent_bytes: LARGE_BYTES + 9, ..settings() });
    let mut sleeper = ask(&server, "/large").await;
    assert!(sleeper.head().await.starts_with("http/1.1 200"));
    let refused = server.client().await.get("/large").await;
    assert_eq!((refused.status, refused.body.as_str()), (503, "TooMuchUnsent"));
    assert_eq!(refused.field("retry-after"), Some("1"));
    // What is small needs no such room.
    assert_eq!(server.client().await.get("/hello").await.status, 200);
    let answered = async {
        while server.client().await.get("/large").await.body.len() != LARGE_BYTES {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(NEVER, answered).await.expect("the sleeper is cut off");
    assert!(sleeper.rest().await.len() < LARGE_BYTES);
}

#[tokio::test]
async fn who_takes_what_it_asked_for_is_not_cut_off_for_others() {
    let server = Running::start(&config::Server { max_unsent_bytes: LARGE_BYTES + 9, ..settings() });
    let mut slow = ask(&server, "/large").await;
    assert!(slow.head().await.starts_with("http/1.1 200"));
    // Two seconds in which others would like its room; it takes a little all the time.
    for _ in 0..10 {
        slow.take(1 << 20).await;
        assert_eq!(server.client().await.get("/large").await.status, 503);
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(slow.take(LARGE_BYTES - (10 << 20)).await, LARGE_BYTES - (10 << 20));
    assert_eq!(server.client().await.get("/large").await.body.len(), LARGE_BYTES);
}

#[tokio::test]
async fn a_client_that_takes_a_trickle_is_cut_off_like_one_that_takes_nothing() {
    let server = Running::start(&config::Server { stall_timeout: SHORT, ..settings() });
    let mut client = Client::connect_with_little_room(server.address).await;
    client.send("GET /large HTTP/1.1\r\nhost: test\r\n\r\n").await;
    // Some 25 KB/s, where 16 KiB in 300 ms are asked for.
    let trickle = async {
        while client.take(512).await == 512 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), trickle).await.expect("the server cuts it off");
}

#[tokio::test]
async fn a_client_that_asks_on_and_takes_nothing_is_not_read_any_further() {
    const AT_ONCE: usize = 100;
    let server = Running::start(&settings());
    server.held.release.add_permits(1 << 20);
    let mut client = Client::connect_with_little_room(server.address).await;
    // Answers without a body are the small ones: of those, the most fit into any buffer.
    let requests = "HEAD /held HTTP/1.1\r\nhost: test\r\n\r\n".repeat(AT_ONCE);
    let mut sent = 0;
    while timeout(LONGER, client.try_send(&requests)).await.is_ok() {
        sent += AT_ONCE;
        assert!(sent < 1_000_000, "all that was asked was read, and no answer was taken");
    }
    // What was not read waits with the system, which has its own bounds; and others do not wait.
    let mut answered = 0;
    while server.held.entered.available_permits() > answered {
        answered = server.held.entered.available_permits();
        sleep(LONGER).await;
    }
    assert!(answered < sent, "{answered} of {sent} were answered");
    assert_eq!(server.client().await.get("/hello").await.status, 200);
}
