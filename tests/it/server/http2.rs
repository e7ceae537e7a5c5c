//! HTTP/2 with prior knowledge, on the same port.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sirius::config;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{LARGE_BYTES, LONGER, Running, SHORT, settings};

type Sender = SendRequest<Full<Bytes>>;

async fn connect(server: &Running) -> (Sender, JoinHandle<hyper::Result<()>>) {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (sender, tokio::spawn(connection))
}

fn request(method: Method, path: &str, body: &'static str) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(format!("http://sirius.test{path}")).body(body.into()).unwrap()
}

async fn get(sender: &mut Sender, path: &str) -> Response<Incoming> {
    sender.send_request(request(Method::GET, path, "")).await.unwrap()
}

/// Whether a request is refused as one stream too many, which says that nothing was done for it; otherwise it is answered.
async fn is_refused(sender: &mut Sender) -> bool {
    match sender.send_request(request(Method::GET, "/hello", "")).await {
        Ok(response) => {
            assert_eq!(response.status(), StatusCode::OK);
            false
        }
        Err(error) => {
            let reset = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
            assert_eq!(reset.and_then(h2::Error::reason), Some(h2::Reason::REFUSED_STREAM), "{error:?}");
            true
        }
    }
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn ends(connection: JoinHandle<hyper::Result<()>>) {
    let _ = timeout(Duration::from_secs(30), connection).await.expect("the server closes").unwrap();
}

#[tokio::test]
async fn requests_are_answered_and_their_authority_is_their_host() {
    let server = Running::start(&settings());
    let (mut sender, _connection) = connect(&server).await;
    assert_eq!(text(get(&mut sender, "/hello").await).await, "hello");
    assert_eq!(text(get(&mut sender, "/host").await).await, "sirius.test");
    assert_eq!(text(get(&mut sender, "/large").await).await.len(), LARGE_BYTES);
    let response = sender.send_request(request(Method::POST, "/length", "four")).await.unwrap();
    assert_eq!(text(response).await, "4");
}

#[tokio::test]
async fn head_says_the_length_of_get_and_sends_no_body() {
    let server = Running::start(&settings());
    let (mut sender, _connection) = connect(&server).await;
    let response = sender.send_request(request(Method::HEAD, "/hello", "")).await.unwrap();
    assert_eq!(response.headers()["content-length"], "5");
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn limits_hold_for_heads_bodies_and_requests() {
    let limits = config::Server { max_head_bytes: 8 << 10, max_body_bytes: 10, max_requests: 1, ..settings() };
    let server = Running::start(&limits);
    let (mut sender, _connection) = connect(&server).await;
    let response = sender.send_request(request(Method::POST, "/length", "eleven bytes")).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let mut huge = request(Method::GET, "/hello", "");
    for index in 0..20 {
        let name = hyper::header::HeaderName::try_from(format!("x-{index}")).unwrap();
        huge.headers_mut().insert(name, "x".repeat(1 << 10).parse().unwrap());
    }
    let response = sender.send_request(huge).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);

    let held = tokio::spawn({
        let mut sender = sender.clone();
        async move { text(get(&mut sender, "/held").await).await }
    });
    server.holds_one().await;
    assert!(is_refused(&mut sender).await);
    let (mut other, _other_connection) = connect(&server).await;
    assert_eq!(get(&mut other, "/hello").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    server.release();
    assert_eq!(held.await.unwrap(), "released");
    assert_eq!(get(&mut sender, "/hello").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_panic_resets_its_own_stream_only() {
    let server = Running::start(&settings());
    let (mut sender, _connection) = connect(&server).await;
    assert!(sender.send_request(request(Method::GET, "/panic", "")).await.is_err());
    assert_eq!(get(&mut sender, "/hello").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time_and_not_for_pings() {
    let server = Running::start(&config::Server { keep_alive_timeout: SHORT, ..settings() });
    let (mut sender, connection) = connect(&server).await;
    assert_eq!(text(get(&mut sender, "/hello").await).await, "hello");
    ends(connection).await;

    // Pings come and go, the deadline for heads passes, the connection stays.
    let server = Running::start(&config::Server { head_timeout: SHORT, stall_timeout: SHORT, ..settings() });
    let (mut sender, _connection) = connect(&server).await;
    assert_eq!(text(get(&mut sender, "/hello").await).await, "hello");
    tokio::time::sleep(LONGER).await;
    assert_eq!(text(get(&mut sender, "/hello").await).await, "hello");
}

#[tokio::test]
async fn a_stream_whose_client_takes_nothing_is_reset_while_others_go_on() {
    let server = Running::start(&config::Server { stall_timeout: SHORT, max_requests: 1, ..settings() });
    let (mut sender, _connection) = connect(&server).await;
    let untaken = get(&mut sender, "/large").await;
    assert_eq!(untaken.status(), StatusCode::OK);
    // It is under way until it is cut off, and others are told meanwhile that there is no room yet.
    assert!(is_refused(&mut sender).await);
    let answered = async { while is_refused(&mut sender).await {} };
    timeout(Duration::from_secs(30), answered).await.expect("the stalled stream ends");
    assert!(untaken.into_body().collect().await.is_err());
}

#[tokio::test]
async fn draining_lets_streams_end_and_takes_no_more() {
    let server = Running::start(&settings());
    let (mut idle, idle_connection) = connect(&server).await;
    assert_eq!(text(get(&mut idle, "/hello").await).await, "hello");
    let (sender, connection) = connect(&server).await;
    let held = tokio::spawn({
        let mut sender = sender.clone();
        async move { text(get(&mut sender, "/held").await).await }
    });
    server.holds_one().await;

    server.stop.cancel();
    ends(idle_connection).await;
    server.release();
    assert_eq!(held.await.unwrap(), "released");
    ends(connection).await;
    assert_eq!(server.stopped().await.connections_cut_off, 0);
}
