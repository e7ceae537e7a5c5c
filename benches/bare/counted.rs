//! Sirius itself with another store of visits, for `make bench-databases`: one that is a counter in memory, and one that commits
//! each visit by itself. Settings come from the environment, as Sirius' own; everything is observed as it is there.

use std::error::Error;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sirius::app::App;
use sirius::config::{Environment, Loaded, Sources, load};
use sirius::domain::{Step, Timestamp, VisitKey, VisitNumber, VisitTotal};
use sirius::store::{Keyed, StoreError, Stores, VisitStore};
use sirius::telemetry::Telemetry;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What counts visits.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A counter in memory.
    InMemory,
    /// The database, a transaction for each.
    OneByOne,
}

/// Serves until SIGTERM.
pub async fn serve(way: Way) -> Result<(), Box<dyn Error>> {
    let config = settings()?.config;
    let telemetry = Telemetry::start(&config)?;
    let mut end = signal(SignalKind::terminate())?;
    let app = App::start_with(config, |stores| exchange(stores, way)).await?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(app.serve(stop.clone()));
    end.recv().await;
    stop.cancel();
    serving.await?;
    // What was not said is of no interest.
    let _ = telemetry.stop(Duration::from_secs(5));
    Ok(())
}

/// What the environment says.
pub fn settings() -> Result<Loaded, Box<dyn Error>> {
    let environment = Environment::of_process();
    let sources = Sources { file: None, folder: PathBuf::new(), environment, flags: Vec::new() };
    Ok(load(&sources).map_err(|errors| errors.to_string())?)
}

fn exchange(stores: Stores, way: Way) -> Stores {
    let visits: Arc<dyn VisitStore> = match way {
        Way::InMemory => Arc::new(Counter::default()),
        Way::OneByOne => Arc::new(OneByOne(Arc::clone(&stores.visits))),
    };
    Stores { visits, ..stores }
}

#[derive(Default)]
struct Counter(AtomicU64);

#[async_trait]
impl VisitStore for Counter {
    async fn count(&self, visits: NonZeroU64, _: Timestamp) -> Result<VisitNumber, StoreError> {
        Ok(VisitNumber(self.0.fetch_add(visits.get(), Ordering::Relaxed) + visits.get()))
    }

    async fn count_keyed(&self, _: &[VisitKey], _: u64, _: Timestamp) -> Result<Keyed, StoreError> {
        Err(StoreError::Unavailable("visits have no keys here".to_owned()))
    }

    async fn forget_keys(&self, _: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn total(&self) -> Result<VisitTotal, StoreError> {
        Ok(VisitTotal { total: self.0.load(Ordering::Relaxed), since: Timestamp::UNIX_EPOCH })
    }

    async fn history(&self, _: Timestamp, _: Timestamp, _: Step) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        Ok(Vec::new())
    }
}

/// Sequentially, as all of them write the same row.
struct OneByOne(Arc<dyn VisitStore>);

#[async_trait]
impl VisitStore for OneByOne {
    async fn count(&self, visits: NonZeroU64, at: Timestamp) -> Result<VisitNumber, StoreError> {
        let mut last = self.0.count(NonZeroU64::MIN, at).await?;
        for _ in 1..visits.get() {
            last = self.0.count(NonZeroU64::MIN, at).await?;
        }
        Ok(last)
    }

    async fn count_keyed(&self, keys: &[VisitKey], others: u64, at: Timestamp) -> Result<Keyed, StoreError> {
        self.0.count_keyed(keys, others, at).await
    }

    async fn forget_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.forget_keys(before).await
    }

    async fn total(&self) -> Result<VisitTotal, StoreError> {
        self.0.total().await
    }

    async fn history(&self, from: Timestamp, to: Timestamp, step: Step) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        self.0.history(from, to, step).await
    }
}
