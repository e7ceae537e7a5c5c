//! The catalogue, the visits and the settings in MySQL or MariaDB, which are alike enough for one of these.

mod images;
mod rows;
mod statements;
mod upkeep;

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::network::{Network, Pools, Trouble};
use crate::config::{self, DatabaseServer, Tls};
use crate::telemetry::catalogue::values::Database;

/// A database of MySQL's or MariaDB's.
type MySql = Pools<sqlx::MySql>;

impl Network for sqlx::MySql {
    // In the isolation that `greet` sets.
    const BEGIN_READ: &'static str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
    const BEGIN_WRITE: &'static str = "START TRANSACTION READ WRITE";

    fn options(server: &DatabaseServer, _: &config::Database) -> MySqlConnectOptions {
        let mut options = MySqlConnectOptions::new()
            .host(&server.host)
            .port(server.port)
            .username(&server.user)
            .database(&server.name)
            .ssl_mode(match server.tls {
                Tls::Disable => MySqlSslMode::Disabled,
                Tls::Prefer => MySqlSslMode::Preferred,
                Tls::Require => MySqlSslMode::Required,
                Tls::VerifyCa => MySqlSslMode::VerifyCa,
                Tls::VerifyFull => MySqlSslMode::VerifyIdentity,
            })
            .disable_statement_logging();
        if let Some(password) = &server.password {
            options = options.password(password.expose());
        }
        if let Some(socket) = &server.socket {
            options = options.socket(socket);
        }
        if let Some(file) = &server.root_certificate {
            options = options.ssl_ca(file);
        }
        if let (Some(certificate), Some(key)) = (&server.client_certificate, &server.client_key) {
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        options
    }

    fn with_password(options: MySqlConnectOptions, password: &str) -> MySqlConnectOptions {
        options.password(password)
    }

    async fn greet(on: &mut MySqlConnection, settings: &config::Database) -> Result<(), sqlx::Error> {
        // The isolation is the servers' default, and the one that every form of replication gets along with.
        on.execute(sqlx::raw_sql(
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET SESSION autocommit = 1",
        ))
        .await?;
        limit(on, settings.statement_timeout).await
    }

    async fn text(on: &mut MySqlConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        on.execute(sqlx::raw_sql(sql)).await.map(drop)
    }

    /// By <https://mariadb.com/kb/en/mariadb-error-codes/> and
    /// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.
    fn trouble(error: &dyn DatabaseError) -> Trouble {
        match error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number) {
            1040 | 1053 | 1077 | 1079 | 1080 | 1129 | 1184 | 1203 | 1226 | 1927 => Trouble::Away,
            1290 | 1792 | 1836 => Trouble::ReadOnly,
            1044 | 1045 | 1049 | 1142 | 1143 | 1227 | 1370 | 1698 => Trouble::Denied,
            1062 | 1205 | 1213 => Trouble::Conflict,
            1021 | 1114 => Trouble::Full,
            1317 | 1969 | 3024 => Trouble::Timeout,
            1033 | 1034 | 1194 | 1712 => Trouble::Corrupt,
            _ => Trouble::Other,
        }
    }

    async fn system(on: &mut MySqlConnection) -> Result<Database, sqlx::Error> {
        let version: String = sqlx::query_scalar("SELECT version()").persistent(false).fetch_one(on).await?;
        Ok(if version.contains("MariaDB") { Database::Mariadb } else { Database::Mysql })
    }
}

/// Has the server give a statement up after this time; none for no limit.
async fn limit(on: &mut MySqlConnection, time: Duration) -> Result<(), sqlx::Error> {
    let millis = time.as_millis();
    // Each has a name of its own for it, and a unit of its own; MySQL's is for SELECT only.
    let limit = match <sqlx::MySql as Network>::system(on).await? {
        Database::Mariadb => format!("SET SESSION max_statement_time = {}.{:03}", millis / 1_000, millis % 1_000),
        _ => format!("SET SESSION max_execution_time = {millis}"),
    };
    on.execute(sqlx::raw_sql(AssertSqlSafe(limit))).await.map(drop)
}
