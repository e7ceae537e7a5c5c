//! What is broken on purpose by `/faults` on the admin port: each kind does what it says, and ends. In processes of their own,
//! because faults are for a whole process.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::app::problem;
use crate::support::client;
use crate::support::loki::{FakeLoki, Mood};
use crate::support::process::{Process, run, sirius};
use crate::telemetry::{Lines, health, signal};

const TOKEN: &str = "a-token-of-enough-characters";

/// A Sirius that may be broken, and whoever breaks it.
struct Broken {
    process: Process,
    lines: Lines,
    client: Client,
    _folder: TempDir,
}

impl Broken {
    fn with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = format!("admin.token={TOKEN}");
        let needed = ["faults.enabled=true", &token, "limits.reads.burst=100000", "limits.visits.burst=100000"];
        let settings: Vec<_> = needed.into_iter().chain(settings.iter().copied()).collect();
        let (process, log) = Process::serve_with_log(&folder.path().join("data"), &settings);
        Self { process, lines: Lines::of(log), client: client(), _folder: folder }
    }

    async fn faults(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let request =
            self.client.request(method, format!("http://{}/faults{path}", self.process.admin)).bearer_auth(TOKEN);
        request.body(body.map(ToString::to_string).unwrap_or_default()).send().await.unwrap()
    }

    /// Breaks something, and gives its number.
    async fn begin(&self, mut fault: Value) -> u64 {
        let members = fault.as_object_mut().unwrap();
        members.entry("expires_in_seconds").or_insert_with(|| 600.into());
        let answer = self.faults(Method::POST, "", Some(&fault)).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{fault}");
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        let begun: Value = answer.json().await.unwrap();
        assert_eq!(location, format!("/faults/{}", begun["id"]));
        for name in ["kind", "route", "ratio", "latency_ms", "status", "signal"] {
            assert!(same(&begun[name], &fault[name]), "{name} of {begun}");
        }
        begun["id"].as_u64().unwrap()
    }

    async fn active(&self) -> Vec<Value> {
        let answer: Value = self.faults(Method::GET, "", None).await.json().await.unwrap();
        answer["faults"].as_array().unwrap().clone()
    }

    async fn lift_all(&self) {
        let answer: Value = self.faults(Method::DELETE, "", None).await.json().await.unwrap();
        assert_eq!(answer, json!({"faults": []}));
    }

    async fn ask(&self, method: Method, path: &str) -> Response {
        self.client.request(method, format!("http://{}{path}", self.process.public)).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> StatusCode {
        self.ask(Method::GET, path).await.status()
    }

    async fn visit(&self) -> StatusCode {
        self.ask(Method::POST, "/api/v1/visits").await.status()
    }

    /// Asks again and again until that is the answer.
    async fn until(&self, method: Method, path: &str, status: u16) {
        for _ in 0..1_000 {
            if self.ask(method.clone(), path).await.status() == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{method} {path} was never answered with {status}");
    }

    /// The sample of `/metrics` that begins so.
    async fn metric(&self, name: &str) -> f64 {
        let text = self.admin("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}")).trim().parse().unwrap()
    }

    async fn admin(&self, path: &str) -> String {
        self.client.get(format!("http://{}{path}", self.process.admin)).send().await.unwrap().text().await.unwrap()
    }

    /// A picture's bytes, which nobody has asked for before.
    async fn new_picture(&self, page: &mut Vec<String>) -> String {
        if page.is_empty() {
            let answer: Value = self.ask(Method::GET, "/api/v1/images?limit=100").await.json().await.unwrap();
            page.extend(
                answer["items"].as_array().unwrap().iter().map(|image| image["id"].as_str().unwrap().to_owned()),
            );
        }
        format!("/api/v1/images/{}/content", page.pop().expect("a picture is left"))
    }
}

/// A ratio of 1 comes back as 1.0.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().is_some_and(|number| Some(number) == b.as_f64())
}

#[tokio::test]
async fn nothing_is_broken_where_it_is_not_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let token = format!("admin.token={TOKEN}");
    let process = Process::serve(&folder.path().join("data"), &[&token]);
    let fault = json!({"kind": "errors", "ratio": 1, "status": 500, "expires_in_seconds": 60}).to_string();
    for (method, path) in [(Method::POST, ""), (Method::GET, ""), (Method::DELETE, ""), (Method::DELETE, "/1")] {
        let url = format!("http://{}/faults{path}", process.admin);
        let answer = client().request(method, url).bearer_auth(TOKEN).body(fault.clone()).send().await.unwrap();
        let detail = problem(answer, 404, "not-found").await;
        assert!(detail.contains("`faults.enabled` is false"), "{detail}");
    }
    let answer = client().post(format!("http://{}/faults", process.public)).body(fault).send().await.unwrap();
    problem(answer, 404, "not-found").await;
    assert_eq!(client().get(format!("http://{}/", process.public)).send().await.unwrap().status(), 200);
}

#[test]
fn it_is_not_allowed_without_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(sirius(&folder.path().join("data")).args(["--set", "faults.enabled=true", "serve"]));
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("faults.enabled = true (--set)") && said.contains("set admin.token"), "{said}");
}

#[tokio::test]
async fn nothing_is_broken_without_the_token_or_by_a_mistake() {
    let broken = Broken::with(&[]);
    let url = format!("http://{}/faults", broken.process.admin);
    let fault = json!({"kind": "errors", "ratio": 1, "status": 500, "expires_in_seconds": 60});
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let answer = broken.client.request(method, &url).body(fault.to_string()).send().await.unwrap();
        problem(answer, 401, "unauthorized").await;
    }
    let mistake = json!({"kind": "errors", "route": "/nowhere", "ratio": 2, "status": 404});
    let answer = broken.faults(Method::POST, "", Some(&mistake)).await;
    let detail = problem(answer, 400, "invalid-parameter").await;
    for part in [
        "`expires_in_seconds` is missing; allowed is a whole number from 1 to 3600",
        "`route` is \"/nowhere\"; allowed is one of /, /images, ",
        "/api/v1/images/{id}/content",
        "`ratio` is 2; allowed is ",
        "`status` is 404; allowed is one of 500, 502, 503",
    ] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    // Those of probes and of the admin port are none that can be broken.
    assert!(!detail.contains("/healthz") && !detail.contains("/metrics"), "{detail}");
    for id in ["/1", "/x", "/99999999999999999999999"] {
        problem(broken.faults(Method::DELETE, id, None).await, 404, "not-found").await;
    }
    let answer = broken.faults(Method::PUT, "", None).await;
    assert_eq!(answer.headers()["allow"], "DELETE, GET, HEAD, POST");
    problem(answer, 405, "method-not-allowed").await;
    assert!(broken.active().await.is_empty());
    assert_eq!(broken.get("/").await, 200);
}

#[tokio::test]
async fn requests_fail_by_route_until_it_is_lifted() {
    let broken = Broken::with(&[]);
    let route = "/api/v1/images/random";
    let id = broken.begin(json!({"kind": "errors", "route": route, "ratio": 1, "status": 502})).await;
    let detail = problem(broken.ask(Method::GET, route).await, 502, "bytes-unavailable").await;
    assert!(detail.contains("on purpose"), "{detail}");
    assert_eq!((broken.get("/").await, broken.get("/healthz").await), (StatusCode::OK, StatusCode::OK));

    // Whoever looks for the reason finds it: in the list, in the log, in metrics and on the monitor.
    let what = "100% of the requests for /api/v1/images/random are answered with 502";
    let [shown] = broken.active().await.try_into().unwrap();
    assert_eq!((&shown["id"], &shown["what"]), (&id.into(), &what.into()));
    assert!(shown["expires_at"].as_str().unwrap() > shown["begun_at"].as_str().unwrap(), "{shown}");
    let begun = broken.lines.wait_for(|line| line["message"] == "a fault on purpose begins").await;
    assert_eq!((&begun["what"], &begun["expires_in_seconds"]), (&what.into(), &600.into()));
    broken.lines.wait_for(|line| line.to_string().contains("a fault on purpose (/faults on the admin port)")).await;
    assert!((broken.metric("sirius_faults{kind=\"errors\"}").await - 1.0).abs() < f64::EPSILON);
    let page = broken.admin("/monitor").await;
    assert!(page.contains(what) && page.contains(&format!("DELETE /faults/{id}")), "{page}");

    // All other requests, too, but not those of load balancers; the first that fails decides.
    let all = broken.begin(json!({"kind": "errors", "ratio": 1, "status": 503})).await;
    assert_eq!((broken.get("/").await.as_u16(), broken.get(route).await.as_u16()), (503, 502));
    assert_eq!((broken.visit().await.as_u16(), broken.get("/healthz").await.as_u16()), (503, 200));
    assert_eq!(broken.faults(Method::DELETE, &format!("/{all}"), None).await.status(), 200);
    assert_eq!((broken.get("/").await.as_u16(), broken.get(route).await.as_u16()), (200, 502));

    broken.lift_all().await;
    assert_eq!(broken.get(route).await, 200);
    broken.lines.wait_for(|line| line["message"] == "a fault on purpose has ended" && line["id"] == id).await;
    assert!(broken.metric("sirius_faults{kind=\"errors\"}").await.abs() < f64::EPSILON);
    assert!(!broken.admin("/monitor").await.contains("Broken on purpose"));
}

#[tokio::test]
async fn a_share_of_requests_fails() {
    let broken = Broken::with(&[]);
    broken.begin(json!({"kind": "errors", "ratio": 0.5, "status": 500})).await;
    let mut failed = 0;
    for _ in 0..200 {
        failed += u32::from(broken.get("/api/v1/images/random").await == 500);
    }
    // Outside of these, it is one of 10^12 runs.
    assert!((50..150).contains(&failed), "{failed} of 200");
}

#[tokio::test]
async fn a_fault_ends_by_itself() {
    let broken = Broken::with(&[]);
    let fault = json!({"kind": "errors", "ratio": 1, "status": 500, "expires_in_seconds": 1});
    broken.begin(fault).await;
    assert_eq!(broken.get("/").await, 500);
    // Nobody asks for its end, so it is the process that says so.
    let ended = broken.lines.wait_for(|line| line["message"] == "a fault on purpose has ended").await;
    assert_eq!(ended["by"], "its time is over");
    assert_eq!(broken.get("/").await, 200);
    assert!(broken.active().await.is_empty());
}

#[tokio::test]
async fn there_are_only_so_many() {
    let broken = Broken::with(&[]);
    for _ in 0..16 {
        broken.begin(json!({"kind": "blob_errors", "ratio": 0.1})).await;
    }
    let more = json!({"kind": "blob_errors", "ratio": 0.1, "expires_in_seconds": 60});
    let detail = problem(broken.faults(Method::POST, "", Some(&more)).await, 400, "invalid-parameter").await;
    assert!(detail.contains("16 faults are active"), "{detail}");
    broken.lift_all().await;
}

#[tokio::test]
async fn requests_wait_by_route() {
    let broken = Broken::with(&[]);
    let longer = Duration::from_millis(700);
    broken.begin(json!({"kind": "latency", "route": "/statistics", "ratio": 1, "latency_ms": 700})).await;
    let begun = Instant::now();
    assert_eq!(broken.get("/statistics").await, 200);
    assert!(begun.elapsed() >= longer, "{:?}", begun.elapsed());
    // Of another route nobody has to wait: it is answered while the first still waits.
    let (slow, quick) = (broken.get("/statistics"), broken.get("/api/v1/images/random"));
    let (mut slow, mut quick) = (Box::pin(slow), Box::pin(quick));
    tokio::select! {
        status = &mut quick => assert_eq!(status, 200),
        status = &mut slow => panic!("the slow one was answered first, with {status}"),
    }
    slow.await;
}

#[tokio::test]
async fn the_database_fails_and_is_back() {
    let broken = Broken::with(&[]);
    assert_eq!(broken.visit().await, 201);
    broken.begin(json!({"kind": "database_errors", "ratio": 1})).await;
    problem(broken.ask(Method::POST, "/api/v1/visits").await, 503, "visits-unavailable").await;
    // Pictures need no database.
    assert_eq!(broken.get("/api/v1/images/random").await, 200);
    let failed = "db_client_operation_duration_seconds_count{db_system_name=\"sqlite\",db_operation_name=\"UPDATE\",error_type=\"io\"}";
    assert!(broken.metric(failed).await >= 1.0);
    broken.lift_all().await;
    broken.until(Method::POST, "/api/v1/visits", 201).await;
}

#[tokio::test]
async fn the_database_is_slow() {
    let broken = Broken::with(&["visits.timeout=300ms"]);
    broken.begin(json!({"kind": "database_latency", "ratio": 1, "latency_ms": 1_000})).await;
    problem(broken.ask(Method::POST, "/api/v1/visits").await, 503, "visits-unavailable").await;
    broken.lift_all().await;
    broken.until(Method::POST, "/api/v1/visits", 201).await;
}

#[tokio::test]
async fn all_connections_are_taken_and_given_back() {
    let broken = Broken::with(&["visits.timeout=500ms"]);
    broken.begin(json!({"kind": "pool_exhausted"})).await;
    broken.until(Method::POST, "/api/v1/visits", 503).await;
    let used = "db_client_connections{db_system_name=\"sqlite\",db_client_connection_state=\"used\"}";
    for _ in 0..500 {
        if broken.metric(used).await >= 3.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(broken.metric(used).await >= 3.0, "the writer and both readers");
    assert_eq!(broken.get("/api/v1/images/random").await, 200);
    let timeouts = "db_client_connection_timeouts_total{db_system_name=\"sqlite\"}";
    for _ in 0..500 {
        if broken.metric(timeouts).await >= 1.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(broken.metric(timeouts).await >= 1.0, "whoever waited for a connection gave up");
    broken.lift_all().await;
    broken.until(Method::POST, "/api/v1/visits", 201).await;
}

#[tokio::test]
async fn the_byte_store_fails_and_is_slow() {
    let broken = Broken::with(&[]);
    let mut pictures = Vec::new();
    let known = broken.new_picture(&mut pictures).await;
    assert_eq!(broken.get(&known).await, 200);
    broken.begin(json!({"kind": "blob_errors", "ratio": 1})).await;
    let new = broken.new_picture(&mut pictures).await;
    problem(broken.ask(Method::GET, &new).await, 502, "bytes-unavailable").await;
    // What is in memory is served.
    assert_eq!(broken.get(&known).await, 200);
    assert!(broken.metric("sirius_blob_failures_total{reason=\"unavailable\"}").await >= 1.0);
    broken.lift_all().await;
    assert_eq!(broken.get(&new).await, 200);

    broken.begin(json!({"kind": "blob_latency", "ratio": 1, "latency_ms": 500})).await;
    let begun = Instant::now();
    assert_eq!(broken.get(&broken.new_picture(&mut pictures).await).await, 200);
    assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sirius_says_is_lost_and_comes_again() {
    let loki = FakeLoki::start().await;
    loki.be(Mood::Well);
    let url = format!("loki.url={}", loki.url());
    let broken = Broken::with(&[&url]);
    broken.begin(json!({"kind": "telemetry_loss", "signal": "loki"})).await;
    let mut told = Value::Null;
    for _ in 0..1_000 {
        broken.get("/").await;
        told = health(&broken.process).await;
        if told["status"] == "degraded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(signal(&told, "loki")["fault"], "a fault on purpose (/faults on the admin port)", "{told}");
    assert!(broken.metric("sirius_telemetry_dropped_total{signal=\"loki\",reason=\"unconfirmed\"}").await >= 1.0);
    broken.lift_all().await;
    // Of what is asked for only now.
    let answer = loki.wait_for(|taken| taken.line["path"] == "/statistics");
    let asked = async {
        loop {
            broken.get("/statistics").await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        _ = answer => {}
        () = asked => {}
    }
}
