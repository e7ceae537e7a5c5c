//! SQLite: the file itself, and what else may be in its place.

use std::path::{Path, PathBuf};

use sirius::domain::ImageId;
use sirius::store::{ChangeNumber, OpenError, Purpose, StoreError, Stores, connect, open_for};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

use super::Database;
use super::samples::{many, stored};

const FIRST_MIGRATION: &str = include_str!("../../../migrations/sqlite/0001_foundation.sql");

/// A database file in a folder of its own.
pub struct File {
    folder: TempDir,
}

pub fn fresh() -> File {
    File { folder: tempfile::tempdir().unwrap() }
}

impl File {
    fn path(&self) -> PathBuf {
        self.folder.path().join("sirius.db")
    }

    /// A connection that Sirius knows nothing of.
    async fn tamper(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).create_if_missing(true).connect().await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        let mut connection = self.tamper().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

impl Database for File {
    async fn connect(&self) -> Stores {
        connect(&self.path()).await.unwrap()
    }
}

async fn refusal(path: &Path) -> OpenError {
    connect(path).await.err().expect("it must be refused")
}

#[track_caller]
fn assert_says(error: &impl ToString, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_alone() {
    let file = fresh();
    file.connect().await.connection.close().await;
    file.run(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
              VALUES (9000, 'from the future', TRUE, x'00', 0);
         UPDATE compatibility SET oldest_migration = 9000",
    )
    .await;
    let before = std::fs::read(file.path()).unwrap();
    let error = refusal(&file.path()).await;
    assert!(matches!(error, OpenError::Newer { found: 9000, known, .. } if known >= 1), "{error}");
    assert_says(&error, &["sirius.db", "newer Sirius", "has to know migration 9000", "--data-dir"]);
    assert_eq!(std::fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn a_newer_database_that_has_only_grown_is_used() {
    let file = fresh();
    file.connect().await.connection.close().await;
    file.run(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
              VALUES (9000, 'from the future', TRUE, x'00', 0);
         ALTER TABLE images ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';
         CREATE TABLE moods (mood TEXT PRIMARY KEY) STRICT",
    )
    .await;
    super::works(&file).await;
    let settings = sirius::config::Database::default();
    let copied = open_for(Purpose::CopyFrom, &settings, &file.path()).await.err().unwrap();
    assert_says(&copied, &["newer Sirius", "whoever copies them has to know all of it"]);
}

/// Every folder has the same steps, and each step says who may use the tables after it.
#[test]
fn every_migration_says_who_may_use_the_tables_after_it() {
    let names = |folder: &str| {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder)).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().skip(2) {
            assert!(std::fs::read_to_string(file).unwrap().contains("oldest_migration"), "{}", file.display());
        }
        files.into_iter().map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let steps = names("sqlite");
    assert!(steps.len() >= 3 && steps == names("postgres") && steps == names("mysql"));
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_refused_with_advice() {
    let file = fresh();
    std::fs::write(file.path(), "Dear diary, today I am a text file of more than a few bytes.".repeat(20)).unwrap();
    assert_says(&refusal(&file.path()).await, &["sirius.db", "not a database", "move the file away"]);

    let foreign = fresh();
    foreign.run("CREATE TABLE recipes (name TEXT)").await;
    assert_says(&refusal(&foreign.path()).await, &["another program"]);
    foreign.run("INSERT INTO recipes VALUES ('unharmed')").await;

    assert_says(&refusal(foreign.folder.path()).await, &["this is a folder"]);
    assert_says(&refusal(&foreign.folder.path().join("no/such/sirius.db")).await, &["there is no folder", "create it"]);
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing_behind() {
    let file = fresh();
    // Ours by its mark, but with a table in the way of a later statement of the first migration.
    file.run(
        "PRAGMA application_id = 0x53695269; CREATE TABLE visit_hours (unexpected TEXT);
              CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
              installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
              checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    )
    .await;
    let error = refusal(&file.path()).await;
    assert!(matches!(error, OpenError::Migration { .. }), "{error}");
    assert_says(&error, &["sirius.db", "visit_hours"]);
    let mut connection = file.tamper().await;
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, ["_sqlx_migrations", "visit_hours"]);
    // With the obstacle gone, it goes through.
    sqlx::raw_sql("DROP TABLE visit_hours").execute(&mut connection).await.unwrap();
    file.connect().await.connection.ping().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_was_killed_at_any_step_is_simply_run_again() {
    let statements: Vec<_> = FIRST_MIGRATION.split_inclusive(";\n").collect();
    assert!(statements.len() > 5, "the migration is taken apart");
    for killed_after in 0..=statements.len() {
        let file = fresh();
        let mut dying = file.tamper().await;
        let done = statements[..killed_after].concat();
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; {done}")))
            .execute(&mut dying)
            .await
            .unwrap();
        // What a kill leaves: the files as they are, with neither a commit nor a rollback.
        let remains = fresh();
        for name in ["sirius.db", "sirius.db-wal"] {
            std::fs::copy(file.folder.path().join(name), remains.folder.path().join(name)).unwrap();
        }
        assert_eq!(remains.connect().await.catalogue.add(&many(0..3)).await.unwrap(), [true; 3], "{done}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_may_start_at_once() {
    for _ in 0..5 {
        let file = fresh();
        let path = file.path();
        let starts: Vec<_> = (0..4)
            .map(|_| {
                tokio::spawn({
                    let path = path.clone();
                    async move { connect(&path).await }
                })
            })
            .collect();
        let mut keys = Vec::new();
        for start in starts {
            keys.push(start.await.unwrap().unwrap().settings.cursor_key().await.unwrap());
        }
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    for (sql, named) in [
        ("UPDATE images SET id = 'uuuuuuuuuuuuuuuuuuuu' WHERE number = 2", "id is \"uuuu"),
        ("UPDATE images SET facts = json_set(facts, '$.stored.format', 'bmp') WHERE number = 2", "format is \"bmp\""),
        ("UPDATE images SET facts = json_set(facts, '$.stored.sha256', hex(zeroblob(32))) WHERE number = 2", "id is "),
        (
            "UPDATE images SET facts = json_set(facts, '$.tags[0]', 'Upper Case') WHERE number = 2",
            "tag is \"Upper Case\"",
        ),
        ("UPDATE images SET facts = json_set(facts, '$.stored.width', 0) WHERE number = 2", "width is 0"),
        ("UPDATE images SET facts = json_set(facts, '$.stored.width', 5000000000) WHERE number = 2", "5000000000"),
        (
            "UPDATE images SET facts = json_set(facts, '$.created_at_ms', 9000000000000000) WHERE number = 2",
            "created_at_ms is 9000000000000000",
        ),
        ("UPDATE images SET facts = json_remove(facts, '$.stored') WHERE number = 2", "neither stored nor linked"),
    ] {
        let file = fresh();
        let store = file.connect().await.catalogue;
        store.add(&many(0..3)).await.unwrap();
        file.run(sql).await;
        match store.changes(ChangeNumber::default(), 10).await {
            Err(error @ StoreError::Corrupt(_)) => assert_says(&error, &["image number 2", named]),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn rows_that_make_no_sense_are_not_even_written() {
    let file = fresh();
    file.connect().await.catalogue.add(&many(0..1)).await.unwrap();
    for sql in [
        "UPDATE images SET facts = '{'",
        "UPDATE images SET facts = NULL",
        "UPDATE images SET id = 'short'",
        "UPDATE images SET number = 5000000000",
        "UPDATE visit_total SET total = -1",
        "INSERT INTO visit_total (only_row, total, since_ms) VALUES (2, 0, 0)",
    ] {
        let mut connection = file.tamper().await;
        assert!(sqlx::raw_sql(sql).execute(&mut connection).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn a_lock_that_someone_keeps_is_named_and_passes() {
    let file = fresh();
    let stores = file.connect().await;
    let mut greedy = file.tamper().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut greedy).await.unwrap();
    let error = stores.catalogue.add(&many(0..1)).await.unwrap_err();
    assert_says(&error, &["unavailable", "another process has been writing"]);
    // Readers are not in its way, nor it in theirs.
    assert!(stores.catalogue.known(&[stored(0).id]).await.unwrap().is_empty());
    sqlx::raw_sql("COMMIT").execute(&mut greedy).await.unwrap();
    assert_eq!(stores.catalogue.add(&many(0..1)).await.unwrap(), [true]);
}

#[tokio::test]
async fn adding_what_is_there_writes_nothing() {
    let file = fresh();
    let store = file.connect().await.catalogue;
    let images = many(0..50);
    store.add(&images).await.unwrap();
    let log = file.folder.path().join("sirius.db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    store.add(&images).await.unwrap();
    store.remove(&[ImageId::from_digest(&sirius::domain::Sha256([0; 32]))]).await.unwrap();
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
}

#[tokio::test]
async fn a_restored_backup_gets_its_write_ahead_log_back() {
    let file = fresh();
    file.connect().await.connection.close().await;
    file.run("PRAGMA journal_mode = DELETE").await;
    file.connect().await.catalogue.add(&many(0..1)).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut file.tamper().await).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_migration_that_was_changed_after_the_fact_is_refused() {
    let file = fresh();
    file.connect().await.connection.close().await;
    file.run("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    assert_says(&refusal(&file.path()).await, &["sirius.db", "up to date", "modified"]);
}
