//! A Sirius in this process, on ports and in a folder of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use sirius::app::{Addresses, App, Opened};
use sirius::config::{Config, Rate};
use sirius::services::import::{Importer, Report, Settings};
use sirius::transform::Pool;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running Sirius with its bundled pictures removed, so that a test knows what is there.
pub struct TestApp {
    addresses: Addresses,
    client: Client,
    config: Config,
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl TestApp {
    /// With an empty catalogue.
    pub async fn empty() -> Self {
        Self::with(|_| ()).await
    }

    /// With `count` still pictures.
    pub async fn with_pictures(count: u32) -> Self {
        let app = Self::empty().await;
        let folder = app.path("pictures");
        super::pictures::fill(&folder, count);
        app.import(&[folder]).await;
        app
    }

    /// With an empty catalogue and other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        // A program that is not optimised, on a machine with much to do, is slower than what it is asked for.
        config.server.max_lag = std::time::Duration::from_secs(10);
        config.data.dir = folder.path().join("data");
        config.server.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        config.admin.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let plenty = Rate { per_second: 100_000, burst: 100_000 };
        (config.limits.reads, config.limits.visits) = (plenty, plenty);
        config.catalogue.refresh_interval = std::time::Duration::from_millis(20);
        change(&mut config);
        // Of all apps in this process together.
        sirius::telemetry::metrics::start();
        let opened = Opened::open(&config).await.unwrap();
        opened.stores.settings.bundled_were_added().await.unwrap();
        opened.stores.connection.close().await;
        let client = super::client();
        let (addresses, stop, serving) = start(&config).await;
        Self { addresses, client, config, stop, serving: Some(serving), folder }
    }

    /// Stops in order and starts again on the same data.
    pub async fn restart(&mut self) {
        self.stop().await;
        let (addresses, stop, serving) = start(&self.config).await;
        (self.addresses, self.stop, self.serving) = (addresses, stop, Some(serving));
    }

    /// Stops in order.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }

    /// A path in a folder that goes when the test ends.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        &self.config.data.dir
    }

    /// Imports beside the running server, as the command does, and waits until the server has seen it.
    pub async fn import(&self, paths: &[PathBuf]) -> Report {
        let opened = Opened::open(&self.config).await.unwrap();
        let pool = Pool::new(self.config.pictures.clone());
        let importer = Importer::new(opened.stores.catalogue, opened.blobs, pool, Settings::default());
        let before = self.count().await;
        let report = importer.import(paths.to_vec(), &CancellationToken::new(), &|_| ()).await.unwrap();
        opened.stores.connection.close().await;
        self.wait_for(before + usize::try_from(report.added).unwrap()).await;
        report
    }

    /// Removes an image beside the running server, and waits until the server has seen it.
    pub async fn remove(&self, id: &str) {
        let opened = Opened::open(&self.config).await.unwrap();
        let before = self.count().await;
        assert_eq!(opened.stores.catalogue.remove(&[id.parse().unwrap()]).await.unwrap(), 1);
        opened.stores.connection.close().await;
        self.wait_for(before - 1).await;
    }

    async fn wait_for(&self, count: usize) {
        for _ in 0..1_000 {
            if self.count().await == count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the server did not see the change within 10 s");
    }

    async fn count(&self) -> usize {
        self.ids("").await.len()
    }

    /// The ids of all images that a query selects, page by page.
    pub async fn ids(&self, query: &str) -> Vec<String> {
        let mut ids = Vec::new();
        let mut path = format!("/api/v1/images?limit=100&{query}");
        loop {
            let page = self.json(&path).await;
            ids.extend(page["items"].as_array().unwrap().iter().map(|image| text(&image["id"])));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/images?cursor={cursor}"),
                None => return ids,
            }
        }
    }

    /// The public port.
    pub fn public(&self) -> SocketAddr {
        self.addresses.public
    }

    /// A request to the public port.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.addresses.public))
    }

    /// A request to the admin port.
    pub fn admin(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{path}", self.addresses.admin))
    }

    /// The answer to a `GET`.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The JSON of a `GET` that must succeed.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "application/json; charset=utf-8", "{path}");
        response.json().await.unwrap()
    }
}

async fn start(config: &Config) -> (Addresses, CancellationToken, JoinHandle<()>) {
    let app = App::start(config.clone()).await.unwrap();
    let (addresses, stop) = (app.addresses().clone(), CancellationToken::new());
    (addresses, stop.clone(), tokio::spawn(app.serve(stop)))
}

/// A header of an answer; empty if it is not there.
pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// A string in JSON.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

/// Checks that an answer is a problem document of this kind, and gives its detail.
pub async fn problem(response: Response, status: u16, code: &str) -> String {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let (trace_id, path) = (header(&response, "x-trace-id").to_owned(), response.url().path().to_owned());
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["type"], format!("/problems/{code}"), "{document}");
    assert_eq!(document["status"], status);
    assert_eq!((&document["instance"], &document["trace_id"]), (&path.into(), &trace_id.into()));
    text(&document["detail"])
}
