//! HTTP/1.1 heads and bodies that two readers could read in two ways, or that have no end.

use std::time::Duration;

use sirius::config::PublicUrl;

use crate::server::client::Client;
use crate::support::TestApp;

/// What the server says to these bytes until it closes.
async fn told(app: &TestApp, bytes: impl AsRef<[u8]>) -> String {
    let mut client = Client::connect(app.public()).await;
    client.send(bytes).await;
    String::from_utf8_lossy(&client.rest().await).into_owned()
}

/// How many responses are in what a server said.
fn responses(told: &str) -> usize {
    told.matches("HTTP/1.1 ").count()
}

/// A second request that a first one carries hidden; nobody may answer it.
const HIDDEN: &str = "GET /api/v1/tags HTTP/1.1\r\nhost: hidden\r\n\r\n";

#[tokio::test]
async fn whoever_is_asked_must_be_clear() {
    let own = PublicUrl::parse("https://pictures.example");
    let app = TestApp::with(|config| config.server.public_url = own).await;
    for hosts in ["", "host: a\r\nhost: b\r\n", "host: a\r\nHost: a\r\n", "host: a b\r\n", "host: u:p@a\r\n"] {
        let request = format!("GET /healthz HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        let told = told(&app, request).await;
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("`Host`"), "{hosts:?}: {told}");
        assert!(told.contains("content-security-policy: default-src 'none'"), "{told}");
    }
    // A target with a host of its own is that host's, whatever `Host` says; neither shows in the answer.
    for path in ["/healthz", "/", "/api/v1/images", "/nothing"] {
        let request = format!("GET http://evil.example{path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let told = told(&app, request).await;
        assert!(told.starts_with("HTTP/1.1 ") && !told.starts_with("HTTP/1.1 5"), "{told}");
        assert!(!told.contains("evil.example"), "{told}");
    }
}

#[tokio::test]
async fn lengths_that_disagree_hide_no_second_request() {
    let app = TestApp::empty().await;
    for fields in [
        "content-length: 0\r\ncontent-length: 49",
        "content-length: 49, 0",
        "content-length: +0",
        "content-length: -1",
        "content-length: 0x0",
        "content-length: 0 0",
        "content-length: 99999999999999999999999999",
        "content-length:",
        "transfer-encoding: xchunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: identity",
        "transfer-encoding:\r\n chunked",
        "transfer-encoding : chunked",
        " transfer-encoding: chunked",
        "x: y\r\n\ttransfer-encoding: chunked",
        "x: y\rtransfer-encoding: chunked",
        "x: y\0z",
        "x: \u{7f}",
        "x\0y: z",
        "x y: z",
        ": z",
        "x",
    ] {
        let told =
            told(&app, format!("POST /api/v1/visits HTTP/1.1\r\nhost: a\r\n{fields}\r\n\r\n0\r\n\r\n{HIDDEN}")).await;
        assert!(told.starts_with("HTTP/1.1 400 "), "{fields:?}: {told}");
        assert_eq!(responses(&told), 1, "{fields:?}: {told}");
    }
    for start in [
        "GET / HTTP/1.0\r\ntransfer-encoding: chunked",
        "GET / HTTP/2.0\r\nhost: a",
        "GET / HTTP/9\r\nhost: a",
        "GET /a b HTTP/1.1\r\nhost: a",
        "GET /\u{0} HTTP/1.1\r\nhost: a",
        "G\u{e9}T / HTTP/1.1\r\nhost: a",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
    ] {
        let told = told(&app, format!("{start}\r\n\r\n{HIDDEN}")).await;
        assert!(told.starts_with("HTTP/1.1 400 ") && responses(&told) == 1, "{start:?}: {told}");
    }
}

#[tokio::test]
async fn both_lengths_at_once_are_the_last_of_their_connection() {
    let app = TestApp::empty().await;
    for fields in [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\nconnection: keep-alive",
    ] {
        let told =
            told(&app, format!("POST /api/v1/visits HTTP/1.1\r\nhost: a\r\n{fields}\r\n\r\n0\r\n\r\n{HIDDEN}")).await;
        assert!(told.starts_with("HTTP/1.1 201 ") && responses(&told) == 1, "{fields:?}: {told}");
    }
}

#[tokio::test]
async fn bodies_that_nobody_asked_for_hide_no_second_request() {
    let app = TestApp::empty().await;
    for body in [
        "zz\r\nabc\r\n",
        "-1\r\nabc\r\n",
        "ffffffffffffffffffff\r\nabc\r\n",
        "3;a=b\nc\r\nabc\r\n",
        "3\r\nabcd\r\n",
        "3\nabc\n0\n\n",
        "0\r\nhost: b\r\ncontent-length: 3\r\nx\n",
    ] {
        let told = told(
            &app,
            format!("POST /api/v1/visits HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{body}{HIDDEN}"),
        )
        .await;
        assert_eq!(responses(&told), 1, "{body:?}: {told}");
    }
}

#[tokio::test]
async fn bodies_without_an_end_are_not_waited_for() {
    let app = TestApp::with(|config| config.server.stall_timeout = Duration::from_millis(300)).await;
    let endless = format!("{:x}\r\n{}\r\n", 1 << 10, "x".repeat(1 << 10)).repeat(1 << 10);
    for head in ["POST /api/v1/visits", "GET /api/v1/images", "DELETE /nothing"] {
        let mut client = Client::connect(app.public()).await;
        client.send(format!("{head} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")).await;
        // The server may close while this is being sent.
        let _ = tokio::time::timeout(Duration::from_secs(20), client.try_send(&endless)).await.expect("it is taken");
        let told = String::from_utf8_lossy(&client.rest().await).into_owned();
        assert!(responses(&told) <= 1, "{told}");
        let told = self::told(&app, format!("{head} HTTP/1.1\r\nhost: a\r\ncontent-length: 65536\r\n\r\nhalf")).await;
        assert_eq!(responses(&told), 1, "{told}");
        let told = self::told(&app, format!("{head} HTTP/1.1\r\nhost: a\r\ncontent-length: 65537\r\n\r\n")).await;
        assert!(told.starts_with("HTTP/1.1 413 ") && responses(&told) == 1, "{told}");
    }
}

#[tokio::test]
async fn huge_heads_are_refused_in_words_of_http() {
    let app = TestApp::empty().await;
    let megabyte = "x".repeat(1 << 20);
    for (head, statuses) in [
        (format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {megabyte}\r\n\r\n"), ["431", "431"]),
        (format!("GET /{megabyte} HTTP/1.1\r\nhost: a\r\n\r\n"), ["414", "431"]),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(17 << 10)), ["414", "431"]),
        (format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(500)), ["431", "431"]),
        (format!("{megabyte} / HTTP/1.1\r\nhost: a\r\n\r\n"), ["400", "431"]),
        ("\r\n".repeat(1 << 19), ["400", "431"]),
    ] {
        let mut client = Client::connect(app.public()).await;
        // The server may close while this is being sent.
        let _ = client.try_send(head.as_bytes()).await;
        let told = String::from_utf8_lossy(&client.rest().await).into_owned();
        let status = told.split(' ').nth(1).unwrap_or_default();
        assert!(statuses.contains(&status), "{}: {told}", &head[..40]);
    }
}

#[tokio::test]
async fn methods_and_targets_that_mean_nothing_here_are_refused() {
    let app = TestApp::empty().await;
    for (start, status) in [
        ("CONNECT evil.example:443 HTTP/1.1", "404 405"),
        ("CONNECT / HTTP/1.1", "404 405 400"),
        ("OPTIONS * HTTP/1.1", "404 405"),
        ("TRACE / HTTP/1.1", "405"),
        ("PRI * HTTP/1.1", "404 405"),
        ("FOO /api/v1/images HTTP/1.1", "405"),
        ("GET //evil.example/%2e%2e HTTP/1.1", "404"),
        ("GET ?tag=a HTTP/1.1", "400 404"),
        ("GET /?#fragment HTTP/1.1", "200 400"),
        ("GET javascript:alert(1) HTTP/1.1", "400 404"),
        ("GET file:///etc/passwd HTTP/1.1", "400 404"),
    ] {
        let told = told(&app, format!("{start}\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
        let got = told.split(' ').nth(1).unwrap_or_default();
        assert!(status.split(' ').any(|allowed| allowed == got), "{start}: {told}");
        assert!(!told.contains("root:"), "{told}");
    }
}
