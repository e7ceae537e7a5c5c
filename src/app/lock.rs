//! The data folder: that it is there, and that no two servers work on it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A data folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another `serve` has it.
    #[error("another Sirius serves the data folder {0}: stop that one first, or choose another folder with --data-dir")]
    Taken(PathBuf),
    /// It cannot be made or written to.
    #[error(
        "cannot use the data folder {folder}: {error}; choose a folder that this user may write to with --data-dir"
    )]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The right to serve a data folder: held as long as this lives, and given back by the system however the process ends.
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder if it is not there, and takes it.
    ///
    /// # Errors
    /// When another process has it, or it cannot be written to.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        make_folder(folder)?;
        let unusable = |error| LockError::Unusable { folder: folder.to_path_buf(), error };
        let path = folder.join("serve.lock");
        let file = File::options().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(folder.to_path_buf())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// Makes a data folder if it is not there.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), LockError> {
    fs::create_dir_all(folder).map_err(|error| LockError::Unusable { folder: folder.to_path_buf(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let lock = FolderLock::take(&folder).unwrap();
        assert!(matches!(FolderLock::take(&folder), Err(LockError::Taken(_))));
        drop(lock);
        FolderLock::take(&folder).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let Err(error) = FolderLock::take(file.path()) else { panic!("a file was taken for a folder") };
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }
}
