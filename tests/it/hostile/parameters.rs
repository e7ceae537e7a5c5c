//! Paths, queries and headers that make no sense, or too much of it.

use reqwest::{Method, Response};

use crate::server::client::Client;
use crate::support::TestApp;
use crate::support::app::{header, problem};

/// Checks that an answer refuses the client's words and tells nothing of the inside.
async fn refused(response: Response) {
    let (status, what) = (response.status(), response.url().to_string());
    assert!(status.is_client_error(), "{what}: {status}");
    assert_eq!(header(&response, "content-type"), "application/problem+json", "{what}");
    let text = response.text().await.unwrap();
    for inside in ["src/", ".rs", "sqlx", "SELECT", "panicked", "poem", "serde", "parse_param", "root:x", "/data/"] {
        assert!(!text.contains(inside), "{what}: {text}");
    }
}

#[tokio::test]
async fn absurd_values_are_refused_with_the_reason() {
    let app = TestApp::with_pictures(2).await;
    let long = "x".repeat(9_000);
    for query in [
        "count=0",
        "count=-1",
        "count=99999999999999999999",
        "count=1e3",
        "count=NaN",
        "count=%EF%BC%91",
        "count=",
        "count=1&count=1",
        "count=1;count=2",
        "count=%00",
        "count=%FF",
        "seed=",
        "seed=a&seed=b",
        &format!("seed={long}"),
        "as=html",
        "as=json&as=json",
        "kind=still&kind=animated",
        "walk=yes",
        "walk=true&count=3",
        "cursor=%00%FF",
        "cursor=../../etc/passwd",
        "cursor=AAAA",
        &format!("cursor={long}"),
        "tag=",
        "tag=%00",
        "tag=a/b",
        "tag=%0D%0Aset-cookie:x",
        "without=%5C",
        &format!("tag={long}"),
        &"tag=a&".repeat(2_000),
        &"without=b&".repeat(1_500),
    ] {
        refused(app.get(&format!("/api/v1/images/random?{query}")).await).await;
    }
    for query in ["limit=101", "limit=1&limit=2", "limit=0x10", "cursor=a&limit=1"] {
        refused(app.get(&format!("/api/v1/images?{query}")).await).await;
    }
    for query in [
        "from=0000-01-01T00:00:00Z",
        "from=9999-12-31T23:59:59Z",
        "from=2026-01-01T00:00:00%2B99:99",
        "from=-1",
        "step=second",
        "from=2026-02-30T00:00:00Z",
        "from=1970-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&step=hour",
    ] {
        refused(app.get(&format!("/api/v1/visits/history?{query}")).await).await;
    }
}

#[tokio::test]
async fn what_is_no_parameter_changes_nothing() {
    let app = TestApp::with_pictures(2).await;
    for query in ["%FF=%FF", "=", "&&&&", "a[b]=c&__proto__=1", "COUNT=0", "%00=1", &"v=1&".repeat(2_000)] {
        assert_eq!(app.get(&format!("/api/v1/images/random?{query}")).await.status(), 200, "{query}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_what_is_served() {
    let app = TestApp::with_pictures(1).await;
    let id = app.ids("").await[0].clone();
    for path in [
        "/api/v1/images/..".to_owned(),
        "/api/v1/images/%2e%2e".to_owned(),
        "/api/v1/images/..%2f..%2f..%2fetc%2fpasswd/content".to_owned(),
        "/api/v1/images/%00/content".to_owned(),
        "/api/v1/images/%ff%fe/content".to_owned(),
        format!("/api/v1/images/{id}%00.png/content"),
        format!("/api/v1/images/{id}/content/../../../../etc/passwd"),
        format!("/api/v1/images/{}/content", "a".repeat(9_000)),
        "/assets/../../Cargo.toml".to_owned(),
        "/assets/..%2f..%2fCargo.toml".to_owned(),
        "/assets/%2fetc%2fpasswd".to_owned(),
        "/assets/..\\..\\Cargo.toml".to_owned(),
        "/problems/..%2finternal".to_owned(),
        "/problems/%3Cscript%3Ealert(1)%3C%2fscript%3E".to_owned(),
        "/.git/config".to_owned(),
        "/data/sirius.db".to_owned(),
        "/metrics".to_owned(),
        "/readyz".to_owned(),
        "/%".to_owned(),
        "/%zz".to_owned(),
        "/%c0%ae%c0%ae/".to_owned(),
    ] {
        // Over a plain socket: HTTP clients tidy paths up before they send them.
        let mut client = Client::connect(app.public()).await;
        let answer = client.get(&path).await;
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        assert!(!answer.body.contains("root:") && !answer.body.contains("[package]"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("<script>alert"), "{path}: {}", answer.body);
    }
    // Bytes above ASCII, unescaped.
    let mut client = Client::connect(app.public()).await;
    client.send(b"GET /api/v1/images/\xff\xfe\x80 HTTP/1.1\r\nhost: a\r\n\r\n".as_slice()).await;
    let status = client.answer().await.status;
    assert!((400..500).contains(&status), "{status}");
}

#[tokio::test]
async fn a_page_that_quotes_the_client_escapes_it() {
    let app = TestApp::empty().await;
    for path in ["/%3Cscript%3Ealert(1)%3C/script%3E", "/problems/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"] {
        let page = app.request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        let html = page.text().await.unwrap();
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{html}");
    }
}

#[tokio::test]
async fn a_thousand_ranges_are_one_whole_picture() {
    let app = TestApp::with_pictures(1).await;
    let path = format!("/api/v1/images/{}/content", app.ids("").await[0]);
    let whole = app.get(&path).await.bytes().await.unwrap();
    let ranges = |separator: &str| format!("bytes={}", vec!["0-"; 1_000].join(separator));
    for range in [ranges(","), ranges(", "), "bytes=0-0,-1,5-".to_owned(), format!("bytes={}-", "9".repeat(999))] {
        let answer = app.request(Method::GET, &path).header("range", &range).send().await.unwrap();
        if answer.status() == 416 {
            problem(answer, 416, "range-not-satisfiable").await;
        } else {
            assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap()), (200, whole.clone()), "{range}");
        }
    }
    // One a line.
    let request = (0..90).fold(app.request(Method::GET, &path), |request, _| request.header("range", "bytes=0-1"));
    assert!(request.send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn headers_full_of_lists_are_answered() {
    let app = TestApp::with_pictures(1).await;
    let path = format!("/api/v1/images/{}/content", app.ids("").await[0]);
    let lists = [
        ("accept", "a/b;q=0.1,".repeat(1_300)),
        ("accept", "*/*;q=0.999,".repeat(1_200)),
        ("if-none-match", "\"a\",".repeat(3_500)),
        ("accept-encoding", "gzip;q=0,".repeat(1_600)),
        ("x-forwarded-for", "1.2.3.4,".repeat(1_800)),
        ("traceparent", "00-".repeat(5_000)),
        ("cookie", "a=b;".repeat(3_500)),
        ("sec-purpose", ",".repeat(15_000)),
    ];
    for path in [path.as_str(), "/api/v1/images/random", "/"] {
        for (name, value) in &lists {
            let answer = app.request(Method::GET, path).header(*name, value).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "{path} {name}");
        }
    }
}
