//! The security headers are on every answer, whoever gives it.

use reqwest::{Method, Response};
use sirius::config::Rate;

use crate::support::TestApp;
use crate::support::app::header;
use crate::support::pictures;

/// Checks what every answer carries, and gives its content policy.
fn secured(response: &Response) -> String {
    let what = format!("{} {}", response.url(), response.status());
    assert_eq!(header(response, "x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header(response, "cross-origin-opener-policy"), "same-origin", "{what}");
    for name in ["referrer-policy", "permissions-policy", "cross-origin-resource-policy"] {
        assert!(!header(response, name).is_empty(), "{what} has no {name}");
    }
    // HSTS is for whoever speaks TLS to say; what runs here is for nobody to know.
    for name in ["strict-transport-security", "server", "x-powered-by"] {
        assert!(header(response, name).is_empty(), "{what} has {name}");
    }
    let is_picture = header(response, "content-type").starts_with("image/");
    assert_eq!(header(response, "x-frame-options"), if is_picture { "" } else { "DENY" }, "{what}");
    let policy = header(response, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{what}: {policy}");
    policy.to_owned()
}

#[tokio::test]
async fn every_answer_of_the_public_port_has_them() {
    let app = TestApp::with_pictures(1).await;
    let id = &app.ids("").await[0];
    let content = format!("/api/v1/images/{id}/content");
    for path in ["/", "/images", &format!("/images/{id}"), "/statistics", "/docs", "/nothing", "/problems/not-found"] {
        let page = app.request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
        let policy = secured(&page);
        for rule in ["frame-ancestors 'none'", "script-src 'self'", "base-uri 'none'", "form-action '"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
    }
    for (method, path, status) in [
        (Method::GET, "/healthz", 200),
        (Method::GET, "/openapi.json", 200),
        (Method::GET, "/favicon.ico", 200),
        (Method::GET, "/assets/nothing", 404),
        (Method::GET, "/api/v1/images", 200),
        (Method::HEAD, "/api/v1/images/random", 200),
        (Method::GET, "/api/v1/images/random?as=redirect", 302),
        (Method::GET, "/api/v1/images/random?count=x", 400),
        (Method::GET, "/api/v1/images/x", 404),
        (Method::DELETE, "/api/v1/images", 405),
        (Method::POST, "/api/v1/visits", 201),
    ] {
        let response = app.request(method, path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        secured(&response);
    }
    let preflight = app
        .request(Method::OPTIONS, "/api/v1/visits")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST");
    secured(&preflight.send().await.unwrap());
    let fresh = app.get(&content).await;
    let known = app.request(Method::GET, &content).header("if-none-match", header(&fresh, "etag"));
    let known = known.send().await.unwrap();
    assert_eq!(known.status(), 304);
    secured(&known);
}

#[tokio::test]
async fn pictures_never_run_and_are_saved_under_a_name_of_their_kind() {
    let app = TestApp::with_pictures(1).await;
    let id = &app.ids("").await[0];
    for path in [format!("/api/v1/images/{id}/content"), "/api/v1/images/random?as=image".to_owned()] {
        for range in ["", "bytes=0-3"] {
            let response = app.request(Method::GET, &path).header("range", range).send().await.unwrap();
            assert_eq!(secured(&response), "default-src 'none'; sandbox", "{path}");
            assert_eq!(header(&response, "content-type"), "image/png");
            assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
            assert_eq!(header(&response, "content-disposition"), format!("inline; filename=\"{id}.png\""));
        }
    }
}

#[tokio::test]
async fn a_picture_that_is_also_a_page_is_served_as_a_picture() {
    let app = TestApp::empty().await;
    let folder = app.path("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let mut polyglot = pictures::still(1, image::ImageFormat::Gif);
    polyglot.extend_from_slice(b"<html><script>alert(document.domain)</script></html>");
    std::fs::write(folder.join("page.html.gif"), &polyglot).unwrap();
    app.import(&[folder]).await;
    let id = &app.ids("").await[0];
    // Whatever the client would like it to be.
    for accept in ["text/html", "text/javascript", "*/*"] {
        let path = format!("/api/v1/images/{id}/content");
        let response = app.request(Method::GET, &path).header("accept", accept).send().await.unwrap();
        assert_eq!(header(&response, "content-type"), "image/gif");
        assert_eq!(secured(&response), "default-src 'none'; sandbox");
    }
}

#[tokio::test]
async fn refusals_have_them_too() {
    let one = Rate { per_second: 1, burst: 1 };
    let app = TestApp::with(|config| config.limits.visits = one).await;
    let visit = || app.request(Method::POST, "/api/v1/visits").send();
    while visit().await.unwrap().status() != 429 {}
    secured(&visit().await.unwrap());

    let large = app.request(Method::POST, "/api/v1/visits").body(vec![b'x'; 70 << 10]).send().await.unwrap();
    assert_eq!(large.status(), 413);
    secured(&large);
}

#[tokio::test]
async fn every_answer_of_the_admin_port_has_them() {
    let app = TestApp::empty().await;
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/version", 200), ("/nothing", 404)] {
        let response = app.admin(path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        secured(&response);
    }
    let page = app.admin("/version").header("origin", "https://elsewhere.example").send().await.unwrap();
    assert_eq!(page.status(), 403);
    secured(&page);
}
