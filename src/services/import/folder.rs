//! The files of a folder and of all folders in it.

use std::ffi::OsStr;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

/// What operating systems leave in folders of pictures.
const CLUTTER: [&str; 3] = ["Thumbs.db", "desktop.ini", "__MACOSX"];

/// Everything below a folder that is not a folder itself, one by one, in the order of the disk.
///
/// Names that begin with a dot are passed over, and so is what operating systems leave behind. Links are followed; one
/// that leads back to where it came from is passed over, for all behind it is seen anyway.
pub(super) fn files(root: &Path) -> impl Iterator<Item = Result<DirEntry, walkdir::Error>> + use<> {
    WalkDir::new(root)
        .follow_links(true)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_passed_over(entry.file_name()))
        .filter(|found| match found {
            Ok(entry) => !entry.file_type().is_dir(),
            Err(error) => error.loop_ancestor().is_none(),
        })
}

fn is_passed_over(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || CLUTTER.iter().any(|clutter| name == *clutter)
}
