//! What is asked of the folder beyond what is asked of every store (see `contract`).

use std::fs;
use std::path::PathBuf;

use futures_util::TryStreamExt;
use tempfile::TempDir;

use super::*;
use crate::config::Blobs;

fn digest(first_byte: u8) -> Sha256 {
    let mut digest = [0xc4; 32];
    digest[0] = first_byte;
    Sha256(digest)
}

async fn folder() -> (TempDir, Arc<dyn BlobStore>) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open(&Blobs::default(), folder.path()).await.unwrap();
    (folder, blobs)
}

fn file_of(folder: &TempDir, digest: &Sha256) -> PathBuf {
    let digits = digest.to_string();
    folder.path().join("blobs").join(&digits[..2]).join(digits)
}

#[tokio::test]
async fn an_object_is_a_file_named_by_its_digest() {
    let (folder, blobs) = folder().await;
    blobs.put(&digest(0xab), "bytes".into()).await.unwrap();
    assert_eq!(fs::read(file_of(&folder, &digest(0xab))).unwrap(), b"bytes");
    for (place, files) in [("blobs/ab", 1), ("blobs/.staging", 0)] {
        let there = fs::read_dir(folder.path().join(place)).unwrap();
        assert_eq!(there.count(), files, "nothing is left of the writing");
    }
}

#[tokio::test]
async fn of_many_that_fail_nothing_half_written_is_left() {
    let (folder, blobs) = folder().await;
    // In the way of one in the middle.
    fs::create_dir(file_of(&folder, &digest(20))).unwrap();
    let many = (10..50).map(|first| (digest(first), "bytes".into())).collect();
    assert!(matches!(blobs.put_all(many).await, Err(BlobError::Unavailable(_))));
    for first in 10..50 {
        match blobs.get(&digest(first)).await {
            Ok(bytes) => assert_eq!(bytes, "bytes"),
            Err(error) => assert!(first >= 20, "{error}"),
        }
    }
    assert_eq!(fs::read_dir(folder.path().join("blobs/.staging")).unwrap().count(), 0);
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed_when_nobody_can_be_at_it_any_more() {
    let (folder, _) = folder().await;
    let staging = folder.path().join("blobs/.staging");
    for (name, age_hours) in [("abandoned", 25), ("under-way", 1)] {
        let file = fs::File::create(staging.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(age_hours)).unwrap();
    }
    open(&Blobs::default(), folder.path()).await.unwrap();
    let left: Vec<_> = fs::read_dir(staging).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["under-way"]);
}

#[tokio::test]
async fn putting_repairs_what_was_damaged() {
    let (folder, blobs) = folder().await;
    blobs.put(&digest(1), "bytes".into()).await.unwrap();
    fs::write(file_of(&folder, &digest(1)), "byt").unwrap();
    blobs.put(&digest(1), "bytes".into()).await.unwrap();
    assert_eq!(blobs.get(&digest(1)).await, Ok("bytes".into()));
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_ends_in_an_error() {
    let (folder, blobs) = folder().await;
    blobs.put(&digest(1), vec![7; 1_000_000].into()).await.unwrap();
    let mut stream = blobs.read(&digest(1), 0..1_000_000).await.unwrap();
    assert!(stream.try_next().await.unwrap().is_some());
    fs::OpenOptions::new().write(true).open(file_of(&folder, &digest(1))).unwrap().set_len(400_000).unwrap();
    assert_eq!(stream.try_collect::<Vec<_>>().await, Err(BlobError::Corrupt(digest(1))));
}

#[tokio::test]
async fn a_store_that_goes_away_is_noticed() {
    let (folder, blobs) = folder().await;
    blobs.ping().await.unwrap();
    fs::remove_dir_all(folder.path().join("blobs")).unwrap();
    assert!(matches!(blobs.ping().await, Err(BlobError::Unavailable(_))));
}

#[tokio::test]
async fn opening_again_keeps_what_is_there() {
    let (folder, blobs) = folder().await;
    blobs.put(&digest(1), "bytes".into()).await.unwrap();
    let again = open(&Blobs::default(), folder.path()).await.unwrap();
    assert_eq!(again.get(&digest(1)).await, Ok("bytes".into()));
}

#[tokio::test]
async fn what_cannot_be_the_folder_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blobs");
    fs::write(&file, "in the way").unwrap();
    for path in [file.clone(), file.join("deeper")] {
        let settings = Blobs { url: Some(BlobUrl::Folder(path)), ..Blobs::default() };
        let refused = open(&settings, folder.path()).await.err().unwrap().to_string();
        assert!(refused.contains("a file is in its place; move the file away"), "{refused}");
    }
}

#[tokio::test]
async fn a_disk_that_refuses_is_quoted() {
    let (folder, blobs) = folder().await;
    // A file where the folder of this object was: the same path through the errors as a full disk.
    fs::remove_dir(folder.path().join("blobs/01")).unwrap();
    fs::write(folder.path().join("blobs/01"), "").unwrap();
    match blobs.put(&digest(1), "bytes".into()).await {
        Err(BlobError::Unavailable(reason)) => assert!(reason.starts_with("Not a directory"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
