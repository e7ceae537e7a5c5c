//! Neither logs nor answers tell what is nobody's business.

use reqwest::Method;

use crate::support::TestApp;
use crate::support::client;
use crate::support::process::Process;

#[tokio::test]
async fn the_log_of_a_busy_hour_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let token = "token-of-the-admin-0123456789";
    let settings = [format!("admin.token={token}"), "log.filter=debug".to_owned(), "log.format=json".to_owned()];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let mut process = Process::serve(&folder.path().join("data"), &settings);
    let client = client();
    for path in [
        "/?password=hunter2",
        "/api/v1/images/random?seed=hunter2",
        "/api/v1/nothing?key=hunter2",
        "/api/v1/images?limit=hunter2",
    ] {
        let request = client.get(format!("http://{}{path}", process.public));
        request.header("authorization", "Bearer hunter2").header("cookie", "session=hunter2").send().await.unwrap();
    }
    for sent in [token, "wrong-hunter2"] {
        let request = client.get(format!("http://{}/nothing", process.admin)).bearer_auth(sent);
        request.send().await.unwrap();
    }
    process.signal("TERM");
    assert!(process.wait().success());
    let log = process.log();
    assert!(log.contains("/api/v1/nothing"), "requests are logged: {log}");
    assert!(!log.contains("hunter2") && !log.contains(token), "{log}");
}

#[tokio::test]
async fn a_fault_inside_is_told_by_its_trace_id_alone() {
    let app = TestApp::with_pictures(1).await;
    std::fs::remove_dir_all(app.data_dir().join("blobs")).unwrap();
    let content = format!("/api/v1/images/{}/content", app.ids("").await[0]);
    let answer = app.request(Method::GET, &content).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    let text = answer.text().await.unwrap();
    for inside in [app.data_dir().to_str().unwrap(), "blobs", "No such file", "os error", "NotFound"] {
        assert!(!text.contains(inside), "{text}");
    }
}
