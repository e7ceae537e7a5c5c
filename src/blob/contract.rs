//! What is asked of every store of bytes. The folder and the memory are asked by `cargo test` alone; the bucket that the
//! environment names, by `make test-stores`, which has servers for it.

use futures_util::TryStreamExt;
use sha2::Digest;

use super::*;
use crate::config::{Blobs, Environment, Sources, load};

#[tokio::test]
async fn a_folder_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    keeps_the_contract(&*open(&Blobs::default(), folder.path()).await.unwrap()).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    keeps_the_contract(&*in_memory().await).await;
}

#[tokio::test]
#[ignore = "the bucket that the environment names is there in `make test-stores`"]
async fn the_bucket_of_the_environment_keeps_the_contract() {
    let settings =
        load(&Sources { environment: Environment::of_process(), ..Sources::default() }).unwrap().config.blobs;
    assert!(settings.is_remote(), "blobs.url names no bucket");
    let blobs = open_now(&settings, Path::new("")).await.unwrap();
    keeps_the_contract(&*blobs).await;
    // What was put may be found again by the next run, also below another prefix.
    let address = blobs.address(&digest(b"an object"), Duration::from_mins(1)).await.unwrap().unwrap();
    assert!(address.starts_with("http") && address.contains(&digest(b"an object").to_string()), "{address}");
}

async fn keeps_the_contract(blobs: &dyn BlobStore) {
    blobs.ping().await.unwrap();
    assert_eq!(listed(blobs).await, []);
    what_is_put_is_there_and_nothing_else_is(blobs).await;
    what_is_there_is_listed(blobs).await;
    what_is_removed_is_gone(blobs).await;
}

async fn what_is_put_is_there_and_nothing_else_is(blobs: &dyn BlobStore) {
    let bytes = Bytes::from((0..=255).cycle().take(300_000).collect::<Vec<u8>>());
    let (there, empty, missing) = (digest(&bytes), digest(b""), digest(b"missing"));
    // A damaged one is repaired, one that is whole stays.
    for put in [Bytes::from_static(b"damaged"), bytes.clone(), bytes.clone()] {
        blobs.put(&there, put.clone()).await.unwrap();
        assert_eq!(blobs.get(&there).await, Ok(put));
    }
    blobs.put(&empty, Bytes::new()).await.unwrap();
    let many: Vec<_> = (10..60).map(|start| bytes.slice(start..)).map(|bytes| (digest(&bytes), bytes)).collect();
    blobs.put_all(many.clone()).await.unwrap();
    for (digest, bytes) in many {
        assert_eq!(blobs.get(&digest).await, Ok(bytes));
    }
    assert_eq!(blobs.get(&empty).await, Ok(Bytes::new()));
    assert_eq!(blobs.get(&missing).await, Err(BlobError::Missing(missing)));
    assert_eq!(ranged(blobs, &missing, 0..1).await, Err(BlobError::Missing(missing)));
    let size_bytes = async |digest| blobs.stat(digest).await.unwrap().map(|listed| listed.size_bytes);
    assert_eq!(size_bytes(&there).await, Some(300_000));
    assert_eq!(size_bytes(&empty).await, Some(0));
    assert_eq!(size_bytes(&missing).await, None);
    for range in [0..300_000, 0..1, 299_999..300_000, 1_000..280_000, 5..5] {
        let expected = &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        assert!(ranged(blobs, &there, range.clone()).await.unwrap() == expected, "{range:?}");
    }
    for beyond in [0..300_001, 300_000..300_001, 400_000..400_001] {
        assert_eq!(ranged(blobs, &there, beyond).await, Err(BlobError::Corrupt(there)));
    }
}

async fn what_is_there_is_listed(blobs: &dyn BlobStore) {
    let entries = listed(blobs).await;
    assert_eq!(entries.len(), 52);
    for entry in entries {
        let Entry::Object(listed) = entry else { panic!("{entry:?}") };
        assert_eq!(blobs.stat(&listed.digest).await, Ok(Some(listed)));
        let hour = Duration::from_hours(1);
        assert!((SystemTime::now() - hour..SystemTime::now() + hour).contains(&listed.modified), "{listed:?}");
    }
}

async fn what_is_removed_is_gone(blobs: &dyn BlobStore) {
    for entry in listed(blobs).await {
        let Entry::Object(Listed { digest, .. }) = entry else { panic!("{entry:?}") };
        blobs.delete(&digest).await.unwrap();
        assert_eq!(blobs.get(&digest).await, Err(BlobError::Missing(digest)));
        blobs.delete(&digest).await.unwrap();
    }
    assert_eq!(listed(blobs).await, []);
    blobs.ping().await.unwrap();
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

async fn listed(blobs: &dyn BlobStore) -> Vec<Entry> {
    blobs.list().try_collect().await.unwrap()
}

async fn ranged(blobs: &dyn BlobStore, digest: &Sha256, range: Range<u64>) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<Bytes> = blobs.read(digest, range).await?.try_collect().await?;
    Ok(pieces.concat())
}
