//! What goes wrong, and what clients of other origins may do.

use reqwest::Method;

use crate::support::TestApp;
use crate::support::app::{header, problem};

#[tokio::test]
async fn every_wrong_way_is_a_problem_document_with_a_trace_id() {
    let app = TestApp::empty().await;
    problem(app.get("/api/v1/nothing").await, 404, "not-found").await;
    problem(app.get("/api/v2/images").await, 404, "not-found").await;
    problem(app.get("/nothing").await, 404, "not-found").await;

    let answer = app.request(Method::DELETE, "/api/v1/visits").send().await.unwrap();
    assert_eq!(header(&answer, "allow"), "GET, HEAD, POST");
    problem(answer, 405, "method-not-allowed").await;
    let answer = app.request(Method::POST, "/").send().await.unwrap();
    assert_eq!(header(&answer, "allow"), "GET, HEAD");
    problem(answer, 405, "method-not-allowed").await;

    let large = app.request(Method::POST, "/api/v1/visits").body(vec![0; 1 << 20]).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(header(&large, "content-type"), "application/problem+json");
    // The server itself refuses it, and pages of other origins may still read why.
    assert_eq!(header(&large, "access-control-allow-origin"), "*");
}

#[tokio::test]
async fn people_get_a_page_instead() {
    let app = TestApp::empty().await;
    let answer = app.request(Method::GET, "/nothing").header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (404, "text/html; charset=utf-8"));
    assert!(
        answer.text().await.unwrap().contains("No page and no operation has this path; /docs lists all operations.")
    );
    // The API speaks JSON whoever asks.
    let answer = app.request(Method::GET, "/api/v1/nothing").header("accept", "text/html").send().await.unwrap();
    problem(answer, 404, "not-found").await;
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let app = TestApp::empty().await;
    let answer = app.get("/problems/no-matching-image").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.text().await.unwrap().contains("/api/v1/tags"));
    problem(app.get("/problems/unheard-of").await, 404, "not-found").await;
}

#[tokio::test]
async fn the_clients_trace_id_is_taken_over() {
    let app = TestApp::empty().await;
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = |header: String| app.request(Method::GET, "/api/v1/nothing").header("traceparent", header).send();
    let answer = traced(format!("00-{id}-00f067aa0ba902b7-01")).await.unwrap();
    assert_eq!(header(&answer, "x-trace-id"), id);
    problem(answer, 404, "not-found").await;
    let answer = traced("rubbish".to_owned()).await.unwrap();
    assert_ne!(header(&answer, "x-trace-id"), id);
    assert_eq!(header(&answer, "x-trace-id").len(), 32);
}

#[tokio::test]
async fn every_answer_of_the_api_may_be_read_by_any_origin() {
    let app = TestApp::with_pictures(1).await;
    for path in [
        "/api/v1/images",
        "/api/v1/images/random?as=redirect",
        "/api/v1/images/random?as=image",
        "/api/v1/images/random?count=0",
        "/api/v1/nothing",
        "/openapi.json",
    ] {
        let answer = app.request(Method::GET, path).header("origin", "https://elsewhere.example").send().await.unwrap();
        assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{path}");
        assert!(header(&answer, "access-control-expose-headers").contains("X-Trace-Id"), "{path}");
    }
    let preflight = app
        .request(Method::OPTIONS, "/api/v1/visits")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert!(header(&preflight, "access-control-allow-methods").contains("POST"));
    // The page is not the API's.
    assert_eq!(header(&app.get("/").await, "access-control-allow-origin"), "");
}
