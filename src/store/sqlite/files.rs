//! The database's files as they are on the disk: noticing that somebody has moved, replaced or removed one.
//!
//! A connection goes on with the files that it has opened, whatever becomes of their names. What is committed then goes
//! where nobody will look for it: into a database that was moved away, or into a log that no longer has a name. So a
//! connection is looked at before it is used, and one whose files are not those on the disk is closed; the next one
//! opens what is there now.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::SqliteConnection;
use tokio::task::spawn_blocking;

use crate::telemetry::events::DatabaseMoved;

/// How often the disk is asked at most: often enough that little is committed meanwhile, rarely enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The files of one database.
pub(super) struct Files {
    /// The database, its write-ahead log, and the index of that.
    paths: Arc<[PathBuf; 3]>,
    state: Mutex<State>,
}

struct State {
    seen: Identities,
    looked: Instant,
    /// When the files were last found to be others.
    changed: Option<Instant>,
}

/// Each file as the system tells it from all others; nothing for one that is not there.
type Identities = [Option<(u64, u64)>; 3];

impl Files {
    /// The files that are there now, connections to them being open.
    pub(super) fn of(database: &Path) -> Self {
        let with = |suffix: &str| {
            let mut name = database.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let paths = Arc::new([database.to_path_buf(), with("-wal"), with("-shm")]);
        let seen = look(&paths);
        let state = State { seen, looked: Instant::now(), changed: None };
        Self { paths, state: Mutex::new(state) }
    }

    /// Whether a connection of some age still works on the files that are on the disk. Of one that does not, what is in
    /// its log goes into its database first: the log may have lost its name, or be found by another database that has
    /// taken the place of this one, and does not belong to it.
    pub(super) async fn are_those_of(&self, connection: &mut SqliteConnection, age: Duration) -> bool {
        self.look_again().await;
        let changed = self.state.lock().unwrap_or_else(PoisonError::into_inner).changed;
        if changed.is_none_or(|changed| changed.elapsed() > age) {
            return true;
        }
        if let Err(error) = save(connection).await {
            DatabaseMoved::NotSaved { error }.emit();
        }
        false
    }

    async fn look_again(&self) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.looked.elapsed() < LOOK_EVERY {
                return;
            }
            state.looked = Instant::now();
        }
        let paths = Arc::clone(&self.paths);
        let Ok(seen) = spawn_blocking(move || look(&paths)).await else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A file that was not there and is now was made by a connection.
        let is_other = |index: usize| state.seen[index].is_some() && state.seen[index] != seen[index];
        if let Some(other) = (0..seen.len()).find(|&index| is_other(index)) {
            DatabaseMoved::Noticed::<sqlx::Error> { file: &self.paths[other] }.emit();
            state.changed = Some(Instant::now());
        }
        state.seen = seen;
    }
}

/// Copies into the database what is in the log, and leaves the log empty.
async fn save(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await.map(drop)
}

#[cfg(unix)]
fn look(paths: &[PathBuf; 3]) -> Identities {
    use std::os::unix::fs::MetadataExt;
    paths.each_ref().map(|path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino())))
}

/// Elsewhere a file that is open cannot be moved or removed.
#[cfg(not(unix))]
fn look(paths: &[PathBuf; 3]) -> Identities {
    paths.each_ref().map(|path| fs::metadata(path).ok().map(|_| (0, 0)))
}
