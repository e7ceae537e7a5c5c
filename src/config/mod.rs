//! Every setting, typed and valid: what [`Config`] holds has been checked, so nothing else checks it again.
//!
//! A file per section declares the settings; [`load`] fills them from a TOML file, the environment and the command
//! line, and reports everything that is wrong with them at once. This is the only place that reads environment
//! variables, all of them through [`Environment`].

mod admin;
mod blob_url;
mod blobs;
mod cache;
mod catalogue;
mod check;
mod cloud;
mod data;
mod database;
mod database_url;
mod declare;
mod environment;
mod error;
mod faults;
mod file;
mod kind;
mod limits;
mod load;
mod log;
mod loki;
mod metrics;
mod origin;
mod pairs;
mod pictures;
mod quantity;
mod reference;
mod secret;
mod secret_files;
mod server;
mod shutdown;
mod standard;
mod traces;
mod visits;
mod web;

pub use admin::Admin;
pub use blob_url::{BlobUrl, Cloud, ParseBlobUrlError};
pub use blobs::{Blobs, Delivery};
pub use cache::Cache;
pub use catalogue::Catalogue;
pub use cloud::CloudVariables;
pub use data::Data;
pub use database::{Database, Migrate};
pub use database_url::{DatabaseAddress, DatabaseServer, DatabaseUrl, ServerKind, Tls};
pub use environment::Environment;
pub use error::{Errors, Problem};
pub use faults::Faults;
pub use limits::{Limits, Rate};
pub use load::{Flag, Loaded, Sources, load};
pub use log::{Log, LogFormat, RequestLines};
pub use loki::Loki;
pub use metrics::Metrics;
pub use origin::{Origin, Origins};
pub use pairs::{Attributes, Headers};
pub use pictures::Pictures;
pub use reference::{Effective, Setting, settings};
pub use secret::Secret;
pub use server::Server;
pub use shutdown::Shutdown;
pub use traces::{AlwaysExport, Compression, OtlpProtocol, Sampler, Traces, TracesExporter};
pub use visits::Visits;
pub use web::{Contact, PublicUrl};

use declare::Nested;

declare::settings! {
    /// All settings of one Sirius.
    #[derive(Default)]
    pub struct Config {
        /// Where Sirius keeps what it stores.
        data: Data => Nested;
        /// The database.
        database: Database => Nested;
        /// Where the bytes of images are, and how clients get them.
        blobs: Blobs => Nested;
        /// The public port.
        server: Server => Nested;
        /// The deadlines of stopping.
        shutdown: Shutdown => Nested;
        /// The admin port and who may use it.
        admin: Admin => Nested;
        /// Breaking things on purpose, where nobody relies on them.
        faults: Faults => Nested;
        /// What one client may ask for.
        limits: Limits => Nested;
        /// The cache of image bytes.
        cache: Cache => Nested;
        /// The in-memory catalogue.
        catalogue: Catalogue => Nested;
        /// Counting visits.
        visits: Visits => Nested;
        /// What a picture may be.
        pictures: Pictures => Nested;
        /// What is logged, and how.
        log: Log => Nested;
        /// Log lines pushed to Loki, for machines without an agent that collects standard output.
        loki: Loki => Nested;
        /// Which requests are traced, and where their spans go.
        traces: Traces => Nested;
        /// What is measured.
        metrics: Metrics => Nested;
    }
}

/// Reads a length of time as settings have it: `90m`, `24h`, `7d`.
#[must_use]
pub fn duration(text: &str) -> Option<std::time::Duration> {
    quantity::TIME.parse(text).map(std::time::Duration::from_millis)
}

impl Config {
    /// Visits every setting.
    fn each(&mut self, visit: &mut dyn FnMut(declare::Declared<'_>)) {
        declare::Section::each(self, declare::Group { key: "", description: "" }, visit);
    }
}
