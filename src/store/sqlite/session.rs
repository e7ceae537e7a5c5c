//! Connections to the file, and what is said of them.

use std::time::Instant;

use sqlx::pool::PoolConnection;
use sqlx::{SqliteConnection, SqlitePool};

use super::Sqlite;
use super::error::{fault, unavailable};
use crate::store::StoreError;
use crate::store::driver::{Driver, Lease, Session, Terms, answer};
use crate::telemetry::catalogue::values::{Database, DatabaseFault};
use crate::telemetry::events::ConnectionAwaited;
use crate::telemetry::traces;

impl Driver for Sqlite {
    type Session = SqliteConnection;
    type Lease = PoolConnection<sqlx::Sqlite>;

    const BEGIN_READ: &'static str = "BEGIN";
    // Waits for other processes that write to the same file.
    const BEGIN_WRITE: &'static str = "BEGIN IMMEDIATE";

    async fn writer(&self) -> Result<Self::Lease, StoreError> {
        self.connection(&self.writer).await
    }

    async fn reader(&self) -> Result<Self::Lease, StoreError> {
        self.connection(&self.readers).await
    }

    async fn command(on: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
        let done = async { sqlx::query(sql).execute(&mut *on).await.map(drop) };
        answer::<Self, _>(sql, TERMS, done).await.map_err(unavailable)
    }

    fn refusal(error: sqlx::Error) -> StoreError {
        unavailable(error)
    }

    fn fault(error: &sqlx::Error) -> DatabaseFault {
        fault(error)
    }

    fn is_answer(_: &sqlx::Error) -> bool {
        true
    }
}

/// A file answers or fails.
const TERMS: Terms = Terms { system: Database::Sqlite, prepared: true, timeout: None };

impl Session for SqliteConnection {
    type Connection = Self;

    fn terms(&self) -> Terms {
        TERMS
    }

    fn lend(&mut self) -> &mut Self {
        self
    }

    fn settled(&mut self) {}
}

impl Lease for PoolConnection<sqlx::Sqlite> {
    fn discard(&mut self) {
        self.close_on_drop();
    }
}

impl Sqlite {
    async fn connection(&self, pool: &SqlitePool) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        let _nobody_renews = self.renewed().await?;
        let begun = Instant::now();
        let connection = traces::wait("a connection").run(pool.acquire()).await;
        let timed_out = matches!(connection, Err(sqlx::Error::PoolTimedOut));
        ConnectionAwaited { database: Database::Sqlite, elapsed: begun.elapsed(), timed_out }.emit();
        connection.map_err(unavailable)
    }
}
