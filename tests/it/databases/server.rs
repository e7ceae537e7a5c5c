//! A database of a test's own on a server that is shared by all.

use std::sync::atomic::{AtomicU32, Ordering};

use sirius::config::{self, DatabaseUrl};
use sirius::store::{OpenError, Stores, open};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::OnceCell;

use crate::store::Database;

/// A server of some kind.
pub trait Server: Send + Sync {
    /// Where it is, and who may do everything there: `postgres://user:password@host:port/`, to go on with a name.
    fn root() -> String;

    /// Runs a statement in a database, as who may do everything.
    async fn run(database: &str, sql: &str);

    /// A database that is always there.
    const ADMIN: &'static str;

    /// The type of a column of bytes.
    const BYTES: &'static str;
}

/// A database that a test has for itself, made when it is first used and left to the server's end.
pub struct Fresh<S> {
    name: String,
    made: OnceCell<()>,
    server: std::marker::PhantomData<S>,
}

impl<S: Server> Fresh<S> {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { name, made: OnceCell::new(), server: std::marker::PhantomData }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn url(&self) -> String {
        S::root() + &self.name
    }

    pub fn settings(&self) -> config::Database {
        settings(&self.url())
    }

    pub async fn make(&self) {
        let create = format!("CREATE DATABASE {}", self.name);
        self.made.get_or_init(|| S::run(S::ADMIN, &create)).await;
    }

    /// Runs a statement in it, past Sirius.
    pub async fn tamper(&self, sql: &str) {
        self.make().await;
        S::run(&self.name, sql).await;
    }

    /// Opens it with some settings.
    pub async fn open(&self, change: impl FnOnce(&mut config::Database)) -> Result<Stores, OpenError> {
        self.make().await;
        let mut settings = self.settings();
        change(&mut settings);
        open(&settings, "unused".as_ref()).await
    }
}

impl<S: Server> Database for Fresh<S> {
    async fn connect(&self) -> Stores {
        self.open(|_| ()).await.unwrap()
    }
}

/// The settings for an address, all others as they come.
pub fn settings(url: &str) -> config::Database {
    config::Database { url: Some(DatabaseUrl::new(url.to_owned())), ..config::Database::default() }
}

/// PostgreSQL.
pub struct Postgres;

impl Server for Postgres {
    const ADMIN: &'static str = "postgres";
    const BYTES: &'static str = "BYTEA";

    fn root() -> String {
        from_environment("SIRIUS_TEST_POSTGRES")
    }

    async fn run(database: &str, sql: &str) {
        let mut connection = sqlx::PgConnection::connect(&(Self::root() + database)).await.unwrap();
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }
}

/// MariaDB.
pub struct MariaDb;

impl Server for MariaDb {
    const ADMIN: &'static str = "mysql";
    const BYTES: &'static str = "BLOB";

    fn root() -> String {
        from_environment("SIRIUS_TEST_MARIADB")
    }

    async fn run(database: &str, sql: &str) {
        let mut connection = sqlx::MySqlConnection::connect(&(Self::root() + database)).await.unwrap();
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }
}

fn from_environment(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run make test-databases, which starts the servers"))
}
