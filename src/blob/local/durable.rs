//! Files that are there in full or not at all, also after a loss of power, and many of them for the price of few syncs.
//!
//! A file is written beside its place, synced, renamed into it, and its folder synced after that. Many at once share
//! the syncs: two of the whole file system (`syncfs`, which tells of failed writes since Linux 5.8) instead of two
//! hundred waits for the disk for a hundred files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// From so many files on the whole file system is synced. For fewer it would be rude, and often slower: what other
/// programs have written there goes to the disk with it.
#[cfg(target_os = "linux")]
const MANY: usize = 32;

/// What a process that was killed has left half-written is younger than this only if it may still be at it.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// Writes files (a path below `root` and its bytes) so that all of them are durable afterwards, replacing what is there.
/// `staging` is a folder below `root` on the same file system.
///
/// # Errors
/// When the system refuses: then some may be there, each of them whole, and nothing is left in `staging`.
pub(super) fn write(root: &Path, staging: &str, files: &[(PathBuf, &[u8])]) -> io::Result<()> {
    let staging = root.join(staging);
    // Opened before anything is written: it tells of what fails to be written from now on.
    let file_system = File::open(root)?;
    let mut staged = Staged(Vec::with_capacity(files.len()));
    for (path, bytes) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Unlike a process' number, no other process has it, in no container that shares the folder either.
        let beside = staging.join(format!("{name}.{:016x}", rand::random::<u64>()));
        let mut file = File::create_new(&beside)?;
        staged.0.push(Some(beside));
        file.write_all(bytes)?;
        if !is_many(files) {
            file.sync_all()?;
        }
    }
    if is_many(files) {
        sync_all(&file_system)?;
    }
    for ((path, _), beside) in files.iter().zip(&mut staged.0) {
        if let Some(from) = beside {
            fs::rename(from, root.join(path))?;
            *beside = None;
        }
    }
    if is_many(files) {
        return sync_all(&file_system);
    }
    let folders = files.iter().filter_map(|(path, _)| path.parent());
    folders
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .try_for_each(|folder| sync_folder(&root.join(folder)))
}

/// Removes what processes that were killed have left in a staging folder. What cannot be removed does no harm but that
/// it takes its space.
pub(super) fn tidy(staging: &Path) {
    let now = SystemTime::now();
    let entries = fs::read_dir(staging).into_iter().flatten().flatten();
    for entry in entries {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|at| now.duration_since(at));
        if let Ok(Ok(age)) = age
            && age > ABANDONED_AFTER
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened to be synced.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn is_many(files: &[(PathBuf, &[u8])]) -> bool {
    files.len() >= MANY
}

/// Elsewhere no call syncs a file system and tells of failures.
#[cfg(not(target_os = "linux"))]
fn is_many(_: &[(PathBuf, &[u8])]) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn sync_all(file_system: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(file_system)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all(_: &File) -> io::Result<()> {
    Ok(())
}

/// Files that have not taken their names yet; those that never do are removed.
struct Staged(Vec<Option<PathBuf>>);

impl Drop for Staged {
    fn drop(&mut self) {
        for path in self.0.iter().flatten() {
            // Nothing can be done here; `tidy` tries again.
            let _ = fs::remove_file(path);
        }
    }
}
