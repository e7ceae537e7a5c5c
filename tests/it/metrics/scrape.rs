//! A Sirius that is scraped.

use std::ops::Deref;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use tempfile::TempDir;

use super::openmetrics::{Dialect, Exposition};
use crate::support::client;
use crate::support::process::Process;

/// What Prometheus asks for.
pub const OPENMETRICS: &str =
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A process of its own: metrics are one set in a process, so that those of other tests would count here.
pub struct Scraped {
    process: Process,
    client: Client,
    _folder: TempDir,
}

impl Scraped {
    pub fn serve(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { process: Process::serve(&folder.path().join("data"), settings), client: client(), _folder: folder }
    }

    /// The answer of the public port, without its body.
    pub async fn ask(&self, method: &str, path: &str, body: &'static str) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("http://{}{path}", self.process.public));
        let request = if body.is_empty() { request } else { request.body(body) };
        request.send().await.unwrap()
    }

    /// The answer to a `GET`, read to its end.
    pub async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let answer = self.ask("GET", path, "").await;
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// The answer of `/metrics`.
    pub async fn metrics(&self, accept: &str) -> Response {
        let request = self.client.get(format!("http://{}/metrics", self.process.admin));
        request.header("accept", accept).send().await.unwrap()
    }

    /// What `/metrics` says.
    pub async fn scrape(&self, dialect: Dialect) -> Exposition {
        let accept = if dialect == Dialect::OpenMetrics { OPENMETRICS } else { "text/plain" };
        let answer = self.metrics(accept).await;
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        Exposition::read(&text, dialect).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Scraped {
    /// Scrapes again and again until two scrapes in a row are as wanted; gives the latter.
    pub async fn scraped_until(&self, wanted: impl Fn(&Exposition, &Exposition) -> bool) -> Exposition {
        let mut before = self.scrape(Dialect::OpenMetrics).await;
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.scrape(Dialect::OpenMetrics).await;
            if wanted(&before, &now) {
                return now;
            }
            before = now;
        }
        panic!("it never was so: {before:?}");
    }
}

impl Deref for Scraped {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}
