//! `sirius fsck`, as an operator types it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::pictures;
use crate::support::process::{run, sirius};

/// A data folder with pictures, and the files of their bytes.
struct Data {
    _folder: TempDir,
    path: PathBuf,
    files: Vec<PathBuf>,
}

impl Data {
    fn with_pictures(count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("data"), folder.path().join("pictures"));
        pictures::fill(&new, count);
        let added = run(sirius(&path).arg("import").arg(&new));
        assert!(added.status.success(), "{added:?}");
        let mut data = Self { _folder: folder, path, files: Vec::new() };
        data.files = data.objects();
        assert_eq!(data.files.len(), usize::try_from(count).unwrap());
        data
    }

    /// The files of all objects, in the order of their digests.
    fn objects(&self) -> Vec<PathBuf> {
        let list = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        let is_object = |file: &PathBuf| file.file_name().unwrap().len() == 64;
        let folders = list(&self.path.join("blobs")).into_iter().filter(|path| path.is_dir());
        let mut files: Vec<_> = folders.flat_map(|folder| list(&folder)).filter(is_object).collect();
        files.sort();
        files
    }

    /// Makes an object that no image has, put so long ago.
    fn orphan(&self, hours: u64) -> PathBuf {
        let name = format!("ab{hours:062x}");
        let path = self.path.join("blobs/ab").join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(hours)).unwrap();
        path
    }

    fn fsck(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let output = run(sirius(&self.path).args(["fsck", "--json"]).args(arguments));
        let lines = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code().unwrap(), lines)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn digest(file: &Path) -> &str {
    file.file_name().unwrap().to_str().unwrap()
}

fn in_words(data: &Data, arguments: &[&str]) -> Output {
    run(sirius(&data.path).arg("fsck").args(arguments))
}

#[test]
fn what_agrees_is_sound() {
    let data = Data::with_pictures(3);
    let (code, lines) = data.fsck(&[]);
    assert_eq!(code, 0);
    let expected = json!({
        "sound": true, "images": 3, "objects": 3, "missing": 0, "damaged": 0, "orphans": 0, "orphan_bytes": 0,
        "young": 0, "strangers": 0, "removed": 0,
    });
    assert_eq!(lines, [expected]);
    let output = in_words(&data, &["--quick"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""));
    assert!(text(&output.stderr).contains("3 images and 3 objects were compared: 0 without bytes"), "{output:?}");
}

#[test]
fn each_kind_of_fault_is_found_and_nothing_but_orphans_is_removed() {
    let data = Data::with_pictures(4);
    let [lost, shorter, changed, _whole] = &data.files[..] else { panic!("four were put") };
    fs::remove_file(lost).unwrap();
    fs::write(shorter, "short").unwrap();
    let mut bytes = fs::read(changed).unwrap();
    bytes[30] ^= 1;
    fs::write(changed, bytes).unwrap();
    let (old, young) = (data.orphan(25), data.orphan(1));
    fs::write(data.path.join("blobs/ab/notes.txt"), "not ours").unwrap();

    let findings = |lines: &[Value]| {
        let found = lines.iter().filter_map(|line| line["finding"].as_str().map(|finding| (finding, line)));
        let mut found: Vec<_> = found
            .map(|(finding, line)| {
                (finding.to_owned(), line["digest"].as_str().or(line["path"].as_str()).unwrap().to_owned())
            })
            .collect();
        found.sort();
        found
    };
    let mut expected = vec![
        ("damaged".to_owned(), digest(shorter).to_owned()),
        ("damaged".to_owned(), digest(changed).to_owned()),
        ("missing".to_owned(), digest(lost).to_owned()),
        ("orphan".to_owned(), digest(&old).to_owned()),
        ("stranger".to_owned(), "ab/notes.txt".to_owned()),
        ("young".to_owned(), digest(&young).to_owned()),
    ];
    let (code, lines) = data.fsck(&[]);
    assert_eq!((code, findings(&lines)), (3, expected.clone()));
    // Without reading, other bytes of the same length look right.
    expected.retain(|(_, digest)| !changed.ends_with(digest));
    assert_eq!(findings(&data.fsck(&["--quick"]).1), expected);

    let (code, lines) = data.fsck(&["--repair"]);
    assert_eq!((code, lines.last().unwrap()["removed"].as_u64()), (3, Some(1)), "{lines:?}");
    let mut left = vec![shorter.clone(), changed.clone(), data.files[3].clone(), young.clone()];
    left.sort();
    assert_eq!(data.objects(), left);
    assert!(data.path.join("blobs/ab/notes.txt").exists());

    // An hour is enough where the operator says so.
    assert_eq!(data.fsck(&["--repair", "--older-than", "30m"]).1.last().unwrap()["removed"], 1);
    assert!(!young.exists());
}

#[test]
fn what_was_taken_out_of_the_catalogue_gives_its_space_back() {
    let data = Data::with_pictures(2);
    let output = run(sirius(&data.path).args(["images", "list", "--json", "--limit", "1"]));
    let image: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(run(sirius(&data.path).args(["images", "rm", image["id"].as_str().unwrap()])).status.success());
    for file in data.objects() {
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(25)).unwrap();
    }
    let output = in_words(&data, &["--repair"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("orphan ") && text(&output.stdout).contains("removed "), "{output:?}");
    assert_eq!(data.objects().len(), 1);
}

#[test]
fn the_store_of_another_database_is_left_alone() {
    let data = Data::with_pictures(1);
    for file in data.objects() {
        fs::remove_file(file).unwrap();
    }
    let old = data.orphan(100);
    let output = in_words(&data, &["--repair"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the catalogue knows none of the 1 objects"), "{output:?}");
    assert!(old.exists());
}

#[test]
fn without_a_database_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(sirius(&data).arg("fsck"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no database in"), "{output:?}");
    assert!(!data.exists());
    assert_eq!(run(sirius(&data).args(["fsck", "--older-than", "soon"])).status.code(), Some(2));
}
