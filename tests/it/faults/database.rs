//! The database's file: moved, replaced, damaged, without its log; and a process that is killed while it makes one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::{Visitor, assert_is_advice};
use crate::support::pictures;
use crate::support::process::{Process, run, sirius};

type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);

/// A data folder, and the names in it.
struct Data(tempfile::TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

#[tokio::test]
async fn a_log_that_is_removed_takes_no_acknowledged_visit_with_it() {
    let data = Data::new();
    let mut process = Process::serve(&data.path(), &[]);
    let mut visitor = Visitor::of(&process);
    for _ in 0..30 {
        visitor.visit_until(true).await;
    }
    fs::remove_file(data.file("sirius.db-wal")).unwrap();
    fs::remove_file(data.file("sirius.db-shm")).unwrap();
    // Noticed, saved and opened again: a log has its name again.
    for _ in 0..1_000 {
        if data.file("sirius.db-wal").exists() {
            break;
        }
        visitor.visit().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(data.file("sirius.db-wal").exists(), "the removed log was never noticed");
    visitor.visit_until(true).await;
    visitor.counts_are_right().await;
    let (acknowledged, refused) = (visitor.acknowledged, visitor.refused);
    process.signal("KILL");
    process.wait();
    let process = Process::serve(&data.path(), &[]);
    Visitor { acknowledged, refused, ..Visitor::of(&process) }.counts_are_right().await;
}

#[tokio::test]
async fn a_database_that_is_moved_away_is_missed_and_taken_back() {
    let data = Data::new();
    let process = Process::serve(&data.path(), &[]);
    let mut visitor = Visitor::of(&process);
    visitor.visit_until(true).await;
    fs::rename(data.file("sirius.db"), data.file("elsewhere.db")).unwrap();
    visitor.visit_until(false).await;
    visitor.is_served().await;
    let database = visitor.wait_until("degraded").await;
    assert!(database["fault"].as_str().unwrap().contains("cannot be opened"), "{database}");
    assert!(!data.file("sirius.db").exists(), "no other is made in its place");
    fs::rename(data.file("elsewhere.db"), data.file("sirius.db")).unwrap();
    visitor.visit_until(true).await;
    visitor.wait_until("ok").await;
    visitor.counts_are_right().await;
}

#[tokio::test]
async fn an_older_backup_that_is_put_in_its_place_is_followed() {
    for round in 0..3 {
        let data = Data::new();
        let process =
            Process::serve(&data.path(), &["limits.visits.burst=1000000", "limits.visits.per_second=1000000"]);
        let visitor = Visitor::of(&process);
        let backup = data.file("backup.db");
        copy_to(&data, &backup).await;
        let folder = data.0.path().join("in");
        pictures::fill(&folder.join("holiday"), 3);
        assert!(run(sirius(&data.path()).arg("import").arg(&folder)).status.success());
        holidays(&visitor, 3).await;
        // Visits are counted all the while: what they leave in the log belongs to the other database.
        let mut busy = Visitor::of(&process);
        let restored = async {
            fs::rename(backup, data.file("sirius.db")).unwrap();
            holidays(&visitor, 0).await;
            let bundled = visitor.json("/api/v1/images?limit=100").await["items"].as_array().unwrap().len();
            assert!(bundled >= 12, "{bundled}");
            let mut import = sirius(&data.path());
            import.arg("import").arg(&folder);
            let again = tokio::task::spawn_blocking(move || run(&mut import)).await.unwrap();
            assert!(again.status.success(), "round {round}: {again:?}");
            holidays(&visitor, 3).await;
        };
        tokio::select! {
            () = restored => {}
            () = async { loop { busy.visit().await; } } => {}
        }
        busy.visit_until(true).await;
    }
}

#[tokio::test]
async fn a_database_that_brings_its_log_along_keeps_it() {
    let (data, other) = (Data::new(), Data::new());
    let mut process = Process::serve(&other.path(), &[]);
    let mut visitor = Visitor::of(&process);
    for _ in 0..20 {
        visitor.visit_until(true).await;
    }
    let (acknowledged, refused) = (visitor.acknowledged, visitor.refused);
    process.signal("KILL");
    process.wait();
    assert!(fs::metadata(other.file("sirius.db-wal")).unwrap().len() > 0, "what was counted is in the log");

    let process = Process::serve(&data.path(), &[]);
    let mut visitor = Visitor { acknowledged, refused, ..Visitor::of(&process) };
    for name in ["sirius.db-wal", "sirius.db"] {
        fs::rename(other.file(name), data.file(name)).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    visitor.visit_until(true).await;
    visitor.counts_are_right().await;
}

async fn copy_to(data: &Data, backup: &Path) {
    let mut connection = SqliteConnectOptions::new().filename(data.file("sirius.db")).connect().await.unwrap();
    let copy = format!("VACUUM INTO '{}'", backup.display());
    sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn holidays(visitor: &Visitor<'_>, count: usize) {
    for _ in 0..400 {
        let list: Value = visitor.json("/api/v1/images?tag=holiday").await;
        if list["items"].as_array().unwrap().len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the catalogue was never one with {count} holiday pictures");
}

#[tokio::test]
async fn a_damaged_database_is_refused_with_advice_and_left_as_it_is() {
    let data = Data::new();
    let mut process = Process::serve(&data.path(), &[]);
    process.signal("TERM");
    assert!(process.wait().success());
    let whole = fs::read(data.file("sirius.db")).unwrap();
    // All but the first page; the rows alone; the file cut short.
    let rows = whole.len() / 2;
    let damages: [Damage<'_>; 3] =
        [&|bytes| bytes[4_096..].fill(0xa5), &|bytes| bytes[rows..rows + 8_192].fill(0xa5), &|bytes| {
            bytes.truncate(whole.len() / 4_096 / 2 * 4_096);
        }];
    let mut refused = 0;
    for damage in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(data.file("sirius.db"), &bytes).unwrap();
        let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let output = run(sirius(&data.path()).args(free).args(["images", "list"]));
        if output.status.success() {
            // The damage is where nothing is.
            continue;
        }
        refused += 1;
        assert_is_advice(&String::from_utf8(output.stderr).unwrap(), &["restore it from a backup"]);
        let served = run(sirius(&data.path()).args(free).arg("serve"));
        let said = String::from_utf8(served.stderr).unwrap();
        assert_is_advice(said.trim_start(), &["restore it from a backup"]);
    }
    assert!(refused >= 2, "{refused} of 3 damages were noticed");
    fs::write(data.file("sirius.db"), whole).unwrap();
    Process::serve(&data.path(), &[]);
}

#[tokio::test]
async fn killed_at_its_first_start_it_starts_again() {
    killed_at_the_first_start(4).await;
}

#[tokio::test]
#[ignore = "takes minutes: `make faults` runs it"]
async fn killed_at_its_first_start_at_any_moment_it_starts_again() {
    killed_at_the_first_start(150).await;
}

/// Kills the first start a little later each time, then lets one through.
async fn killed_at_the_first_start(rounds: u32) {
    let mut interrupted = 0;
    for round in 0..rounds {
        let data = Data::new();
        let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let mut first = sirius(&data.path())
            .args(free)
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(u64::from(round * 400 / rounds))).await;
        first.kill().unwrap();
        first.wait().unwrap();
        interrupted += u32::from(!has_bundled(&data.path()).await);
        let process = Process::serve(&data.path(), &[]);
        let visitor = Visitor::of(&process);
        let list = visitor.json("/api/v1/images?limit=100").await;
        let images = list["items"].as_array().unwrap();
        assert_eq!(images.len(), 15);
        for image in images {
            let bytes = visitor.get(image["content_url"].as_str().unwrap()).await.bytes().await.unwrap();
            assert_eq!(bytes.len() as u64, image["size_bytes"].as_u64().unwrap());
        }
    }
    println!("killed at the first start: {rounds} times, {interrupted} of them before it was ready; all started again");
}

/// Whether the first start got as far as to remember that the bundled pictures are in.
async fn has_bundled(data: &Path) -> bool {
    let options = SqliteConnectOptions::new().filename(data.join("sirius.db")).read_only(true);
    let Ok(mut connection) = options.connect().await else { return false };
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM settings WHERE key = 'bundled_were_added')");
    found.fetch_one(&mut connection).await.unwrap_or(false)
}
