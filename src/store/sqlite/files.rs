//! The database's files as they are on the disk: noticing that somebody has moved, replaced or removed one.
//!
//! A connection goes on with the files that it has opened, whatever becomes of their names. What is committed then goes
//! where nobody will look for it: into a database that was moved away, or into a log that no longer has a name. So the
//! disk is asked before a connection is used; `renew` has what follows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Those that the connections work on. While these are open, the system gives their numbers to no other file.
    ours: Identities,
    looked: Instant,
    /// Whether they were found to be others.
    have_moved: bool,
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
        let state = State { ours: look(&paths), looked: Instant::now(), have_moved: false };
        Self { paths, state: Mutex::new(state) }
    }

    /// Whether the connections work on files that are no longer those on the disk.
    pub(super) async fn have_moved(&self) -> bool {
        {
            let mut state = self.state();
            if state.have_moved || state.looked.elapsed() < LOOK_EVERY {
                return state.have_moved;
            }
            state.looked = Instant::now();
        }
        let Some(seen) = self.look().await else { return false };
        let mut state = self.state();
        let is_other = |index: usize| state.ours[index].is_some() && state.ours[index] != seen[index];
        if let Some(other) = (0..seen.len()).find(|&index| is_other(index)) {
            DatabaseMoved::Noticed::<sqlx::Error> { file: &self.paths[other] }.emit();
            state.have_moved = true;
        } else {
            // A file that was not there and is now was made by a connection.
            state.ours = seen;
        }
        state.have_moved
    }

    /// The connections have been opened anew.
    pub(super) async fn are_new(&self) {
        if let Some(seen) = self.look().await {
            let mut state = self.state();
            (state.ours, state.have_moved) = (seen, false);
        }
    }

    /// Whether the write-ahead log that the connections had is still there, with something in it.
    pub(super) async fn log_is_left(&self) -> bool {
        let (paths, ours) = (Arc::clone(&self.paths), self.state().ours[1]);
        let is_left =
            move || ours.is_some() && look(&paths)[1] == ours && fs::metadata(&paths[1]).is_ok_and(|log| log.len() > 0);
        spawn_blocking(is_left).await.unwrap_or(false)
    }

    async fn look(&self) -> Option<Identities> {
        let paths = Arc::clone(&self.paths);
        // Fails only while the process ends.
        spawn_blocking(move || look(&paths)).await.ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
