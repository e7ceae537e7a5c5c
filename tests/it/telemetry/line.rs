//! The line of a request: what stands in it, and what never does.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Lines;
use crate::support::client;
use crate::support::process::Process;

fn serve(folder: &tempfile::TempDir, settings: &[&str]) -> (Process, Lines) {
    let (process, log) = Process::serve_with_log(&folder.path().join("data"), settings);
    (process, Lines::of(log))
}

/// Sends bytes as they are, and waits until the answer has ended.
fn send(process: &Process, bytes: &[u8]) {
    let mut stream = TcpStream::connect(&process.public).unwrap();
    stream.write_all(bytes).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_was_asked_and_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (process, lines) = serve(&folder, &["server.trusted_proxies=1"]);
    let url = format!(
        "http://{}/api/v1/images/random?tag=stars&password=hunter2&seed=jane%40example.org&count=2",
        process.public
    );
    let request = client().get(url).header("user-agent", "a test").header("x-forwarded-for", "203.0.113.77");
    let answer = request.header("cookie", "session=hunter2").header("authorization", "Bearer hunter2").send().await;
    let answer = answer.unwrap();
    let trace_id = answer.headers()["x-trace-id"].to_str().unwrap().to_owned();
    let length = answer.content_length().unwrap();

    let line = lines.wait_for(|line| line["trace_id"] == trace_id.as_str()).await;
    let mut fields = line.as_object().unwrap().clone();
    let times = ["timestamp", "duration_ms", "span_id"].map(|name| fields.remove(name).unwrap());
    assert!(times[0].is_string() && times[1].as_f64().unwrap() > 0.0 && times[2].as_str().unwrap().len() == 16);
    let expected = json!({
        "level": "INFO", "target": "sirius::request", "message": "request served", "port": "public", "method": "GET",
        "path": "/api/v1/images/random", "route": "/api/v1/images/random", "query": "tag=stars&count=2", "status": 200,
        "response_bytes": length, "client": "203.0.113.0/24", "protocol": "HTTP/1.1", "user_agent": "a test",
        "sampled": false, "trace_id": trace_id,
    });
    assert_eq!(Value::Object(fields), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_client_sends_it_is_one_harmless_line() {
    let folder = tempfile::tempdir().unwrap();
    let (process, lines) = serve(&folder, &[]);
    send(
        &process,
        b"BREW /pot HTTP/1.1\r\nhost: a\r\nuser-agent: \xff\xfe\"\\\t\xe2\x80\xa8\r\nconnection: close\r\n\r\n",
    );
    let line = lines.wait_for(|line| line["path"] == "/pot").await;
    assert_eq!((&line["method"], &line["route"]), (&"BREW".into(), &"unmatched".into()));
    assert_eq!(line["user_agent"], "\\xff\\xfe\"\\\t\u{2028}");

    let long = format!(
        "GET /{}?tag={} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        "x".repeat(5_000),
        "y".repeat(5_000)
    );
    send(&process, long.as_bytes());
    let line = lines.wait_for(|line| line["path"].as_str().is_some_and(|path| path.starts_with("/xxx"))).await;
    assert!(line.to_string().len() < 2_000, "{line}");
    assert!(line["path"].as_str().unwrap().ends_with('…'), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_decides_which_requests_get_one_and_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut process, lines) = serve(&folder, &["log.requests=notable"]);
    send(&process, b"GET /api/v1/visits HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    process.signal("TERM");
    assert!(process.wait().success());
    lines.wait_for(|line| line["message"] == "stopping: done").await;
    assert!(lines.all().iter().all(|line| line["target"] != "sirius::request"), "{:#?}", lines.all());

    let (process, lines) = serve(&folder, &["log.client_addresses=none"]);
    client().get(format!("http://{}/healthz", process.public)).send().await.unwrap();
    client().get(format!("http://{}/livez", process.admin)).send().await.unwrap();
    send(&process, b"GET /api/v1/visits HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let line = lines.wait_for(|line| line["path"] == "/api/v1/visits").await;
    assert_eq!(line.get("client"), None);
    let probes = lines.all().into_iter().filter(|line| line["path"] == "/healthz" || line["path"] == "/livez");
    assert_eq!(probes.count(), 0, "probes are not worth a line");
}
