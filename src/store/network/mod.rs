//! What database servers have in common: connections over a network that may break at any moment.
//!
//! `pool` keeps connections and makes new ones, `counting` finds out what became of a batch of visits whose answer was
//! lost, `news` hears of changes from the server, `open` brings a database up to date before it is used. What a server is told stands in its own folder.

pub(super) mod counting;
mod news;
pub(super) mod open;
mod pool;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Connection as _;
use tokio::sync::Mutex;

use self::counting::BatchId;
use self::news::Ear;
use self::pool::Door;
pub(super) use self::pool::{Held, Wire, in_time};
use super::driver::{Driver, Session, answer};
use super::rows::RowStatements;
use super::statements::Statements;
use super::transaction::Transaction;
use super::{Connection, OpenError, StoreError, Stores};
use crate::config::{self, DatabaseServer};
use crate::telemetry::catalogue::values::{Database, DatabaseFault};
use crate::telemetry::events::ConnectionsObserved;
use crate::telemetry::metrics;

/// A kind of database server, as sqlx talks to it.
pub(super) trait Network: sqlx::Database<Connection: Send + Sync> {
    /// Begins a transaction that sees the database of one moment.
    const BEGIN_READ: &'static str;
    /// Begins a transaction that writes.
    const BEGIN_WRITE: &'static str;

    /// How to connect.
    fn options(server: &DatabaseServer, settings: &config::Database) -> Options<Self>;

    /// The same with a password.
    fn with_password(options: Options<Self>, password: &str) -> Options<Self>;

    /// What is said on a new connection before anything else.
    fn greet(
        on: &mut Self::Connection,
        settings: &config::Database,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Sends statements as text.
    fn text(on: &mut Self::Connection, sql: &'static str) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Whether it tells of changes to the catalogue by itself.
    const TELLS: bool = false;

    /// Connects, and calls `told` as soon as it listens and for every change from then on, until the connection breaks.
    fn hear(
        _options: Options<Self>,
        _connect_timeout: Duration,
        _told: &(dyn Fn() + Send + Sync),
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        std::future::pending()
    }

    /// What an error of the server means.
    fn trouble(error: &dyn sqlx::error::DatabaseError) -> Trouble;

    /// Which of the kind it is.
    fn system(on: &mut Self::Connection) -> impl Future<Output = Result<Database, sqlx::Error>> + Send;
}

/// How sqlx connects.
pub(super) type Options<N> = <<N as sqlx::Database>::Connection as sqlx::Connection>::Options;

/// What an error of a server means to Sirius.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is stopping, starting, or has no room for another connection.
    Away,
    /// It is read-only, as a server is that others have taken the place of.
    ReadOnly,
    /// It does not let Sirius in, or not do this.
    Denied,
    /// Its disk is full.
    Full,
    /// Another writer was faster, or in the way.
    Conflict,
    /// The statement took too long.
    Timeout,
    /// Its files are damaged.
    Corrupt,
    /// It does not know what was prepared on another connection: a pooler stands between.
    Pooled,
    /// What is none of these.
    Other,
}

/// A database on a server: connections that write, and some that read beside them.
///
/// They are apart so that however many people ask for histories, visits are counted.
pub(super) struct Pools<N: Network> {
    writers: deadpool::managed::Pool<Door<N>>,
    readers: deadpool::managed::Pool<Door<N>>,
    /// Where the server tells of changes, and there is a connection to spare for hearing of them.
    ear: Option<Ear<N>>,
    system: Database,
    /// Batches of visits whose numbers have been told, which the database need not keep any longer.
    settled: Mutex<Vec<BatchId>>,
}

/// Connections that write: one counts visits, the other is for everything else.
const WRITERS: usize = 2;

impl<N: Network> Pools<N>
where
    Self: RowStatements,
{
    /// Stores on a server that is there and up to date.
    pub(super) fn stores(
        server: &DatabaseServer,
        settings: &config::Database,
        system: Database,
    ) -> Result<Stores, OpenError> {
        let pool = |size| pool::make(Door::new(server, settings, system), size, settings.acquire_timeout);
        let others = usize::try_from(settings.max_connections).unwrap_or(usize::MAX).saturating_sub(WRITERS);
        // Behind a pooler, nobody is told anything.
        let listens = N::TELLS && settings.prepared_statements && others > 1;
        let readers = others.saturating_sub(usize::from(listens)).max(1);
        let unusable = |reason: String| OpenError::Unusable { database: server.to_string(), reason };
        let this = Arc::new(Self {
            writers: pool(WRITERS).map_err(unusable)?,
            readers: pool(readers).map_err(unusable)?,
            ear: listens.then(|| Ear::new(Door::new(server, settings, system))),
            system,
            settled: Mutex::default(),
        });
        metrics::observe(&this, Self::observe);
        Ok(Stores {
            catalogue: this.clone(),
            visits: this.clone(),
            settings: this.clone(),
            rows: this.clone(),
            connection: this,
        })
    }

    /// Tells how its connections stand.
    fn observe(&self) {
        let (open, idle) = [&self.writers, &self.readers]
            .map(deadpool::managed::Pool::status)
            .iter()
            .fold((0, 0), |(open, idle), pool| (open + pool.size as u64, idle + pool.available as u64));
        let listening = u64::from(self.ear.as_ref().is_some_and(Ear::is_open));
        ConnectionsObserved { database: self.system, used: open.saturating_sub(idle) + listening, idle }.emit();
    }
}

impl<N: Network> Driver for Pools<N> {
    type Session = Wire<N>;
    type Lease = Held<N>;

    const BEGIN_READ: &'static str = N::BEGIN_READ;
    const BEGIN_WRITE: &'static str = N::BEGIN_WRITE;

    async fn writer(&self) -> Result<Held<N>, StoreError> {
        pool::get(&self.writers, self.system).await
    }

    async fn reader(&self) -> Result<Held<N>, StoreError> {
        pool::get(&self.readers, self.system).await
    }

    async fn command(on: &mut Wire<N>, sql: &'static str) -> Result<(), StoreError> {
        let terms = on.terms();
        let answer = answer::<Self, _>(sql, terms, N::text(on.lend(), sql)).await;
        if answer.as_ref().err().is_none_or(Self::is_answer) {
            on.settled();
        }
        answer.map_err(Self::refusal)
    }

    fn refusal(error: sqlx::Error) -> StoreError {
        refusal::<N>(&error)
    }

    fn fault(error: &sqlx::Error) -> DatabaseFault {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => DatabaseFault::Corrupt,
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => DatabaseFault::Timeout,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => DatabaseFault::Io,
            sqlx::Error::Database(error) => match N::trouble(&**error) {
                Trouble::Away => DatabaseFault::Io,
                Trouble::ReadOnly | Trouble::Denied => DatabaseFault::Denied,
                Trouble::Full => DatabaseFault::Full,
                Trouble::Conflict => DatabaseFault::Busy,
                Trouble::Timeout => DatabaseFault::Timeout,
                Trouble::Corrupt => DatabaseFault::Corrupt,
                Trouble::Pooled | Trouble::Other => DatabaseFault::Other,
            },
            _ => DatabaseFault::Other,
        }
    }

    fn is_answer(error: &sqlx::Error) -> bool {
        match error {
            // A server that is going away, or that has become somebody's copy, is not worth keeping a connection to.
            sqlx::Error::Database(error) => !matches!(N::trouble(&**error), Trouble::Away | Trouble::ReadOnly),
            sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } => true,
            _ => false,
        }
    }
}

#[async_trait]
impl<N: Network> Connection for Pools<N>
where
    Self: Statements,
{
    async fn ping(&self) -> Result<(), StoreError> {
        let mut transaction = Transaction::single(self).await?;
        Self::last_change(&mut transaction).await?;
        transaction.commit().await
    }

    async fn listen(&self, heard: &(dyn Fn() + Send + Sync)) {
        match &self.ear {
            Some(ear) => ear.listen(heard).await,
            None => std::future::pending().await,
        }
    }

    async fn take_all(&self) -> Box<dyn Any + Send> {
        let mut taken = Vec::new();
        for pool in [&self.writers, &self.readers] {
            for _ in 0..pool.status().max_size {
                taken.extend(pool::take(pool).await);
            }
        }
        Box::new(taken)
    }

    async fn close(&self) {
        for pool in [&self.readers, &self.writers] {
            let idle = pool.retain(|_, _| false).removed;
            pool.close();
            for wire in idle {
                // Said goodbye to, so that the server's log has no complaint; if that fails, they are gone as well.
                let _ = wire.connection.close().await;
            }
        }
    }
}

/// A request that a server did not fulfil, in words.
fn refusal<N: Network>(error: &sqlx::Error) -> StoreError {
    let advice = match error {
        sqlx::Error::ColumnDecode { index, source } => return StoreError::Corrupt(format!("column {index}: {source}")),
        sqlx::Error::RowNotFound => return StoreError::Corrupt("a row that is always there is missing".to_owned()),
        sqlx::Error::Database(error) => match N::trouble(&**error) {
            Trouble::Conflict => return StoreError::Conflict(error.to_string()),
            Trouble::Corrupt => {
                return StoreError::Corrupt(format!("its files are damaged; restore a backup ({error})"));
            }
            Trouble::Away => "it is starting, stopping, or has no room for more connections",
            Trouble::ReadOnly => "the server is read-only; another one may have taken its place",
            Trouble::Denied => "access is denied; check the user, the password and what it may do",
            Trouble::Full => "the server's disk is full; free some space there",
            Trouble::Timeout => "a statement took longer than database.statement_timeout",
            Trouble::Pooled => {
                "a pooler gives each transaction to another connection; set database.prepared_statements = false"
            }
            Trouble::Other => "the server refused",
        },
        sqlx::Error::Io(_) => "the connection failed",
        sqlx::Error::Tls(_) => "the connection cannot be encrypted",
        _ => return StoreError::Unavailable(error.to_string()),
    };
    StoreError::Unavailable(format!("{advice} ({})", own_words(error)))
}

/// What the server or the system said, without sqlx' frame around it.
fn own_words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => error.to_string(),
        error => error.to_string(),
    }
}
