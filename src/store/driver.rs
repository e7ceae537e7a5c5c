//! What a database brings along so that everything above it is written once: connections, transactions, and its errors
//! in words.

use std::ops::DerefMut;
use std::time::{Duration, Instant};

use super::StoreError;
use crate::faults;
use crate::telemetry::catalogue::values::{Database, DatabaseFault, Operation};
use crate::telemetry::events::StatementEnded;
use crate::telemetry::traces;

/// A kind of database that is connected.
pub(super) trait Driver: Send + Sync + Sized + 'static {
    /// What statements are sent to.
    type Session: Session;
    /// A session of a pool: given back when it is dropped.
    type Lease: Lease<Target = Self::Session>;

    /// Begins a transaction that sees the database of one moment.
    const BEGIN_READ: &'static str;
    /// Begins a transaction that writes.
    const BEGIN_WRITE: &'static str;

    /// A session that may write, when one is free.
    fn writer(&self) -> impl Future<Output = Result<Self::Lease, StoreError>> + Send;

    /// A session that reads, when one is free.
    fn reader(&self) -> impl Future<Output = Result<Self::Lease, StoreError>> + Send;

    /// Sends a statement without values, such as BEGIN, as text.
    fn command(on: &mut Self::Session, sql: &'static str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A request that the database did not fulfil.
    fn refusal(error: sqlx::Error) -> StoreError;

    /// The kind of an error, for metrics.
    fn fault(error: &sqlx::Error) -> DatabaseFault;

    /// Whether an error is the database's own answer, after which the connection is as good as before.
    fn is_answer(error: &sqlx::Error) -> bool;
}

/// A connection, and the terms on which statements are sent through it.
pub(super) trait Session: Send {
    /// sqlx' own.
    type Connection;

    /// The terms.
    fn terms(&self) -> Terms;

    /// The connection, for one statement. Until [`Session::settled`] it is in doubt whether that has ended.
    fn lend(&mut self) -> &mut Self::Connection;

    /// The statement has ended, well or not, and the connection may be used for the next one.
    fn settled(&mut self);
}

/// How statements are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// What telemetry calls the database.
    pub system: Database,
    /// Whether the database keeps statements that it has seen, to be sent by their number the next time.
    pub prepared: bool,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
}

/// A session that somebody holds. Given back with a statement in doubt, it is closed.
pub(super) trait Lease: DerefMut + Send {
    /// Closes it when it is dropped, instead of giving it back.
    fn discard(&mut self);
}

/// Waits for the answer to a statement: the one place where this is measured, traced and limited.
pub(super) async fn answer<D: Driver, T>(
    sql: &'static str,
    terms: Terms,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let begun = Instant::now();
    let answer = traces::database(terms.system.name(), sql).run(within(terms.timeout, suffering(asked))).await;
    let fault = answer.as_ref().err().map(D::fault);
    StatementEnded { database: terms.system, operation: Operation::of(sql), elapsed: begun.elapsed(), fault }.emit();
    answer
}

/// Meets what is broken on purpose before the database is asked.
async fn suffering<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    faults::of_statement().await.map_err(|on_purpose| sqlx::Error::Io(std::io::Error::other(on_purpose)))?;
    asked.await
}

async fn within<T>(
    timeout: Option<Duration>,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let Some(timeout) = timeout else { return asked.await };
    tokio::time::timeout(timeout, asked).await.unwrap_or_else(|_| {
        let late = format!("it did not answer within {timeout:?}");
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, late)))
    })
}
