//! What is logged, changed while Sirius runs.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::Lines;
use crate::support::app::problem;
use crate::support::client;
use crate::support::process::Process;

const TOKEN: &str = "a-token-of-enough-characters";

async fn ask(process: &Process, method: Method, body: Option<Value>) -> Response {
    let request = client().request(method, format!("http://{}/log-level", process.admin)).bearer_auth(TOKEN);
    let request = match body {
        Some(body) => request.body(body.to_string()),
        None => request,
    };
    request.send().await.unwrap()
}

async fn setting(process: &Process, method: Method, body: Option<Value>) -> Value {
    let answer = ask(process, method, body).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

fn serve(folder: &tempfile::TempDir) -> (Process, Lines) {
    let token = format!("admin.token={TOKEN}");
    let (process, log) = Process::serve_with_log(&folder.path().join("data"), &["log.filter=warn", &token]);
    (process, Lines::of(log))
}

#[tokio::test]
async fn it_is_changed_for_a_while_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (process, lines) = serve(&folder);
    let configured = json!({"filter": "warn", "configured": "warn", "expires_at": null});
    assert_eq!(setting(&process, Method::GET, None).await, configured);

    let wanted = json!({"filter": "warn,sirius=trace", "expires_in_seconds": 60});
    let changed = setting(&process, Method::PUT, Some(wanted)).await;
    assert_eq!((&changed["filter"], &changed["configured"]), (&"warn,sirius=trace".into(), &"warn".into()));
    assert!(changed["expires_at"].as_str().unwrap().ends_with('Z'), "{changed}");
    let said = lines.wait_for(|line| line["message"] == "what is logged was changed for a while").await;
    assert_eq!((&said["from"], &said["to"]), (&"warn".into(), &"warn,sirius=trace".into()));
    client().get(format!("http://{}/healthz", process.public)).send().await.unwrap();
    lines.wait_for(|line| line["path"] == "/healthz").await;

    assert_eq!(setting(&process, Method::DELETE, None).await, configured);
    lines.wait_for(|line| line["message"] == "what is logged is as configured again").await;
    let before = lines.all().len();
    client().get(format!("http://{}/healthz", process.public)).send().await.unwrap();

    // It ends by itself, too. Nobody asks for it meanwhile, so it is the process that says so.
    let wanted = json!({"filter": "off", "expires_in_seconds": 1});
    assert_eq!(setting(&process, Method::PUT, Some(wanted)).await["filter"], "off");
    lines.wait_for(|line| line["from"] == "off" && line["to"] == "warn").await;
    let between: Vec<_> = lines.all().split_off(before);
    assert!(!between.iter().any(|line| line["path"] == "/healthz"), "{between:#?}");
}

#[tokio::test]
async fn a_mistake_changes_nothing_and_is_told_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (process, _lines) = serve(&folder);
    for (body, said) in [
        (json!({"filter": "inof"}), "info"),
        (json!({"filter": "info, debug"}), "allowed is"),
        (json!({"filter": "sirius"}), "allowed is"),
        (json!({"filter": "info", "expires_in_seconds": 0}), "1 to 86400"),
        (json!({"filter": "info", "expires_in_seconds": 100_000}), "1 to 86400"),
        (json!({"filter": "info", "expires_in_seconds": -1}), "expires_in_seconds"),
        (json!({"level": "info"}), "`filter`"),
        (json!({}), "filter"),
        (json!("info"), "filter"),
        (json!({"filter": "a=info,".repeat(1_000)}), "1024 bytes"),
    ] {
        let detail = problem(ask(&process, Method::PUT, Some(body.clone())).await, 400, "invalid-parameter").await;
        assert!(detail.contains(said), "{body}: {detail}");
    }
    assert_eq!(setting(&process, Method::GET, None).await["filter"], "warn");
    let answer = ask(&process, Method::POST, None).await;
    assert_eq!(answer.headers()["allow"], "DELETE, GET, HEAD, PUT");
    problem(answer, 405, "method-not-allowed").await;
}

#[tokio::test]
async fn it_asks_for_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let (process, _lines) = serve(&folder);
    let url = format!("http://{}/log-level", process.admin);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = client().request(method, &url).body(r#"{"filter":"off"}"#).send().await.unwrap();
        problem(answer, 401, "unauthorized").await;
    }
    assert_eq!(setting(&process, Method::GET, None).await["filter"], "warn");
}
