//! Opening a database: what is refused, and bringing the rest up to date.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use tokio::sync::RwLock;

use super::Sqlite;
use super::error::{code, primary_code};
use super::files::Files;
use super::renew::Place;
use crate::config::Migrate;
use crate::store::settings::CURSOR_KEY;
use crate::store::{Needs, OpenError, Purpose};
use crate::telemetry::events::DatabaseNewer;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// `PRAGMA application_id` of a Sirius database, as the first migration sets it.
const APPLICATION_ID: i64 = 0x5369_5269;

/// How long to wait for another process that writes to the same file. Below the time that a visit waits by default, so
/// that what is logged is this reason and not a time-out without one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// How long to wait for a connection that another task of this process holds.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Connections that read; random choice reads from memory, so this is for refreshes, totals and histories.
const READERS: u32 = 2;

/// What the write-ahead log is cut back to after a burst of writes.
const JOURNAL_LIMIT_BYTES: u32 = 16 << 20;

/// Checks the file, migrates it unless it is only read, and connects to it.
pub(super) async fn open(purpose: Purpose, path: &Path, migrate: Migrate) -> Result<Sqlite, OpenError> {
    let file = File(path.to_path_buf());
    file.check_folder()?;
    let only_read = purpose == Purpose::CopyFrom;
    if only_read && !path.exists() {
        return Err(file.refuse("there is no such file"));
    }
    let writing = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(!only_read)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        // On macOS a plain sync leaves data in the drive's cache; nothing elsewhere.
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .pragma("journal_size_limit", JOURNAL_LIMIT_BYTES.to_string())
        .disable_statement_logging();
    // Made once, here: a database that is missed later is not to be replaced by an empty one.
    let existing = writing.clone().create_if_missing(false);
    let reading = existing.clone().pragma("query_only", "ON");
    let pool = |size| {
        SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let unusable = |error| file.unusable(&error);
    let writer = pool(1).connect_with(writing).await.map_err(unusable)?;
    let mut first = writer.acquire().await.map_err(unusable)?;
    if only_read {
        file.accept_as_it_is(&mut first).await?;
    } else {
        file.prepare(&mut first, migrate).await?;
    }
    drop(first);
    writer.set_connect_options(existing);
    let readers = pool(READERS).connect_with(reading).await.map_err(unusable)?;
    let files = Files::of(path);
    Ok(Sqlite { writer, readers, place: Arc::new(Place { file, migrate, files, gate: RwLock::default() }) })
}

/// Whether the file may be written to: by taking the right to, and giving it back.
pub(in crate::store) async fn may_be_used(path: &Path) -> Result<(), OpenError> {
    let file = File(path.to_path_buf());
    let unusable = |error| file.unusable(&error);
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).disable_statement_logging();
    let mut connection = options.connect().await.map_err(unusable)?;
    sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut connection).await.map_err(unusable)?;
    connection.close().await.map_err(unusable)
}

/// The database's file, for naming it in errors.
pub(super) struct File(PathBuf);

impl File {
    /// SQLite says "unable to open database file" of all of these.
    fn check_folder(&self) -> Result<(), OpenError> {
        if self.0.is_dir() {
            return Err(self.refuse("this is a folder; name a file"));
        }
        match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                Err(self.refuse(&format!("there is no folder {}; create it", folder.display())))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what is not a database of this version or an older one, and brings what is left up to date.
    pub(super) async fn prepare(&self, connection: &mut SqliteConnection, migrate: Migrate) -> Result<(), OpenError> {
        let found = self.accept(Purpose::Use, connection).await?;
        if found < newest_known() && migrate == Migrate::Check {
            return Err(self.older(found, OpenError::MIGRATE_IS_CHECK));
        }
        use_write_ahead_log(connection).await.map_err(|error| self.unusable(&error))?;
        self.migrate(connection).await?;
        // Others may have been faster, of a version that came after this one.
        if found < newest_known() {
            self.accept(Purpose::Use, connection).await?;
        }
        Ok(())
    }

    /// Refuses what is not a database of this version.
    async fn accept_as_it_is(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        match self.accept(Purpose::CopyFrom, connection).await? {
            0 => Err(self.refuse(OpenError::NOTHING_THERE)),
            found if found < newest_known() => Err(self.older(found, OpenError::ONLY_READ)),
            _ => Ok(()),
        }
    }

    /// Refuses what is no database that this version gets along with, and gives the newest migration that it has.
    async fn accept(&self, purpose: Purpose, connection: &mut SqliteConnection) -> Result<i64, OpenError> {
        let (found, known) = (self.applied(connection).await?, newest_known());
        if found > known {
            let oldest = sqlx::query_scalar("SELECT oldest_migration FROM compatibility").fetch_one(connection).await;
            let oldest = oldest.map_err(|error| self.unusable(&error))?;
            let database = self.name();
            if let Some(needs) = Needs::unmet(purpose, oldest, known) {
                return Err(OpenError::Newer { database, option: "--data-dir", found, needs, known });
            }
            DatabaseNewer { database: &database, found, known }.emit();
        }
        Ok(found)
    }

    /// The newest migration that the database has; 0 for an empty file.
    async fn applied(&self, connection: &mut SqliteConnection) -> Result<i64, OpenError> {
        let (application, tables): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)",
        )
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| self.unusable(&error))?;
        if application == 0 && tables == 0 {
            return Ok(0);
        }
        if application != APPLICATION_ID {
            return Err(
                self.refuse("this is a database of another program; choose another data folder with --data-dir")
            );
        }
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
            .fetch_one(connection)
            .await
            .map_err(|error| self.unusable(&error))
    }

    /// Applies what is missing in one transaction, so that a failure leaves the database as it was and two processes
    /// that start at once do not both apply it.
    async fn migrate(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        let unusable = |error| self.unusable(&error);
        let failed = |error: MigrateError| OpenError::Migration { database: self.name(), reason: error.to_string() };
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(unusable)?;
        let all = Migrator::with_migrations(MIGRATIONS.migrations.to_vec());
        // Whether this version gets along with those that came after it is asked before and after.
        let migrations = Migrator { ignore_missing: true, ..all };
        migrations.run_direct(None, &mut *transaction, false).await.map_err(failed)?;
        // Made here for another reason, too: SQLite opens what it may only read without a word, and says so now.
        let key: [u8; 32] = rand::random();
        sqlx::query("INSERT OR IGNORE INTO settings (key, value) VALUES (?, ?)")
            .bind(CURSOR_KEY)
            .bind(&key[..])
            .execute(&mut *transaction)
            .await
            .map_err(unusable)?;
        transaction.commit().await.map_err(unusable)
    }

    fn unusable(&self, error: &sqlx::Error) -> OpenError {
        let advice = match primary_code(error) {
            Some(code::NOTADB) => {
                "this is not a database; move the file away, or choose another data folder with --data-dir".to_owned()
            }
            Some(code::CORRUPT) => "the file is damaged; restore it from a backup".to_owned(),
            Some(code::BUSY | code::LOCKED) => {
                "another process keeps it locked; stop that process or wait for it".to_owned()
            }
            Some(code::FULL) => "the disk is full; free some space".to_owned(),
            Some(code::READONLY | code::PERM | code::CANTOPEN | code::AUTH) => format!(
                "the file cannot be opened for writing; give the user that runs Sirius the right to write to it and \
                 to its folder ({error})"
            ),
            Some(code::IOERR) => format!("the disk failed to read or write; check it ({error})"),
            _ => error.to_string(),
        };
        self.refuse(&advice)
    }

    fn older(&self, found: i64, why: &'static str) -> OpenError {
        OpenError::Older { database: self.name(), why, found, known: newest_known() }
    }

    fn refuse(&self, reason: &str) -> OpenError {
        OpenError::Unusable { database: self.name(), reason: reason.to_owned() }
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Switches to the write-ahead log, which the file then stays with; a restored backup may be without.
///
/// SQLite does not wait for other processes here as it does elsewhere, and two that start at once may meet.
async fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let started = tokio::time::Instant::now();
    loop {
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
            Err(error)
                if started.elapsed() < BUSY_TIMEOUT
                    && matches!(primary_code(&error), Some(code::BUSY | code::LOCKED)) =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop),
        }
    }
}
