//! The database and the byte store: opened at once, or as soon as the database is there.

use std::sync::Arc;
use std::time::Duration;

use super::StartError;
use super::lock::{self, FolderLock};
use crate::blob::{self, BlobStore};
use crate::config::{Config, DatabaseAddress, DatabaseUrl, Migrate};
use crate::services::readiness::Readiness;
use crate::store::{self, OpenError, Stores};
use crate::telemetry::events::DatabaseAwaited;

/// The database's file in the data folder, where no other is named.
const DATABASE: &str = "sirius.db";

/// How long to wait before a database that is not there is asked again: at first, and at most.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The database and the byte store.
pub struct Opened {
    /// The database.
    pub stores: Stores,
    /// The bytes.
    pub blobs: Arc<dyn BlobStore>,
}

impl Opened {
    /// Opens what the settings name, and makes what is not there; servers may be running on it.
    ///
    /// # Errors
    /// When one of them cannot be used; the message says what to do.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        lock::make_folder(&config.data.dir)?;
        Ok(Self {
            stores: store::open(&config.database, &config.data.dir.join(DATABASE)).await?,
            blobs: blob::open(&config.blobs, &config.data.dir).await?,
        })
    }

    /// The same, as soon as a database server is there.
    pub(super) async fn when_there(config: &Config, readiness: &Readiness) -> Result<Self, StartError> {
        let mut pause = PAUSE;
        loop {
            match Self::open(config).await {
                Err(StartError::Database(away @ OpenError::Away { .. })) => {
                    DatabaseAwaited { reason: &away.to_string(), pause }.emit();
                    readiness.wait_for_database(away.to_string());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Ok(opened) if config.faults.enabled => {
                    return Ok(Self { blobs: blob::disturbed(opened.blobs), ..opened });
                }
                done => return done,
            }
        }
    }

    /// Opens the database if there is one, and makes nothing in the data folder.
    ///
    /// # Errors
    /// When it cannot be used; the message says what to do.
    pub async fn database_if_there(config: &Config) -> Result<Option<Stores>, StartError> {
        let default = config.data.dir.join(DATABASE);
        let is_there = match config.database.url.as_ref().map(DatabaseUrl::address) {
            None => default.exists(),
            Some(Ok(DatabaseAddress::File(file))) => file.exists(),
            Some(_) => true,
        };
        if !is_there {
            return Ok(None);
        }
        Ok(Some(store::open(&config.database, &default).await?))
    }
}

/// Why the database cannot be used, if it cannot; changes nothing in it.
pub(super) async fn refusal(config: &Config) -> Option<StartError> {
    let mut careful = config.clone();
    careful.database.migrate = Migrate::Check;
    match Opened::database_if_there(&careful).await {
        Ok(Some(stores)) => {
            let answer = stores.connection.ping().await;
            stores.connection.close().await;
            if let Err(error) = answer {
                return Some(StartError::Store(error));
            }
        }
        Ok(None) => return None,
        // The next start brings it up to date.
        Err(StartError::Database(OpenError::Older { .. })) if config.database.migrate == Migrate::Auto => {}
        Err(error) => return Some(error),
    }
    store::may_be_used(&config.database, &config.data.dir.join(DATABASE)).await.err().map(StartError::Database)
}

/// Takes the data folder where the database is a file, which only one server may serve. On a database server, replicas
/// may share the folder.
pub(super) fn lock(config: &Config) -> Result<Option<FolderLock>, StartError> {
    let address = config.database.url.as_ref().map(DatabaseUrl::address);
    if let Some(Ok(DatabaseAddress::Server(_))) = address {
        return Ok(None);
    }
    Ok(Some(FolderLock::take(&config.data.dir)?))
}
