//! What Sirius says of itself, and that saying it never hurts.

mod export;
mod line;
mod log_level;
mod loki;
mod stdout;
mod traces;

use std::io::{BufRead, BufReader};
use std::process::ChildStdout;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::client;
use crate::support::process::Process;

/// The lines of a log, read as they come.
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Begins to read.
    pub fn of(log: ChildStdout) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let read = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines() {
                read.lock().unwrap().push(line.unwrap());
            }
        });
        Self(lines)
    }

    /// All that were read.
    pub fn all(&self) -> Vec<Value> {
        let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.0.lock().unwrap().iter().map(parse).collect()
    }

    /// Waits for a line; fails the test after a minute.
    pub async fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..6_000 {
            if let Some(line) = self.all().into_iter().find(|line| wanted(line)) {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the line did not come: {:#?}", self.all());
    }
}

/// What `/readyz` says of telemetry; it must be ready.
pub async fn health(process: &Process) -> Value {
    let answer = client().get(format!("http://{}/readyz", process.admin)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], "ok", "{body}");
    body["telemetry"].clone()
}

/// What it says of one signal.
pub fn signal<'a>(health: &'a Value, name: &str) -> &'a Value {
    health["signals"].as_array().unwrap().iter().find(|signal| signal["name"] == name).unwrap()
}
