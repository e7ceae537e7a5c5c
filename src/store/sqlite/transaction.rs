//! Transactions that leave no connection in doubt.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};

use super::statement::ask;
use crate::store::StoreError;

/// A transaction, and the connection that it runs on.
///
/// Dropped without [`Transaction::commit`], be it by an error or because its caller stopped waiting, it takes its
/// connection with it: closing rolls back whatever state it is in. To roll back and keep the connection would be
/// cheaper, but after errors such as a full disk SQLite has rolled back by itself, and a connection that is wrong about
/// whether it is in a transaction refuses every later one.
pub(super) struct Transaction {
    connection: PoolConnection<Sqlite>,
    finished: bool,
}

impl Transaction {
    /// Sees the database of one moment.
    pub(super) async fn read(database: &super::Sqlite) -> Result<Self, StoreError> {
        Self::begin(database.reader().await?, "BEGIN").await
    }

    /// Holds the right to write from its beginning, so that it does not fail half-way for want of it. Waits for other
    /// processes that write to the same file.
    pub(super) async fn write(database: &super::Sqlite) -> Result<Self, StoreError> {
        Self::begin(database.writer().await?, "BEGIN IMMEDIATE").await
    }

    async fn begin(connection: PoolConnection<Sqlite>, statement: &'static str) -> Result<Self, StoreError> {
        let mut this = Self { connection, finished: false };
        ask(statement, |sql| sqlx::query(sql).execute(&mut *this)).await?;
        Ok(this)
    }

    /// Makes what was written durable. An error leaves it open whether that happened.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        ask("COMMIT", |sql| sqlx::query(sql).execute(&mut *self)).await?;
        self.finished = true;
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.finished {
            self.connection.close_on_drop();
        }
    }
}
