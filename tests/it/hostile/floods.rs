//! HTTP/2 floods: each ends its own connection, and others notice nothing.

use std::time::Duration;

use tokio::time::timeout;

use super::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, PING, PRIORITY, REFUSED_STREAM,
    RST_STREAM, SETTINGS, UNKNOWN, WINDOW_UPDATE, frame, get, kinds, opening, resets, settings,
};
use crate::server::client::Client;
use crate::support::TestApp;

/// Sends these bytes after an opening until the server closes, and gives what it said.
async fn flood(app: &TestApp, bytes: &[u8]) -> Vec<u8> {
    let mut client = Client::connect(app.public()).await;
    client.send(opening(&[])).await;
    // The server closes in the middle of it, perhaps with a reset.
    let sending = timeout(Duration::from_secs(30), client.try_send(bytes)).await;
    assert!(sending.is_ok(), "the server neither reads nor closes");
    let said = client.rest().await;
    assert_eq!(app.get("/healthz").await.status(), 200);
    said
}

#[tokio::test]
async fn frames_without_a_request_end_their_connection() {
    let app = TestApp::empty().await;
    let id = 1_u32.to_be_bytes();
    for (name, one) in [
        ("pings", frame(PING, 0, 0, &[7; 8])),
        ("settings", frame(SETTINGS, 0, 0, &settings(&[(INITIAL_WINDOW_SIZE, 1)]))),
        ("empty settings", frame(SETTINGS, 0, 0, &[])),
        ("window updates", frame(WINDOW_UPDATE, 0, 0, &id)),
        ("priorities", frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 9])),
        ("frames of no kind", frame(UNKNOWN, 0, 0, &[0; 64])),
        ("data of no stream", frame(DATA, 0, 1, b"x")),
        ("resets of no stream", frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])),
    ] {
        let said = flood(&app, &one.repeat(20_000)).await;
        // It does not answer without end.
        assert!(said.len() < 300_000, "{name}: {} bytes", said.len());
    }
}

#[tokio::test]
async fn requests_that_are_reset_at_once_end_their_connection() {
    let app = TestApp::with_pictures(1).await;
    let request = get("/api/v1/images/random");
    let flood_of = |count: u32| -> Vec<u8> {
        let one = |number: u32| {
            let stream = 2 * number + 1;
            let mut both = frame(HEADERS, END_HEADERS | END_STREAM, stream, &request);
            both.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
            both
        };
        (0..count).flat_map(one).collect()
    };
    let said = flood(&app, &flood_of(50_000)).await;
    assert!(said.len() < 1 << 20, "{} bytes", said.len());
}

#[tokio::test]
async fn a_head_without_an_end_ends_its_connection() {
    let app = TestApp::empty().await;
    let mut bytes = frame(HEADERS, END_STREAM, 1, &get("/healthz"));
    bytes.extend(frame(CONTINUATION, 0, 1, &[]).repeat(50_000));
    let said = flood(&app, &bytes).await;
    assert!(!kinds(&said).contains(&HEADERS));

    let mut bytes = frame(HEADERS, END_STREAM, 1, &get("/healthz"));
    let mut literal = vec![0, 1, b'x', 0x7f, 0x81, 0x06];
    literal.extend([b'y'; 896]);
    bytes.extend(frame(CONTINUATION, 0, 1, &literal).repeat(5_000));
    flood(&app, &bytes).await;
}

#[tokio::test]
async fn a_small_head_that_unpacks_into_a_large_one_is_refused() {
    let app = TestApp::empty().await;
    // One field of 3,900 bytes goes into the table, then is named 4,000 times in a byte each: 16 MB of fields.
    let mut block = get("/healthz");
    block.extend([0x40, 1, b'x', 0x7f, 0xbd, 0x1d]);
    block.extend([b'y'; 3_900]);
    block.extend([0xbe; 4_000]);
    let mut client = Client::connect(app.public()).await;
    client.send(opening(&[])).await;
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)).await;
    client.send(frame(GOAWAY, 0, 0, &[0; 8])).await;
    let said = kinds(&client.rest().await);
    assert!(!said.contains(&DATA), "it was not answered as an ordinary request: {said:?}");
    assert_eq!(app.get("/healthz").await.status(), 200);
}

/// Asks so many times without ever taking anything.
async fn ask_and_take_nothing(app: &TestApp, path: &str, count: u32) -> Client {
    let mut client = Client::connect(app.public()).await;
    client.send(opening(&[(INITIAL_WINDOW_SIZE, 0)])).await;
    for number in 0..count {
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &get(path))).await;
    }
    client
}

#[tokio::test]
async fn streams_without_a_window_are_reset_after_their_time() {
    let app = TestApp::with(|config| config.server.stall_timeout = Duration::from_millis(300)).await;
    let mut client = ask_and_take_nothing(&app, "/api/v1/images", 20).await;
    // Keep-alive pings go unanswered, too: the connection may end before it has reset all of them.
    let said = kinds(&client.rest().await);
    let count = |kind| said.split(|said| *said == kind).count() - 1;
    assert_eq!((count(HEADERS), count(DATA)), (20, 0), "{said:?}");
}

#[tokio::test]
async fn streams_without_a_window_make_room_for_others_before_their_time() {
    let app = TestApp::with(|config| config.server.max_requests = 8).await;
    let _client = ask_and_take_nothing(&app, "/api/v1/images", 8).await;
    let answered = async {
        while app.get("/healthz").await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(20), answered).await.expect("there is room again");
}

#[tokio::test]
async fn streams_that_are_too_many_for_one_connection_are_refused_and_not_kept() {
    let app = TestApp::with(|config| {
        config.server.max_requests = 8;
        config.server.stall_timeout = Duration::from_millis(300);
    })
    .await;
    let mut client = ask_and_take_nothing(&app, "/api/v1/images", 12).await;
    // The last quarter of the room is for others.
    assert_eq!(app.get("/healthz").await.status(), 200);
    let said = client.rest().await;
    let answered = kinds(&said).into_iter().filter(|kind| *kind == HEADERS).count();
    let refused = resets(&said).into_iter().filter(|code| *code == REFUSED_STREAM).count();
    assert_eq!((answered, refused), (7, 5));
}
