//! Bringing a database of PostgreSQL's up to date, and looking at how it keeps its promises.

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::config::DatabaseServer;
use crate::store::network::open::{Applied, Risk, Upkeep, migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// What those that migrate hold while they do: any number that nobody else is likely to take.
const LOCK: i64 = 0x5369_7269_7573;

/// What the settings have to be for a commit to survive, and how many of them there are.
const SAFE: [(&str, &[&str]); 3] = [
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    ("synchronous_commit", &["on", "local", "remote_write", "remote_apply"]),
];

impl Upkeep for sqlx::Postgres {
    fn migrations() -> &'static Migrator {
        &MIGRATIONS
    }

    async fn applied(on: &mut PgConnection) -> Result<Applied, sqlx::Error> {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT relname::text FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname",
        )
        .persistent(false)
        .fetch_all(&mut *on)
        .await?;
        Applied::of(tables, async || {
            sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM sirius_migrations")
                .persistent(false)
                .fetch_one(&mut *on)
                .await
        })
        .await
    }

    async fn oldest(on: &mut PgConnection) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT oldest_migration FROM compatibility").persistent(false).fetch_one(on).await
    }

    async fn complaint(on: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
        let encoding: String = sqlx::query_scalar("SHOW server_encoding").persistent(false).fetch_one(&mut *on).await?;
        Ok((encoding != "UTF8").then(|| {
            format!("it keeps texts as {encoding} and not as UTF8; create it with ENCODING 'UTF8' TEMPLATE template0")
        }))
    }

    /// In one transaction, which waits for those of others: a failure leaves the database as it was, and of several that
    /// start at once one applies what is missing.
    async fn migrate(on: &mut PgConnection) -> Result<(), MigrateError> {
        let migrations = migrator(&MIGRATIONS);
        let mut transaction = on.begin_with("BEGIN").await?;
        transaction.execute(sqlx::raw_sql("SET LOCAL statement_timeout = 0")).await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").persistent(false).bind(LOCK).execute(&mut *transaction).await?;
        migrations.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }

    async fn keep_setting(on: &mut PgConnection, key: &str, value: &[u8]) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
            .persistent(false)
            .bind(key)
            .bind(value)
            .execute(on)
            .await
            .map(drop)
    }

    /// In a transaction that is taken back, as PostgreSQL can.
    async fn try_migrating(on: &mut PgConnection) -> Result<(), sqlx::Error> {
        let mut transaction = on.begin_with("BEGIN").await?;
        transaction.execute(sqlx::raw_sql("CREATE TABLE sirius_try (number bigint)")).await?;
        transaction.rollback().await
    }

    async fn explain(on: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        let sql = format!("EXPLAIN {}", sql.replace('`', ""));
        on.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
    }

    async fn risks(on: &mut PgConnection) -> Result<Vec<Risk>, sqlx::Error> {
        let names: Vec<_> = SAFE.iter().map(|(name, _)| (*name).to_owned()).collect();
        let found: Vec<(String, String)> = sqlx::query_as("SELECT name, setting FROM pg_settings WHERE name = ANY($1)")
            .persistent(false)
            .bind(names)
            .fetch_all(on)
            .await?;
        Ok(Risk::among(&SAFE, &found))
    }

    fn refused(error: &dyn DatabaseError, server: &DatabaseServer) -> Option<String> {
        let DatabaseServer { user, name, .. } = server;
        Some(match error.code().as_deref()? {
            "28P01" => format!("the server does not take the password of the user {user:?}"),
            "28000" => format!("the server does not let the user {user:?} in: {}", error.message()),
            "3D000" => format!("the server has no database {name:?}; create it with `createdb -O {user} {name}`"),
            "42501" => format!(
                "the user {user:?} may not do what Sirius needs ({}); let the database belong to it: \
                 ALTER DATABASE {name} OWNER TO {user}",
                error.message()
            ),
            "25006" => "the server is read-only; name the one that writes, not a standby".to_owned(),
            "26000" | "42P05" => "a pooler such as pgbouncer gives each transaction to another connection; set \
                 database.prepared_statements = false"
                .to_owned(),
            _ => return None,
        })
    }
}
