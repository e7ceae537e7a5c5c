//! User instructions a request, counted by callgrind: unlike time, they are the same on a busy machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Workload;
use crate::parts::Parts;
use crate::server::Server;

/// Requests before the count, which fill caches and connections.
const WARM_UP: u64 = 320;
/// Requests that are counted.
const REQUESTS: u64 = 1_600;

/// Whether valgrind is there.
pub fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Instructions a request of each workload. What runs in the background meanwhile counts too.
pub fn instructions(data: &Path, parts: &Parts, workloads: &[Workload]) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("callgrind.out");
    let below = ["valgrind", "--quiet", "--tool=callgrind"].map(Into::into);
    let below = [below.to_vec(), vec![format!("--callgrind-out-file={}", output.display()).into()]].concat();
    let server = Server::start_with(&below, data, &parts.settings());
    server.settle();
    let mut figures = Vec::new();
    for (number, workload) in (1..).zip(workloads) {
        server.ask(workload.callgrind_clients, workload.method, &workload.path, WARM_UP);
        control(&server, "--zero");
        server.ask(workload.callgrind_clients, workload.method, &workload.path, REQUESTS);
        control(&server, "--dump");
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        figures.push(total(&numbered(&output, number)) as f64 / REQUESTS as f64);
    }
    figures
}

fn control(server: &Server, what: &str) {
    let status = Command::new("callgrind_control")
        .arg(what)
        .arg(server.id().to_string())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "callgrind_control {what}: {status}");
}

fn numbered(output: &Path, number: usize) -> PathBuf {
    output.with_extension(format!("out.{number}"))
}

/// The sum that callgrind writes at the end of a dump.
fn total(dump: &Path) -> u64 {
    let text = std::fs::read_to_string(dump).unwrap_or_else(|error| panic!("{}: {error}", dump.display()));
    text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap().trim().parse().unwrap()
}
