//! Bytes in a local folder: an object for each digest, in 256 folders by its first byte.

mod durable;

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use tokio::task::spawn_blocking;

use super::objects::{MARKER, NOT_THERE, Objects};
use super::words::reason;
use super::{BlobError, BlobStore, Demand, Entries, Entry, Listed, OpenError, Pieces};
use crate::domain::Sha256;

/// Where objects are written before they take their names.
const STAGING: &str = ".staging";

/// Opens a folder of image bytes, and makes it where there is none, unless it is to exist.
pub(super) async fn open(folder: &Path, demand: Demand) -> Result<Local, OpenError> {
    let refused = |reason| OpenError { place: folder.display().to_string(), reason };
    if demand == Demand::Exists && !folder.join(MARKER).exists() {
        return Err(refused(NOT_THERE.to_owned()));
    }
    let owned = folder.to_path_buf();
    spawn_blocking(move || make_folders(&owned))
        .await
        .map_err(|error| refused(error.to_string()))?
        .map_err(|error| refused(advice(&error)))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| refused(error.to_string()))?;
    let objects = Objects::new(store.with_fsync(true));
    objects.mark().await.map_err(|error| refused(reason(&error)))?;
    Ok(Local { objects, folder: folder.into() })
}

/// A folder of bytes. Reading is `object_store`'s; writing is our own, because it syncs each object by itself, and an
/// import of a folder of pictures would spend most of its time on that.
pub(super) struct Local {
    objects: Objects<LocalFileSystem>,
    folder: Arc<Path>,
}

#[async_trait]
impl BlobStore for Local {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        self.put_all(vec![(*digest, bytes)]).await
    }

    async fn put_all(&self, objects: Vec<(Sha256, Bytes)>) -> Result<(), BlobError> {
        let folder = Arc::clone(&self.folder);
        let written = spawn_blocking(move || {
            let files: Vec<_> = objects.iter().map(|(digest, bytes)| (path(digest), &bytes[..])).collect();
            durable::write(&folder, STAGING, &files)
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(BlobError::Unavailable(advice(&error))),
            Err(error) => Err(BlobError::Unavailable(error.to_string())),
        }
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.objects.get(digest).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        self.objects.read(digest, range).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        self.objects.stat(digest).await
    }

    fn list(&self) -> Entries<'_> {
        let is_ours = |entry: &Entry| !matches!(entry, Entry::Stranger(path) if path.starts_with(STAGING));
        self.objects.list().try_filter(move |entry| std::future::ready(is_ours(entry))).boxed()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.objects.delete(digest).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.objects.ping().await
    }
}

/// The file of an object, below the folder.
fn path(digest: &Sha256) -> PathBuf {
    super::objects::names(digest).iter().collect()
}

/// Makes the folders that objects come into, durably, before there is an object: made on demand, the second object of a
/// folder could be acknowledged while its folder is not yet synced.
fn make_folders(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for first_byte in u8::MIN..=u8::MAX {
        make_folder(&folder.join(format!("{first_byte:02x}")))?;
    }
    let staging = folder.join(STAGING);
    make_folder(&staging)?;
    durable::tidy(&staging);
    // The folder's own entry, too; further up, an operator made the folders.
    durable::sync_folder(folder)?;
    match fs::canonicalize(folder)?.parent() {
        Some(parent) => durable::sync_folder(parent),
        None => Ok(()),
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn advice(error: &io::Error) -> String {
    let what_to_do = match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a file is in its place; move the file away",
        io::ErrorKind::PermissionDenied => "give the user that runs Sirius the right to write there",
        io::ErrorKind::ReadOnlyFilesystem => {
            "mount the disk for writing, or choose another data folder with --data-dir"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space",
        io::ErrorKind::FileTooLarge => "raise the limit on the size of files (ulimit -f)",
        _ => return error.to_string(),
    };
    format!("{error}; {what_to_do}")
}
