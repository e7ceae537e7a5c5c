//! `sirius healthcheck`, as an image asks it.

use std::path::Path;
use std::process::Output;

use crate::support::process::{Process, run, sirius};

/// Asks for the health of what has this admin address.
fn healthcheck(data: &Path, admin: &str) -> Output {
    run(sirius(data).env("SIRIUS_ADMIN__LISTEN", admin).arg("healthcheck"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn it_succeeds_while_sirius_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut process = Process::serve(&data, &["shutdown.unready_delay=1m"]);
    let output = healthcheck(&data, &process.admin);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "ok\n"), "{}", text(&output.stderr));

    // What listens everywhere is asked on loopback.
    let port = process.admin.rsplit(':').next().unwrap();
    assert!(healthcheck(&data, &format!("0.0.0.0:{port}")).status.success());

    // It goes on serving for a minute, and is to get no more requests.
    process.signal("TERM");
    let output = loop {
        let output = healthcheck(&data, &process.admin);
        if !output.status.success() {
            break output;
        }
    };
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), "sirius: it is not ready: draining\n"));
    process.signal("TERM");
    process.wait();
    let output = healthcheck(&data, &process.admin);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&process.admin) && error.contains("admin.listen"), "{error}");
}

/// Docker reserves every other code.
#[test]
fn what_cannot_be_asked_fails_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (admin, expected) in [("127.0.0.1:0", "admin.listen has port 0"), ("8081", "admin.listen")] {
        let output = healthcheck(&data, admin);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}
