//! Bytes in a local folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use object_store::local::LocalFileSystem;

use super::OpenError;
use super::objects::Objects;

/// Opens a folder of image bytes, and makes it where there is none.
///
/// Every object is written beside its place, synced, renamed into it, and the folder synced after that.
pub(super) async fn open(folder: &Path) -> Result<Objects<LocalFileSystem>, OpenError> {
    let refused = |reason| OpenError { folder: folder.display().to_string(), reason };
    let owned = folder.to_path_buf();
    tokio::task::spawn_blocking(move || make_folders(&owned))
        .await
        .map_err(|error| refused(error.to_string()))?
        .map_err(|error| refused(advice(&error)))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| refused(error.to_string()))?;
    let objects = Objects::new(store.with_fsync(true));
    objects.mark().await.map_err(|error| refused(error.to_string()))?;
    Ok(objects)
}

/// Makes the folders that objects come into, durably, before there is an object: made on demand, the second object of a
/// folder could be acknowledged while its folder is not yet synced.
fn make_folders(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for first_byte in u8::MIN..=u8::MAX {
        match fs::create_dir(folder.join(format!("{first_byte:02x}"))) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // The folder's own entry, too; further up, an operator made the folders.
    sync_folder(folder)?;
    match fs::canonicalize(folder)?.parent() {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened to be synced.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn advice(error: &io::Error) -> String {
    let what_to_do = match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a file is in its place; move the file away",
        io::ErrorKind::PermissionDenied => "give the user that runs Sirius the right to write there",
        io::ErrorKind::ReadOnlyFilesystem => {
            "mount the disk for writing, or choose another data folder with --data-dir"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space",
        _ => return error.to_string(),
    };
    format!("{error}; {what_to_do}")
}
