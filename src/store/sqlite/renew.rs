//! Opening the database anew, when its files are no longer those that the connections work on.
//!
//! SQLite finds a database's write-ahead log by its name. A connection to the file that took the place of another would
//! read the log of the other as its own, as long as connections to that one write to it. So what is in the old log is
//! saved, and all old connections are closed, before a new one is opened. The new file is treated as at a start: what
//! is no database of ours is refused, an older one is brought up to date.

use std::time::Duration;

use sqlx::SqliteConnection;
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio::time::{sleep, timeout};

use super::Sqlite;
use super::error::unavailable;
use super::files::Files;
use super::open::File;
use crate::config::Migrate;
use crate::store::StoreError;
use crate::telemetry::events::DatabaseMoved;

/// How long connections that are in use may take to come back.
const RETURN_TIMEOUT: Duration = Duration::from_secs(3);

/// How often it is looked whether they have.
const RETURN_INTERVAL: Duration = Duration::from_millis(5);

/// What is known of the files of a database that is open.
pub(super) struct Place {
    pub(super) file: File,
    pub(super) migrate: Migrate,
    pub(super) files: Files,
    /// Shared by who asks for a connection, held alone by who opens anew.
    pub(super) gate: RwLock<()>,
}

impl Sqlite {
    /// Waits until the connections work on the files that are there now; they do as long as what is given back lives.
    pub(super) async fn renewed(&self) -> Result<RwLockReadGuard<'_, ()>, StoreError> {
        if self.place.files.have_moved().await {
            self.renew().await?;
        }
        Ok(self.place.gate.read().await)
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let Place { file, migrate, files, gate } = &*self.place;
        let unavailable_for = |reason: &str| StoreError::Unavailable(reason.to_owned());
        let _nobody_asks = gate.write().await;
        if !files.have_moved().await {
            return Ok(());
        }
        let in_use = |_| unavailable_for("its files are others now, and connections to those before are still in use");
        timeout(RETURN_TIMEOUT, self.close_all()).await.map_err(in_use)?;
        if files.log_is_left().await {
            return Err(unavailable_for(
                "its files are others now, but the write-ahead log beside them is still that of the database before; \
                 stop what else works on that one, or move the log away",
            ));
        }
        let mut writer = self.writer.acquire().await.map_err(unavailable)?;
        file.prepare(&mut writer, *migrate).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        files.are_new().await;
        Ok(())
    }

    /// Closes all connections; those that are in use when they come back. SQLite leaves a log alone whose database has
    /// been moved, so that one which came with the new database stays.
    async fn close_all(&self) {
        for pool in [&self.readers, &self.writer] {
            while pool.size() > 0 {
                let Some(mut connection) = pool.try_acquire() else {
                    sleep(RETURN_INTERVAL).await;
                    continue;
                };
                if let Err(error) = save(&mut connection).await {
                    DatabaseMoved::NotSaved { error }.emit();
                }
                // What it had has been saved, or said to be lost.
                let _ = connection.close().await;
            }
        }
    }
}

/// Copies into the database what is in the log, and leaves the log empty.
async fn save(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await.map(drop)
}
