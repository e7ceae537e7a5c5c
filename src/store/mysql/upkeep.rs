//! Bringing a database of MySQL's or MariaDB's up to date, and looking at how it keeps its promises.

use std::io;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{AssertSqlSafe, Executor};

use crate::config::DatabaseServer;
use crate::store::network::open::{Applied, MIGRATIONS_TABLE, Risk, Upkeep, migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/mysql");

/// How long to wait for others that migrate.
const TURN: Duration = Duration::from_hours(1);

/// What the settings have to be for a commit to survive.
const SAFE: [(&str, &[&str]); 3] = [
    ("innodb_flush_log_at_trx_commit", &["1"]),
    ("innodb_doublewrite", &["ON", "1"]),
    // Of no matter without a binary log: after a crash, that is what commits are held against.
    ("sync_binlog", &["1"]),
];

impl Upkeep for sqlx::MySql {
    fn migrations() -> &'static Migrator {
        &MIGRATIONS
    }

    async fn applied(on: &mut MySqlConnection) -> Result<Applied, sqlx::Error> {
        // As bytes: what texts of the information schema are is not the same everywhere.
        let tables: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT CAST(table_name AS BINARY) FROM information_schema.tables
             WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY table_name",
        )
        .persistent(false)
        .fetch_all(&mut *on)
        .await?;
        let tables = tables.iter().map(|table| String::from_utf8_lossy(table).into_owned()).collect();
        Applied::of(tables, async || {
            sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM sirius_migrations WHERE success")
                .persistent(false)
                .fetch_one(&mut *on)
                .await
        })
        .await
    }

    async fn oldest(on: &mut MySqlConnection) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT oldest_migration FROM compatibility").persistent(false).fetch_one(on).await
    }

    async fn complaint(_: &mut MySqlConnection) -> Result<Option<String>, sqlx::Error> {
        // Whatever the character set and the time zone of the server are: tables and connections have their own.
        Ok(None)
    }

    /// While holding a lock of the server's, which goes with the connection. Neither database can take the making of a
    /// table back: what was begun and not ended is begun again, as every migration allows.
    async fn migrate(on: &mut MySqlConnection) -> Result<(), MigrateError> {
        let migrations = migrator(&MIGRATIONS);
        super::limit(on, Duration::ZERO).await?;
        let is_mine: Option<i64> =
            sqlx::query_scalar("SELECT CAST(get_lock(concat('sirius ', sha1(database())), ?) AS SIGNED)")
                .persistent(false)
                .bind(TURN.as_secs())
                .fetch_one(&mut *on)
                .await?;
        if is_mine != Some(1) {
            let waited = format!("another process has been migrating for {TURN:?}");
            return Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, waited)).into());
        }
        on.ensure_migrations_table(MIGRATIONS_TABLE).await?;
        on.execute(sqlx::raw_sql("DELETE FROM sirius_migrations WHERE NOT success")).await?;
        migrations.run_direct(None, &mut *on, false).await?;
        Ok(on.execute(sqlx::raw_sql("DO release_lock(concat('sirius ', sha1(database())))")).await.map(drop)?)
    }

    async fn keep_setting(on: &mut MySqlConnection, key: &str, value: &[u8]) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT IGNORE INTO settings (`key`, value) VALUES (?, ?)")
            .persistent(false)
            .bind(key)
            .bind(value)
            .execute(on)
            .await
            .map(drop)
    }

    /// By preparing the statement, for which privileges are asked; making a table could not be taken back.
    async fn try_migrating(on: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        on.execute(sqlx::raw_sql("PREPARE sirius_try FROM 'CREATE TABLE sirius_try (number BIGINT)'")).await.map(drop)
    }

    async fn explain(on: &mut MySqlConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        on.execute(sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {sql}")))).await.map(drop)
    }

    async fn risks(on: &mut MySqlConnection) -> Result<Vec<Risk>, sqlx::Error> {
        let (flush, doublewrite, sync, logged): (i64, String, i64, bool) = sqlx::query_as(
            "SELECT CAST(@@innodb_flush_log_at_trx_commit AS SIGNED), CONCAT(@@innodb_doublewrite),
             CAST(@@sync_binlog AS SIGNED), @@log_bin",
        )
        .persistent(false)
        .fetch_one(on)
        .await?;
        let mut found = vec![
            ("innodb_flush_log_at_trx_commit".to_owned(), flush.to_string()),
            ("innodb_doublewrite".to_owned(), doublewrite),
        ];
        if logged {
            found.push(("sync_binlog".to_owned(), sync.to_string()));
        }
        Ok(Risk::among(&SAFE, &found))
    }

    fn refused(error: &dyn DatabaseError, server: &DatabaseServer) -> Option<String> {
        let DatabaseServer { user, name, .. } = server;
        Some(match error.try_downcast_ref::<MySqlDatabaseError>()?.number() {
            1045 | 1698 => format!("the server does not take the user {user:?} with this password"),
            1044 | 1142 | 1143 | 1227 => format!(
                "the user {user:?} may not do what Sirius needs ({}); let it: GRANT ALL ON {name}.* TO {user}",
                error.message()
            ),
            1049 => format!(
                "the server has no database {name:?}; create it with `CREATE DATABASE {name}; GRANT ALL ON {name}.* TO {user}`"
            ),
            1290 | 1792 | 1836 => "the server is read-only; name the one that writes, not a replica".to_owned(),
            _ => return None,
        })
    }
}
