//! The admin port: probes, and whom it lets in.

use serde_json::json;
use sirius::config::Secret;

use crate::support::TestApp;
use crate::support::app::{header, problem};

#[tokio::test]
async fn probes_tell_how_it_is() {
    let app = TestApp::empty().await;
    assert_eq!(app.admin("/livez").send().await.unwrap().status(), 200);
    assert_eq!(app.admin("/startupz").send().await.unwrap().status(), 200);
    let ready: serde_json::Value = app.admin("/readyz").send().await.unwrap().json().await.unwrap();
    assert_eq!(ready["status"], "ok");
    assert_eq!(ready["checks"][1], json!({"name": "database", "status": "up"}));
    let version: serde_json::Value = app.admin("/version").send().await.unwrap().json().await.unwrap();
    assert_eq!((&version["name"], &version["version"]), (&"sirius".into(), &env!("CARGO_PKG_VERSION").into()));
    // Nothing of it is on the public port, and nothing of the public port is here.
    problem(app.get("/readyz").await, 404, "not-found").await;
    problem(app.admin("/api/v1/images").send().await.unwrap(), 404, "not-found").await;
}

#[tokio::test]
async fn no_web_page_gets_in() {
    let app = TestApp::empty().await;
    let answer = app.admin("/readyz").header("origin", "https://evil.example").send().await.unwrap();
    problem(answer, 403, "forbidden").await;
    let answer = app.admin("/readyz").header("host", "evil.example:8081").send().await.unwrap();
    problem(answer, 403, "forbidden").await;
    let answer = app.admin("/readyz").header("host", "sirius.monitoring.svc:8081").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn all_but_probes_asks_for_the_token() {
    let token = "a-token-of-enough-characters";
    let app = TestApp::with(|config| config.admin.token = Some(Secret::new(token.to_owned()))).await;
    assert_eq!(app.admin("/readyz").send().await.unwrap().status(), 200);
    let answer = app.admin("/anything").send().await.unwrap();
    assert_eq!(header(&answer, "www-authenticate"), "Bearer realm=\"sirius admin\"");
    problem(answer, 401, "unauthorized").await;
    problem(app.admin("/anything").bearer_auth("a-guess").send().await.unwrap(), 401, "unauthorized").await;
    let answer = app.admin("/anything").bearer_auth(token).header("origin", "https://x.example").send().await.unwrap();
    problem(answer, 404, "not-found").await;
}

#[tokio::test]
async fn the_monitor_shows_this_process() {
    let app =
        TestApp::with(|config| config.admin.token = Some(Secret::new("a-token-of-enough-characters".to_owned()))).await;
    let page = app.admin("/").send().await.unwrap();
    assert_eq!((page.status().as_u16(), header(&page, "cache-control")), (200, "no-store"));
    assert!(header(&page, "content-security-policy").contains("script-src 'self'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("is ready</h1>") && page.contains("database <span class=\"soft\">up</span>"), "{page}");
    let part = app.admin("/monitor").send().await.unwrap();
    assert_eq!(part.status(), 200);
    assert!(!part.text().await.unwrap().contains("<html"), "only what changes");
    let files: Vec<_> = page.split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        assert_eq!(app.admin(file).send().await.unwrap().status(), 200, "{file}");
    }
    problem(app.admin("/assets/nothing.js").send().await.unwrap(), 404, "not-found").await;
    problem(app.admin("/assets").send().await.unwrap(), 401, "unauthorized").await;
}
