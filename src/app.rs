//! Builds the running service from its configuration.
//!
//! Start-up and shut-down order are read here, top to bottom; what each part does stands in its own module.

mod faults;
mod lock;
mod opened;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::opened::Opened;

use self::lock::{FolderLock, LockError};
use crate::blob::{self, BlobStore};
use crate::config::Config;
use crate::http::api::State;
use crate::http::problem::refuse;
use crate::http::server::{BindError, Drained, Listener, Server};
use crate::http::{admin, pages, public};
use crate::limits::Quotas;
use crate::monitor::Monitor;
use crate::services::catalogue::Catalogue;
use crate::services::content::Contents;
use crate::services::cursor::Cursors;
use crate::services::import::{BUNDLED, ImportError, Importer, Settings};
use crate::services::readiness::{Parts, Readiness};
use crate::services::visits::Visits;
use crate::store::{OpenError, StoreError, Stores};
use crate::telemetry::events::{CutOff, Listening, Stopping};
use crate::telemetry::metrics;
use crate::transform::Pool;

/// How often quotas of clients that left are forgotten, and images that make room for others.
const TIDY_INTERVAL: Duration = Duration::from_secs(10);

/// How long the admin port may take to close; nothing there takes long.
const ADMIN_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// A Sirius that is ready to serve.
pub struct App {
    config: Config,
    stores: Stores,
    visits: Arc<Visits>,
    readiness: Arc<Readiness>,
    public: Server,
    admin: Admin,
    addresses: Addresses,
    /// What goes on in the background, until `background_stop`.
    background: JoinSet<()>,
    background_stop: CancellationToken,
    _lock: Option<FolderLock>,
}

/// The admin port, which answers from the start to the end.
struct Admin {
    serving: JoinHandle<Drained>,
    /// Stops it when this is dropped.
    stop: DropGuard,
}

/// Where a running Sirius can be found.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The public port.
    pub public: SocketAddr,
    /// The admin port.
    pub admin: SocketAddr,
    /// The folder of the database and the pictures.
    pub data_dir: PathBuf,
}

/// A Sirius that cannot start; every message is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] LockError),
    /// A port.
    #[error(transparent)]
    Port(#[from] BindError),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The byte store.
    #[error(transparent)]
    Bytes(#[from] blob::OpenError),
    /// The database was opened, but does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pictures that come with Sirius could not be stored.
    #[error("cannot add the bundled pictures: {0}")]
    Bundled(#[from] ImportError),
}

impl App {
    /// Starts everything but serving, in this order: the folder, the ports, the database, the bundled pictures, the
    /// catalogue. What may be refused comes before what takes time. A database server that is not there is waited for,
    /// during which the admin port answers that Sirius is alive, and not ready.
    ///
    /// # Errors
    /// When something it needs cannot be had; nothing is left half-done.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_with(config, |stores| stores).await
    }

    /// The same with other stores in the place of those that the settings name: for programs that measure what a store costs.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_with(config: Config, exchange: impl FnOnce(Stores) -> Stores) -> Result<Self, StartError> {
        let lock = opened::lock(&config)?;
        let public_listener = Listener::bind(config.server.listen, "server.listen (--listen)")?;
        let admin_listener = Listener::bind(config.admin.listen, "admin.listen (--admin-listen)")?;
        let addresses = Addresses {
            public: public_listener.local_addr(),
            admin: admin_listener.local_addr(),
            data_dir: config.data.dir.clone(),
        };

        let readiness = Arc::new(Readiness::new());
        let monitor = Arc::new(Monitor::new());
        let admin = admin::port(Arc::clone(&readiness), Arc::clone(&monitor), &config);
        let admin = Admin::start(Server::new(admin_listener, admin, &config.server, refuse), addresses.admin);

        let Opened { stores, blobs } = Opened::when_there(&config, &readiness).await?;
        let stores = exchange(stores);
        add_bundled(&stores, &blobs, &config).await?;
        let cursors = Arc::new(Cursors::new(stores.settings.cursor_key().await?));
        let catalogue = Arc::new(Catalogue::new(Arc::clone(&stores.catalogue)));
        catalogue.refresh().await?;

        let visits = Visits::start(Arc::clone(&stores.visits), &config.visits);
        let contents = Arc::new(Contents::new(Arc::clone(&blobs), &config.cache, &config.blobs));
        readiness.opened(Parts {
            catalogue: Arc::clone(&catalogue),
            connection: Arc::clone(&stores.connection),
            visits: Arc::clone(&visits),
            blobs,
        });
        let quotas = Arc::new(Quotas::new(&config.limits));

        metrics::observe(&catalogue, Catalogue::observe);
        metrics::observe(&visits, Visits::observe);
        metrics::observe(&contents, Contents::observe);
        metrics::observe(&quotas, Quotas::observe);

        let mut background = JoinSet::new();
        let background_stop = CancellationToken::new();
        follow(&mut background, &catalogue, &stores, config.catalogue.refresh_interval, &background_stop);
        background.spawn(Arc::clone(&readiness).watch(background_stop.clone()));
        background.spawn(Arc::clone(&visits).follow_total(background_stop.clone()));
        background.spawn(Arc::clone(&visits).forget_keys(background_stop.clone()));
        background.spawn(tidy(Arc::clone(&quotas), Arc::clone(&contents), background_stop.clone()));
        background.spawn(metrics::keep_up(background_stop.clone()));
        background.spawn(monitor.follow(background_stop.clone()));
        if config.faults.enabled {
            background.spawn(faults::exhaust_pool(Arc::clone(&stores.connection)));
        }
        background.spawn_blocking(pages::warm_up);

        let state = State { catalogue, contents, visits: Arc::clone(&visits), cursors };
        let public = public::port(state, quotas, &config);
        Ok(Self {
            public: Server::new(public_listener, public, &config.server, public::refuse),
            admin,
            config,
            stores,
            visits,
            readiness,
            addresses,
            background,
            background_stop,
            _lock: lock,
        })
    }

    /// Where it is to be found.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Serves until `stop`, then stops in this order: unready, wait for load balancers, drain requests, flush visits,
    /// close the database. Each step has its deadline and its log line.
    pub async fn serve(mut self, stop: CancellationToken) {
        Listening { port: "public", address: self.addresses.public }.emit();
        let shutdown = &self.config.shutdown;
        let public_stop = CancellationToken::new();
        let parting = self.public.parting();
        let public = tokio::spawn(self.public.run(public_stop.clone().cancelled_owned(), shutdown.drain_timeout));

        stop.cancelled().await;
        Stopping { step: "unready from now on, serving until load balancers have noticed" }.emit();
        self.readiness.drain();
        parting.begin();
        tokio::time::sleep(shutdown.unready_delay).await;

        Stopping { step: "taking no more connections, letting requests end" }.emit();
        public_stop.cancel();
        if let Ok(drained) = public.await
            && drained.connections_cut_off > 0
        {
            CutOff { what: "connections", count: drained.connections_cut_off }.emit();
        }

        Stopping { step: "committing the visits that were taken" }.emit();
        if let Err(left) = self.visits.flush(shutdown.flush_timeout).await {
            CutOff { what: "visits", count: left.unanswered }.emit();
        }

        Stopping { step: "closing the database" }.emit();
        self.background_stop.cancel();
        self.background.shutdown().await;
        if tokio::time::timeout(shutdown.flush_timeout, self.stores.connection.close()).await.is_err() {
            CutOff { what: "connections to the database", count: 1 }.emit();
        }
        let Admin { serving, stop } = self.admin;
        drop(stop);
        // Its answers are of no interest any more.
        let _ = serving.await;
        Stopping { step: "done" }.emit();
    }
}

impl Admin {
    fn start(server: Server, address: SocketAddr) -> Self {
        Listening { port: "admin", address }.emit();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.run(stop.clone().cancelled_owned(), ADMIN_DRAIN_TIMEOUT));
        Self { serving, stop: stop.drop_guard() }
    }
}

/// Connects to what the settings name, changes nothing, and gives every reason why it cannot.
pub async fn refusals(config: &Config) -> Vec<StartError> {
    let mut refusals = Vec::new();
    refusals.extend(opened::refusal(config).await);
    if config.blobs.is_remote() {
        refusals.extend(blob::open_now(&config.blobs, &config.data.dir).await.err().map(StartError::Bytes));
    }
    refusals
}

/// Adds the pictures that come with Sirius, on the first start only: what an operator removes stays removed.
async fn add_bundled(stores: &Stores, blobs: &Arc<dyn BlobStore>, config: &Config) -> Result<(), StartError> {
    if stores.settings.had_bundled().await? {
        return Ok(());
    }
    let pool = Pool::new(config.pictures.clone());
    let importer = Importer::new(Arc::clone(&stores.catalogue), Arc::clone(blobs), pool, Settings::default());
    importer.import_bundle(BUNDLED).await?;
    Ok(stores.settings.bundled_were_added().await?)
}

/// Has the catalogue follow the database, `every` so often and when the database tells of a change.
fn follow(
    background: &mut JoinSet<()>,
    catalogue: &Arc<Catalogue>,
    stores: &Stores,
    every: Duration,
    stop: &CancellationToken,
) {
    background.spawn(Arc::clone(catalogue).follow(every, stop.clone()));
    let (connection, catalogue) = (Arc::clone(&stores.connection), Arc::clone(catalogue));
    background.spawn(async move { connection.listen(&|| catalogue.hurry()).await });
}

async fn tidy(quotas: Arc<Quotas>, contents: Arc<Contents>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TIDY_INTERVAL) => {}
        }
        contents.tidy().await;
        let quotas = Arc::clone(&quotas);
        // It looks at every client there is. Whether it ended well shows in memory, nowhere else.
        let _ = tokio::task::spawn_blocking(move || quotas.tidy()).await;
    }
}
