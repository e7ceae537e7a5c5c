//! What goes wrong below Sirius: disks that fill, files that are moved, damaged or lost, processes that are killed.
//! Nothing acknowledged is lost, what still works is served, and work goes on as soon as it can.
//!
//! The short runs of each need no rights and no time. The long ones, and those that need a disk of their own, are
//! ignored: `make faults` runs them, and docs/faults.md has their figures.
#![allow(clippy::print_stdout, reason = "this is how the long runs report their figures")]

mod bytes;
mod database;
mod disk;
mod import;
mod races;

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use crate::support::process::Process;

/// A client of a running Sirius, and what it was told.
struct Visitor<'a> {
    client: Client,
    process: &'a Process,
    acknowledged: u64,
    /// Visits that were not acknowledged, but may have been counted.
    refused: u64,
}

impl<'a> Visitor<'a> {
    fn of(process: &'a Process) -> Self {
        Self { client: crate::support::client(), process, acknowledged: 0, refused: 0 }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("http://{}{path}", self.process.public)).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// Whether a visit was acknowledged.
    async fn visit(&mut self) -> bool {
        let url = format!("http://{}/api/v1/visits", self.process.public);
        let answer = self.client.post(url).send().await.unwrap();
        match answer.status() {
            StatusCode::CREATED => self.acknowledged += 1,
            StatusCode::SERVICE_UNAVAILABLE => self.refused += 1,
            other => panic!("a visit was answered with {other}"),
        }
        answer.status() == StatusCode::CREATED
    }

    /// Visits until one is acknowledged, or refused.
    async fn visit_until(&mut self, acknowledged: bool) {
        for _ in 0..3_000 {
            if self.visit().await == acknowledged {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("visits were never {}", if acknowledged { "acknowledged again" } else { "refused" });
    }

    /// Waits until `/readyz`, which stays 200, says `status`; gives what it says of the database.
    async fn wait_until(&self, status: &str) -> Value {
        for _ in 0..600 {
            let answer = self.client.get(format!("http://{}/readyz", self.process.admin)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let report: Value = answer.json().await.unwrap();
            if report["status"] == status {
                return report["checks"][1].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("/readyz never said {status}");
    }

    /// Everything but counting works.
    async fn is_served(&self) {
        let image = self.json("/api/v1/images/random").await;
        assert_eq!(self.get(image["content_url"].as_str().unwrap()).await.status(), 200);
        let page = self.get("/").await;
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("unavailable"), "the page says that there is no visitor number");
    }

    /// No acknowledged visit is missing, and none is there that nobody made.
    async fn counts_are_right(&self) {
        let stored = self.json("/api/v1/visits").await["total"].as_u64().unwrap();
        let (acknowledged, refused) = (self.acknowledged, self.refused);
        assert!(
            (acknowledged..=acknowledged + refused + PAGES).contains(&stored),
            "{acknowledged} acknowledged, {refused} refused, {stored} stored"
        );
    }
}

/// The pages that [`Visitor::is_served`] may have asked for, whose visits are perhaps counted after all.
const PAGES: u64 = 1;

/// One sentence, and what it must say.
#[track_caller]
fn assert_is_advice(text: &str, parts: &[&str]) {
    assert_eq!(text.trim_end().lines().count(), 1, "one sentence: {text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
}
