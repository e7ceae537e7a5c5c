//! Connections to a server: made when they are needed, kept while they are good, closed when that is in doubt.
//!
//! The pool is deadpool's rather than sqlx': that one hides why a server cannot be reached and tries again until time is
//! up, and it takes the password once.

use std::io;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, TimeoutType};
use sqlx::{ConnectOptions, Connection as _};

use super::{Network, Options, refusal};
use crate::config::{self, DatabaseServer};
use crate::store::StoreError;
use crate::store::driver::{Lease, Session, Terms};
use crate::telemetry::catalogue::values::Database;
use crate::telemetry::events::ConnectionAwaited;
use crate::telemetry::traces;

/// A connection that nobody has used for so long is asked whether it is still there.
const TRUSTED: Duration = Duration::from_secs(1);

/// Where connections come from.
pub(super) struct Door<N: Network> {
    options: Options<N>,
    password_file: Option<PathBuf>,
    settings: config::Database,
    terms: Terms,
}

/// A connection.
pub(in crate::store) struct Wire<N: Network> {
    pub(super) connection: N::Connection,
    terms: Terms,
    /// Whether a statement was sent and its answer has not been heard.
    in_doubt: bool,
    /// When it was made, or given back the last time.
    idle_since: Instant,
}

/// A connection that somebody holds.
pub(in crate::store) struct Held<N: Network> {
    /// Nothing only while this is dropped.
    wire: Option<Object<Door<N>>>,
    discarded: bool,
}

/// A pool of at most so many connections, none of which is made yet.
pub(super) fn make<N: Network>(door: Door<N>, size: usize, patience: Duration) -> Result<Pool<Door<N>>, String> {
    Pool::builder(door)
        .max_size(size)
        .wait_timeout(Some(patience))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| error.to_string())
}

/// A connection of a pool, when one is free.
pub(super) async fn get<N: Network>(pool: &Pool<Door<N>>, system: Database) -> Result<Held<N>, StoreError> {
    let begun = Instant::now();
    let given = traces::wait("a connection").run(pool.get()).await;
    let timed_out = matches!(given, Err(PoolError::Timeout(_)));
    ConnectionAwaited { database: system, elapsed: begun.elapsed(), timed_out }.emit();
    match given {
        Ok(wire) => Ok(Held { wire: Some(wire), discarded: false }),
        Err(PoolError::Backend(error)) => Err(refusal::<N>(&error)),
        Err(PoolError::Closed) => Err(StoreError::Unavailable("it has been closed".to_owned())),
        Err(PoolError::Timeout(TimeoutType::Wait)) => Err(StoreError::Unavailable(
            "every connection is in use, and none came free within database.acquire_timeout".to_owned(),
        )),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

/// A connection of a pool, however long it takes until one is free; none when the server gives none.
pub(super) async fn take<N: Network>(pool: &Pool<Door<N>>) -> Option<Object<Door<N>>> {
    loop {
        match pool.get().await {
            Err(PoolError::Timeout(TimeoutType::Wait)) => {}
            given => return given.ok(),
        }
    }
}

impl<N: Network> Door<N> {
    pub(super) fn new(server: &DatabaseServer, settings: &config::Database, system: Database) -> Self {
        Self {
            options: N::options(server, settings),
            password_file: settings.password_file.clone(),
            settings: settings.clone(),
            terms: Terms { system, prepared: settings.prepared_statements, timeout: Some(settings.statement_timeout) },
        }
    }

    /// How to connect, with the password as the file has it now.
    pub(super) async fn options(&self) -> Result<Options<N>, sqlx::Error> {
        let mut options = self.options.clone();
        if let Some(file) = &self.password_file {
            let password = tokio::fs::read_to_string(file).await.map_err(|error| {
                let file = file.display();
                sqlx::Error::Configuration(format!("database.password_file {file} cannot be read: {error}").into())
            })?;
            options = N::with_password(options, password.trim());
        }
        Ok(options)
    }

    /// How long connecting may take.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.settings.connect_timeout
    }

    /// How old a connection may get.
    pub(super) fn max_lifetime(&self) -> Duration {
        self.settings.max_lifetime
    }

    /// Connects.
    pub(super) async fn open(&self) -> Result<Wire<N>, sqlx::Error> {
        let options = self.options().await?;
        let connecting = async {
            let mut connection = options.connect().await?;
            N::greet(&mut connection, &self.settings).await?;
            Ok(connection)
        };
        let connection = in_time(self.settings.connect_timeout, connecting).await?;
        Ok(Wire { connection, terms: self.terms, in_doubt: false, idle_since: Instant::now() })
    }
}

impl<N: Network> Manager for Door<N> {
    type Type = Wire<N>;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Wire<N>, sqlx::Error> {
        self.open().await
    }

    async fn recycle(&self, wire: &mut Wire<N>, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > self.settings.max_lifetime {
            return Err(RecycleError::message("it is old"));
        }
        // Not the pool's own figure, which begins when a connection is taken: over a slow network that would ask each time.
        if wire.idle_since.elapsed() > TRUSTED {
            in_time(self.settings.connect_timeout, wire.connection.ping()).await?;
        }
        Ok(())
    }
}

impl<N: Network> Session for Wire<N> {
    type Connection = N::Connection;

    fn terms(&self) -> Terms {
        self.terms
    }

    fn lend(&mut self) -> &mut N::Connection {
        self.in_doubt = true;
        &mut self.connection
    }

    fn settled(&mut self) {
        self.in_doubt = false;
    }
}

impl<N: Network> Deref for Held<N> {
    type Target = Wire<N>;

    #[expect(clippy::expect_used, reason = "it is taken out only when this is dropped")]
    fn deref(&self) -> &Wire<N> {
        self.wire.as_ref().expect("a held connection is there")
    }
}

impl<N: Network> DerefMut for Held<N> {
    #[expect(clippy::expect_used, reason = "it is taken out only when this is dropped")]
    fn deref_mut(&mut self) -> &mut Wire<N> {
        self.wire.as_mut().expect("a held connection is there")
    }
}

impl<N: Network> Lease for Held<N> {
    fn discard(&mut self) {
        self.discarded = true;
    }
}

impl<N: Network> Drop for Held<N> {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take_if(|wire| self.discarded || wire.in_doubt) {
            // Out of the pool, and closed at once: what it has locked is free again.
            drop(Object::take(wire));
        }
        if let Some(wire) = &mut self.wire {
            wire.idle_since = Instant::now();
        }
    }
}

/// What is asked, or that it took too long.
pub(in crate::store) async fn in_time<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("it did not answer within {patience:?}")).into())
    })
}
