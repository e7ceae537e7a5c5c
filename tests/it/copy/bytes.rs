//! Bytes of images, from one folder to another.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::pictures;
use crate::support::process::{run, sirius};

/// The objects below a folder and their bytes.
fn objects(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| (entry.file_name().to_str().unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name.len() == 64)
        .collect()
}

fn with_pictures(folder: &Path, count: u32) -> PathBuf {
    let (data, new) = (folder.join("data"), folder.join("pictures"));
    pictures::fill(&new, count);
    let added = run(sirius(&data).arg("import").arg(&new));
    assert!(added.status.success(), "{added:?}");
    data.join("blobs")
}

fn copy(from: &Path, to: &Path) -> (i32, String) {
    let url = |path: &Path| format!("file://{}", path.display());
    let data = from.with_file_name("unused");
    let Output { status, stdout, stderr } =
        run(sirius(&data).args(["copy", "--blobs-from", &url(from), "--blobs-to", &url(to)]));
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn everything_is_copied_and_what_is_there_is_not_copied_again() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (with_pictures(folder.path(), 5), folder.path().join("copy"));
    let (code, said) = copy(&from, &to);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("5 objects (") && said.contains("0 were there already"), "{said}");
    assert_eq!(objects(&to), objects(&from));

    // As after an interruption: one is missing, one half there.
    let names: Vec<_> = objects(&to).into_keys().collect();
    fs::remove_file(to.join(&names[0][..2]).join(&names[0])).unwrap();
    fs::write(to.join(&names[1][..2]).join(&names[1]), "half").unwrap();
    let (code, said) = copy(&from, &to);
    assert!(code == 0 && said.contains("2 objects (") && said.contains("3 were there already"), "{said}");
    assert_eq!(objects(&to), objects(&from));
}

#[test]
fn what_is_damaged_is_named_and_left_out_and_a_damaged_copy_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (with_pictures(folder.path(), 3), folder.path().join("copy"));
    let names: Vec<_> = objects(&from).into_keys().collect();
    let file = from.join(&names[0][..2]).join(&names[0]);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let (code, said) = copy(&from, &to);
    assert!(code == 3 && said.contains(&format!("damaged   {}", names[0])), "{said}");
    assert_eq!(objects(&to).into_keys().collect::<Vec<_>>(), names[1..]);

    let copied = to.join(&names[1][..2]).join(&names[1]);
    let mut bytes = fs::read(&copied).unwrap();
    bytes[20] ^= 1;
    fs::write(&copied, bytes).unwrap();
    let (code, said) = copy(&from, &to);
    assert!(code == 1 && said.contains("1 of the objects that were copied are not there or not the same"), "{said}");
}

#[test]
fn a_store_with_a_life_of_its_own_is_left_alone_and_a_missing_one_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let (many, few) = (with_pictures(folder.path(), 3), with_pictures(other.path(), 1));
    let before = objects(&few);
    let (code, said) = copy(&few, &many);
    assert!(code == 1 && said.contains("so it is neither empty nor an earlier copy"), "{said}");
    assert_eq!((objects(&few), objects(&many).len()), (before, 3));

    let missing = folder.path().join("missing");
    let (code, said) = copy(&missing, &folder.path().join("new"));
    assert!(code == 1 && said.contains("Sirius has put no image bytes there"), "{said}");
    assert!(!missing.exists() && !folder.path().join("new").exists());
}
