//! The database: its statements, its connections and its files.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use tracing::{error, info, warn};

use crate::telemetry::catalogue::values::{ConnectionState, Database, DatabaseFault, Operation};
use crate::telemetry::metrics::{handles, to_f64};

/// A statement has ended.
pub struct StatementEnded {
    /// Where.
    pub database: Database,
    /// What it does.
    pub operation: Operation,
    /// How long it took.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub fault: Option<DatabaseFault>,
}

impl StatementEnded {
    /// Measures it. Who asked says what a failure means.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            let labels = (self.database, self.operation, self.fault);
            metrics.db_operation_duration.at(labels).record(self.elapsed);
        }
    }
}

/// A connection was asked for, and given or not.
pub struct ConnectionAwaited {
    /// To what.
    pub database: Database,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether none was to be had in time.
    pub timed_out: bool,
}

impl ConnectionAwaited {
    /// Measures it.
    pub fn emit(self) {
        let Some(metrics) = handles() else { return };
        metrics.db_connection_wait_time.at((self.database,)).record(self.elapsed);
        if self.timed_out {
            metrics.db_connection_timeouts.at((self.database,)).increment(1);
        }
    }
}

/// How connections stand, when somebody looks.
pub struct ConnectionsObserved {
    /// To what.
    pub database: Database,
    /// How many are in use.
    pub used: u64,
    /// How many are open and not in use.
    pub idle: u64,
}

impl ConnectionsObserved {
    /// Measures it.
    pub fn emit(self) {
        let Some(metrics) = handles() else { return };
        for (state, connections) in [(ConnectionState::Used, self.used), (ConnectionState::Idle, self.idle)] {
            metrics.db_connections.at((self.database, state)).set(to_f64(connections));
        }
    }
}

/// The database is not there, and the start waits for it.
pub struct DatabaseAwaited<'a> {
    /// What is known of it.
    pub reason: &'a str,
    /// When it is asked again.
    pub pause: Duration,
}

impl DatabaseAwaited<'_> {
    /// Logs it.
    pub fn emit(self) {
        let pause_ms = u64::try_from(self.pause.as_millis()).unwrap_or(u64::MAX);
        warn!(reason = self.reason, pause_ms, "waiting for the database");
    }
}

/// The database cannot be listened to, or can be again. It is asked for changes all the same.
pub enum NewsFollowing<E> {
    /// It cannot.
    Failed {
        /// Why.
        error: E,
        /// Whether it could the time before: an hour without the database is two lines.
        first: bool,
    },
    /// It can again.
    Again,
}

impl<E: Display> NewsFollowing<E> {
    /// Logs it.
    pub fn emit(self) {
        match self {
            Self::Failed { error, first: true } => {
                info!(%error, "the database cannot be listened to; changes are seen when it is asked next");
            }
            Self::Failed { .. } => {}
            Self::Again => info!("the database is listened to again"),
        }
    }
}

/// The tables are those of a later version, which says that this one may use them.
pub struct DatabaseNewer<'a> {
    /// Whose.
    pub database: &'a str,
    /// The newest migration that it has.
    pub found: i64,
    /// The newest that this version knows.
    pub known: i64,
}

impl DatabaseNewer<'_> {
    /// Logs it.
    pub fn emit(self) {
        let Self { database, found, known } = self;
        info!(database, found, known, "the database is that of a newer Sirius, with which this version gets along");
    }
}

/// A setting of the database with which a visit that was acknowledged may be lost.
pub struct DatabaseRisk<'a> {
    /// Its name.
    pub setting: &'a str,
    /// Its value.
    pub value: &'a str,
    /// What it should be.
    pub safe: &'a str,
}

impl DatabaseRisk<'_> {
    /// Logs it.
    pub fn emit(self) {
        let Self { setting, value, safe } = self;
        warn!(setting, value, safe, "this setting of the database lets it lose visits that were acknowledged");
    }
}

/// How many such settings a database has.
pub struct DatabaseRisks {
    /// Which.
    pub database: Database,
    /// How many.
    pub risks: u64,
}

impl DatabaseRisks {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.database_risky_settings.at((self.database,)).set(to_f64(self.risks));
        }
    }
}

/// The files of the database are not those that its connections work on.
pub enum DatabaseMoved<'a, E> {
    /// Somebody has moved, replaced or removed one.
    Noticed {
        /// Which.
        file: &'a Path,
    },
    /// What was in the log of a connection could not be saved before it was closed.
    NotSaved {
        /// Why.
        error: E,
    },
}

impl<E: Display> DatabaseMoved<'_, E> {
    /// Logs it.
    pub fn emit(self) {
        match self {
            Self::Noticed { file } => {
                let file = file.display();
                warn!(%file, "somebody has moved, replaced or removed this file; opening the database again");
            }
            Self::NotSaved { error } => error!(%error, "what was in the database's write-ahead log may be lost"),
        }
    }
}
