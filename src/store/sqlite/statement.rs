//! Asking SQLite: the one place where statements and connections are waited for, measured, and traced.

use std::time::Instant;

use sqlx::SqlitePool;
use sqlx::pool::PoolConnection;

use super::Sqlite;
use super::error::{fault, unavailable};
use crate::store::StoreError;
use crate::telemetry::catalogue::values::{Database, Operation};
use crate::telemetry::events::{ConnectionAwaited, StatementEnded};
use crate::telemetry::traces;

/// Asks with a statement; `ask` makes sqlx' future of it.
pub(super) async fn ask<T, F>(sql: &'static str, ask: impl FnOnce(&'static str) -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let begun = Instant::now();
    let answer = traces::database(Database::Sqlite.name(), sql).run(ask(sql)).await;
    let fault = answer.as_ref().err().map(fault);
    StatementEnded { database: Database::Sqlite, operation: Operation::of(sql), elapsed: begun.elapsed(), fault }
        .emit();
    answer.map_err(unavailable)
}

impl Sqlite {
    /// A connection that reads, when one is free.
    pub(super) async fn reader(&self) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        self.connection(&self.readers).await
    }

    /// The connection that writes, when it is free.
    pub(super) async fn writer(&self) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        self.connection(&self.writer).await
    }

    async fn connection(&self, pool: &SqlitePool) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        let _nobody_renews = self.renewed().await?;
        let begun = Instant::now();
        let connection = traces::wait("a connection").run(pool.acquire()).await;
        let timed_out = matches!(connection, Err(sqlx::Error::PoolTimedOut));
        ConnectionAwaited { database: Database::Sqlite, elapsed: begun.elapsed(), timed_out }.emit();
        connection.map_err(unavailable)
    }
}
