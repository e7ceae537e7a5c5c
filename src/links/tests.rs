//! The checker against a small server on loopback.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers each request by its first line, and its address.
async fn server(answer: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    serve(listener, answer);
    address
}

fn serve(listener: TcpListener, answer: impl Fn(&str) -> String + Send + Sync + 'static) {
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 2048];
            let length = stream.read(&mut head).await.unwrap();
            let line = String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned();
            let _ = stream.write_all(answer(&line).as_bytes()).await;
        }
    });
}

fn message(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

fn answer(line: &str) -> String {
    match line.split(' ').nth(1).unwrap_or_default() {
        "/picture" => message("200 OK", "Content-Type: image/png\r\n"),
        "/page" => message("200 OK", "Content-Type: text/html\r\n"),
        "/moved" => message("301 Moved Permanently", "Location: /picture\r\n"),
        "/round" => message("302 Found", "Location: /round\r\n"),
        "/get-only" if line.starts_with("HEAD") => message("405 Method Not Allowed", ""),
        "/get-only" => message("206 Partial Content", "Content-Type: IMAGE/webp\r\n"),
        "/broken" => "nonsense\r\n\r\n".to_owned(),
        _ => message("404 Not Found", ""),
    }
}

fn checker(private: Private) -> Checker {
    Checker::new(private, Duration::from_secs(10)).unwrap()
}

#[tokio::test]
async fn what_an_address_has_is_told() {
    let (address, checker) = (server(answer).await, checker(Private::Allowed));
    for (path, expected) in [
        ("/picture", Finding::Picture),
        ("/moved", Finding::Moved { to: format!("{address}/picture") }),
        ("/get-only", Finding::Picture),
        ("/page", Finding::NotAPicture { media_type: "text/html".to_owned() }),
        ("/gone", Finding::Failed { status: 404 }),
        ("/round", Finding::Failed { status: 302 }),
    ] {
        assert_eq!(checker.check(&format!("{address}{path}")).await, expected, "{path}");
    }
    let broken = checker.check(&format!("{address}/broken")).await;
    assert!(matches!(&broken, Finding::Unreachable { reason } if !reason.is_empty()), "{broken:?}");
}

#[tokio::test]
async fn private_networks_are_not_asked() {
    // It would answer, and the test would see the picture.
    let address = server(answer).await;
    let by_name = address.replace("127.0.0.1", "localhost");
    for url in [address.as_str(), &by_name, "http://[::1]/", "http://169.254.169.254/latest", "http://2130706433/"] {
        assert_eq!(checker(Private::Refused).check(&format!("{url}/picture")).await, Finding::Private, "{url}");
    }
}

/// The way of a stranger who owns a public server: its answers lead inside, by an address or by a name.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn redirects_lead_into_no_private_network() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    serve(listener, move |line: &str| match line.split(' ').nth(1).unwrap_or_default() {
        "/by-address" => message("302 Found", &format!("Location: http://127.0.0.1:{port}/picture\r\n")),
        "/by-name" => message("302 Found", &format!("Location: http://localhost:{port}/picture\r\n")),
        "/outside" => message("302 Found", &format!("Location: http://127.0.0.2:{port}/picture\r\n")),
        _ => answer(line),
    });
    // Of the addresses of this machine, one plays the internet.
    let internet = IpAddr::from([127, 0, 0, 2]);
    let checker = Checker::that_asks(|ip| ip == IpAddr::from([127, 0, 0, 2]), Duration::from_secs(10)).unwrap();
    for (path, is_private) in [("by-address", true), ("by-name", true), ("outside", false), ("picture", false)] {
        let finding = checker.check(&format!("http://{internet}:{port}/{path}")).await;
        assert_eq!(
            (finding == Finding::Private, finding.is_picture()),
            (is_private, !is_private),
            "{path}: {finding:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let checker = Checker::new(Private::Allowed, Duration::from_millis(100)).unwrap();
    let expected = Finding::Unreachable { reason: "it did not answer in time".to_owned() };
    assert_eq!(checker.check(&url).await, expected);
}
