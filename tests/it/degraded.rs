//! What still works when the database does not.

use reqwest::Method;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};

use crate::support::TestApp;
use crate::support::app::{header, problem};

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_images_are_served_and_visits_are_refused() {
    let app = TestApp::with(|config| {
        config.visits.timeout = std::time::Duration::from_millis(300);
        config.visits.page_timeout = std::time::Duration::from_millis(50);
    })
    .await;
    let folder = app.path("pictures");
    crate::support::pictures::fill(&folder, 3);
    app.import(&[folder]).await;
    assert_eq!(app.request(Method::POST, "/api/v1/visits").send().await.unwrap().status(), 201);

    // Somebody else who began to write and does not end.
    let options = SqliteConnectOptions::new().filename(app.data_dir().join("sirius.db"));
    let mut writer = options.connect().await.unwrap();
    writer.execute("BEGIN EXCLUSIVE").await.unwrap();
    let image = app.json("/api/v1/images/random").await;
    assert_eq!(app.get(image["content_url"].as_str().unwrap()).await.status(), 200);
    let page = app.get("/").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("visitor number <span id=\"visitor-number\">unavailable"));
    let refused = app.request(Method::POST, "/api/v1/visits").send().await.unwrap();
    assert!(!header(&refused, "retry-after").is_empty());
    problem(refused, 503, "visits-unavailable").await;
    assert_eq!(readiness(&app, "degraded").await["checks"][1]["status"], "down");

    writer.execute("ROLLBACK").await.unwrap();
    assert_eq!(readiness(&app, "ok").await["checks"][1]["status"], "up");
    assert_eq!(app.request(Method::POST, "/api/v1/visits").send().await.unwrap().status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_told_as_far_as_they_are_known() {
    let app = TestApp::with_pictures(2).await;
    let statistics = async || {
        let answer = app.get("/statistics").await;
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    };
    assert!(statistics().await.contains("No visits yet."));
    let options = SqliteConnectOptions::new().filename(app.data_dir().join("sirius.db"));
    let mut database = options.connect().await.unwrap();
    database.execute("ALTER TABLE visit_hours RENAME TO gone").await.unwrap();
    let html = statistics().await;
    assert!(html.contains("The count of visits cannot be read at the moment."), "{html}");
    assert!(html.contains("<dd>2</dd>") && !html.contains("gone"), "{html}");
    database.execute("ALTER TABLE gone RENAME TO visit_hours").await.unwrap();
    assert!(statistics().await.contains("No visits yet."));
}

/// Waits until `/readyz` says so; it stays 200 all the while. Visits come meanwhile, as they would.
async fn readiness(app: &TestApp, status: &str) -> serde_json::Value {
    for _ in 0..400 {
        let _ = app.request(Method::POST, "/api/v1/visits").send().await;
        let answer = app.admin("/readyz").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let report: serde_json::Value = answer.json().await.unwrap();
        if report["status"] == status {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("/readyz never said {status}");
}
