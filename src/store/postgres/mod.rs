//! The catalogue, the visits and the settings in PostgreSQL.

mod rows;
mod statements;
mod upkeep;

use std::io;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Executor};

use super::network::{Network, Pools, Trouble, in_time};
use crate::config::{self, DatabaseServer, Tls};
use crate::telemetry::catalogue::values::Database;

/// A database of PostgreSQL's.
type Postgres = Pools<sqlx::Postgres>;

/// What replicas listen to; `set_last_change` tells it.
const CHANGED: &str = "sirius_catalogue";

impl Network for sqlx::Postgres {
    // What the server's own settings say of isolation does not matter.
    const BEGIN_READ: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    const BEGIN_WRITE: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";

    fn options(server: &DatabaseServer, _: &config::Database) -> PgConnectOptions {
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&server.host)
            .port(server.port)
            .username(&server.user)
            .database(&server.name)
            .application_name("sirius")
            // Nothing here is a float, and pgbouncer refuses those who ask for it.
            .extra_float_digits(None)
            .ssl_mode(match server.tls {
                Tls::Disable => PgSslMode::Disable,
                Tls::Prefer => PgSslMode::Prefer,
                Tls::Require => PgSslMode::Require,
                Tls::VerifyCa => PgSslMode::VerifyCa,
                Tls::VerifyFull => PgSslMode::VerifyFull,
            })
            .disable_statement_logging();
        if let Some(password) = &server.password {
            options = options.password(password.expose());
        }
        if let Some(socket) = &server.socket {
            options = options.socket(socket);
        }
        if let Some(file) = &server.root_certificate {
            options = options.ssl_root_cert(file);
        }
        if let (Some(certificate), Some(key)) = (&server.client_certificate, &server.client_key) {
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        options
    }

    fn with_password(options: PgConnectOptions, password: &str) -> PgConnectOptions {
        options.password(password)
    }

    async fn greet(on: &mut PgConnection, settings: &config::Database) -> Result<(), sqlx::Error> {
        // So that the server gives up, too, what Sirius no longer waits for, and so that statements outside of transactions
        // do not fail for being at the same time as others'. Behind a pooler it would be said to somebody else's
        // connection, and there each statement is within a transaction that says it.
        if settings.prepared_statements {
            sqlx::query(
                "SELECT set_config('statement_timeout', $1, false),
                 set_config('default_transaction_isolation', 'read committed', false)",
            )
            .bind(settings.statement_timeout.as_millis().to_string())
            .execute(on)
            .await?;
        }
        Ok(())
    }

    async fn text(on: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        on.execute(sqlx::raw_sql(sql)).await.map(drop)
    }

    /// By <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn trouble(error: &dyn DatabaseError) -> Trouble {
        match error.code().as_deref().unwrap_or_default() {
            // The second is what a standby says to a transaction that is to write.
            "25006" | "0A000" => Trouble::ReadOnly,
            "28000" | "28P01" | "3D000" | "42501" => Trouble::Denied,
            "40001" | "40P01" | "55P03" | "23505" => Trouble::Conflict,
            "53100" => Trouble::Full,
            "57014" => Trouble::Timeout,
            "XX001" | "XX002" => Trouble::Corrupt,
            "26000" | "42P05" => Trouble::Pooled,
            code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => Trouble::Away,
            _ => Trouble::Other,
        }
    }

    const TELLS: bool = true;

    /// By LISTEN, through a pool of one, because sqlx listens through no other.
    async fn hear(
        options: PgConnectOptions,
        connect_timeout: Duration,
        told: &(dyn Fn() + Send + Sync),
    ) -> Result<(), sqlx::Error> {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(connect_timeout).connect_lazy_with(options);
        let listening = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANGED).await?;
            Ok(listener)
        };
        let mut listener = in_time(connect_timeout, listening).await?;
        listener.eager_reconnect(false);
        told();
        while listener.try_recv().await?.is_some() {
            told();
        }
        Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the connection broke").into())
    }

    async fn system(_: &mut PgConnection) -> Result<Database, sqlx::Error> {
        Ok(Database::Postgresql)
    }
}
