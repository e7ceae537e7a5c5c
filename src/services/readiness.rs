//! Whether Sirius can do its work: ready, degraded or not ready, and what is down.
//!
//! Degraded is not down. Without its database Sirius still serves every image; without its byte store it still serves
//! facts, and the pictures it has in memory. One database must not take every replica out of the load balancer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio_util::sync::CancellationToken;

use super::catalogue::Catalogue;
use super::visits::Visits;
use crate::blob::BlobStore;
use crate::store::Connection;
use crate::telemetry::events::DependencyChanged;

/// How often a dependency is asked for the least it can answer, and how long it has for that.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// Watches what Sirius depends on.
pub struct Readiness {
    /// Nothing until all of it could be opened.
    parts: OnceLock<Parts>,
    database: Dependency,
    bytes: Dependency,
    draining: AtomicBool,
}

/// What Sirius depends on.
pub struct Parts {
    /// What is served.
    pub catalogue: Arc<Catalogue>,
    /// The database.
    pub connection: Arc<dyn Connection>,
    /// What writes to it.
    pub visits: Arc<Visits>,
    /// The bytes.
    pub blobs: Arc<dyn BlobStore>,
}

/// The whole answer to "are you ready?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything works.
    Ready,
    /// Images are served, something else is not.
    Degraded,
    /// Send nobody here.
    NotReady,
}

/// What is known of one dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `catalogue`, `database` or `bytes`.
    pub name: &'static str,
    /// Whether it works.
    pub up: bool,
    /// Why not, in words for the operator.
    pub fault: Option<String>,
}

/// The verdict and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether to send anybody here.
    pub verdict: Verdict,
    /// Whether this instance is on its way down.
    pub draining: bool,
    /// Each dependency.
    pub checks: [Check; 3],
}

struct Dependency {
    name: &'static str,
    /// Why it is down; none while it is up.
    fault: ArcSwapOption<String>,
}

impl Readiness {
    /// Whether there is anything is not known yet.
    #[must_use]
    pub fn new() -> Self {
        let dependency = |name| Dependency { name, fault: ArcSwapOption::empty() };
        Self {
            parts: OnceLock::new(),
            database: dependency("database"),
            bytes: dependency("bytes"),
            draining: AtomicBool::new(false),
        }
    }

    /// Everything is there; to be said once.
    pub fn opened(&self, parts: Parts) {
        self.database.learn(None);
        // Said twice, the first holds.
        let _ = self.parts.set(parts);
    }

    /// The start waits for the database.
    pub fn wait_for_database(&self, fault: String) {
        self.database.learn(Some(fault));
    }

    /// Whether the first snapshot has been loaded.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.parts.get().is_some_and(|parts| parts.catalogue.is_loaded())
    }

    /// From now on this instance is not ready: load balancers should send nobody here any more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// What is known now.
    #[must_use]
    pub fn report(&self) -> Report {
        let draining = self.draining.load(Ordering::Acquire);
        let loaded = self.is_started();
        let (database, bytes) = (self.database.check(), self.bytes.check());
        let verdict = match (loaded && !draining, database.up, bytes.up) {
            (false, ..) | (true, false, false) => Verdict::NotReady,
            (true, true, true) => Verdict::Ready,
            (true, ..) => Verdict::Degraded,
        };
        let fault = (!loaded).then(|| "the catalogue has not been read yet".to_owned());
        Report { verdict, draining, checks: [Check { name: "catalogue", up: loaded, fault }, database, bytes] }
    }

    /// Asks the dependencies, again and again until `stop`.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.probe().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PROBE_INTERVAL) => {}
            }
        }
    }

    /// Asks the dependencies once.
    pub async fn probe(&self) {
        let Some(Parts { connection, visits, blobs, .. }) = self.parts.get() else { return };
        let database = tokio::time::timeout(PROBE_INTERVAL, connection.ping());
        let bytes = tokio::time::timeout(PROBE_INTERVAL, blobs.ping());
        let (database, bytes) = tokio::join!(database, bytes);
        // A database that answers may still refuse to write, as on a full disk: its last commit tells.
        let refused = || visits.health().failure().map(|failure| failure.reason.clone());
        self.database.learn(outcome(database).or_else(refused));
        self.bytes.learn(outcome(bytes));
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Dependency {
    fn check(&self) -> Check {
        let fault = self.fault.load_full().map(|fault| (*fault).clone());
        Check { name: self.name, up: fault.is_none(), fault }
    }

    fn learn(&self, fault: Option<String>) {
        if fault.is_some() != self.fault.load().is_some() {
            DependencyChanged { name: self.name, fault: fault.as_deref() }.emit();
        }
        self.fault.store(fault.map(Arc::new));
    }
}

fn outcome<E: std::fmt::Display>(answer: Result<Result<(), E>, tokio::time::error::Elapsed>) -> Option<String> {
    match answer {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} s", PROBE_INTERVAL.as_secs())),
    }
}
