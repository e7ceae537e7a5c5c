//! Reading from memory and through it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};

use super::*;
use crate::blob::{self, Entries, Listed};
use crate::domain::Format;

/// Counts how often a store is asked, and can be away.
struct Watched {
    inner: Arc<dyn BlobStore>,
    gets: AtomicUsize,
    reads: Mutex<Vec<Range<u64>>>,
    away: AtomicBool,
}

#[async_trait]
impl BlobStore for Watched {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        self.inner.put(digest, bytes).await
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if self.away.load(Ordering::Relaxed) {
            return Err(BlobError::Unavailable("unplugged".to_owned()));
        }
        self.inner.get(digest).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        self.reads.lock().unwrap().push(range.clone());
        self.inner.read(digest, range).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        self.inner.stat(digest).await
    }

    fn list(&self) -> Entries<'_> {
        self.inner.list()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.inner.delete(digest).await
    }

    async fn address(&self, digest: &Sha256, valid_for: Duration) -> Result<Option<String>, BlobError> {
        let signed = self.gets.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        Ok(Some(format!("https://bucket/{digest}?expires={}&signature={signed}", valid_for.as_secs())))
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.inner.ping().await
    }
}

const SMALL: u64 = 1_000;

async fn contents() -> (Arc<Watched>, Arc<Contents>) {
    contents_by(Delivery::Proxy).await
}

async fn contents_by(delivery: Delivery) -> (Arc<Watched>, Arc<Contents>) {
    let blobs = Arc::new(Watched {
        inner: blob::in_memory().await,
        gets: AtomicUsize::default(),
        reads: Mutex::default(),
        away: AtomicBool::default(),
    });
    let delivery = config::Blobs { delivery, ..config::Blobs::default() };
    let settings = config::Cache { max_bytes: 10 * SMALL, max_object_bytes: SMALL };
    (blobs.clone(), Arc::new(Contents::new(blobs, &settings, &delivery)))
}

/// Puts that many bytes, each the lowest byte of its offset.
async fn put(blobs: &Watched, size_bytes: u64) -> Stored {
    let bytes: Vec<u8> = (0..size_bytes).map(|offset| offset.to_le_bytes()[0]).collect();
    let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
    blobs.put(&sha256, bytes.into()).await.unwrap();
    Stored { sha256, format: Format::Png, width: 1, height: 1, frames: 1, size_bytes, colour: None, thumbhash: None }
}

async fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Bytes(bytes) => bytes.into(),
        Body::Stream(stream) => stream.try_collect::<Vec<_>>().await.unwrap().concat(),
    }
}

#[tokio::test]
async fn ranges_of_small_and_large_images_are_the_same() {
    let (blobs, contents) = contents().await;
    for size_bytes in [SMALL, SMALL + 1] {
        let image = put(&blobs, size_bytes).await;
        for (range, expected) in [
            (None, 0..size_bytes),
            (Some(0..1), 0..1),
            (Some(300..500), 300..500),
            (Some(900..u64::MAX), 900..size_bytes),
            (Some(5_000..6_000), 0..0),
        ] {
            let expected: Vec<u8> = expected.map(|offset| offset.to_le_bytes()[0]).collect();
            let body = contents.read(&image, range.clone()).await.unwrap();
            assert_eq!(matches!(body, Body::Bytes(_)), size_bytes <= SMALL);
            assert_eq!(bytes(body).await, expected, "{range:?} of {size_bytes}");
        }
    }
    assert_eq!(blobs.gets.load(Ordering::Relaxed), 1, "the small one was read once");
    assert_eq!(blobs.reads.lock().unwrap()[1], 0..1, "of the large one only what was asked for");
}

#[tokio::test]
async fn however_many_wait_for_an_image_it_is_read_once() {
    let (blobs, contents) = contents().await;
    let image = put(&blobs, 500).await;
    let clients = (0..50).map(|_| {
        let (contents, image) = (contents.clone(), image.clone());
        tokio::spawn(async move { bytes(contents.read(&image, None).await.unwrap()).await.len() })
    });
    assert!(join_all(clients).await.into_iter().all(|len| len.unwrap() == 500));
    assert_eq!(blobs.gets.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn damaged_bytes_are_never_given_out_nor_kept() {
    let (blobs, contents) = contents().await;
    let image = put(&blobs, 500).await;
    blobs.put(&image.sha256, vec![0; 500].into()).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(contents.read(&image, None).await, Err(BlobError::Corrupt(digest)) if digest == image.sha256));
    }
    assert_eq!(contents.health().failure(), None, "one damaged object is no reason to call the store down");
    let repaired = put(&blobs, 500).await;
    assert_eq!(bytes(contents.read(&repaired, None).await.unwrap()).await.len(), 500);
}

#[tokio::test]
async fn a_wrong_size_in_the_catalogue_is_an_error() {
    let (blobs, contents) = contents().await;
    let image = Stored { size_bytes: 600, ..put(&blobs, 500).await };
    assert!(matches!(contents.read(&image, None).await, Err(BlobError::Corrupt(_))));
}

#[tokio::test]
async fn what_is_hot_outlives_the_store() {
    let (blobs, contents) = contents().await;
    let (hot, cold) = (put(&blobs, 500).await, put(&blobs, 400).await);
    contents.read(&hot, None).await.unwrap();
    blobs.away.store(true, Ordering::Relaxed);
    assert_eq!(bytes(contents.read(&hot, None).await.unwrap()).await.len(), 500);
    assert!(matches!(contents.read(&cold, None).await, Err(BlobError::Unavailable(_))));
    assert_eq!(contents.health().failure().unwrap().reason, "unplugged");
    blobs.away.store(false, Ordering::Relaxed);
    contents.read(&cold, None).await.unwrap();
    assert_eq!(contents.health().failure(), None);
}

#[tokio::test]
async fn a_large_image_with_wrong_bytes_never_comes_to_its_end() {
    let (blobs, contents) = contents().await;
    let size_bytes = 300_000;
    let image = put(&blobs, size_bytes).await;
    assert_eq!(bytes(contents.read(&image, None).await.unwrap()).await.len() as u64, size_bytes);
    let mut wrong = vec![0; usize::try_from(size_bytes).unwrap()];
    blobs.put(&image.sha256, wrong.clone().into()).await.unwrap();
    for range in [None, Some(0..u64::MAX)] {
        // The memory gives it in one piece, of which nothing is sent.
        let wrong = contents.read(&image, range).await;
        assert!(matches!(wrong, Err(BlobError::Corrupt(digest)) if digest == image.sha256));
    }
    let pieces = wrong.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect::<Vec<_>>();
    let sent: Vec<_> = verified(futures_util::stream::iter(pieces.clone()).boxed(), image.sha256).collect().await;
    assert_eq!((sent.len(), sent.last()), (3, Some(&Err(BlobError::Corrupt(image.sha256)))));
    let right = Sha256(sha2::Sha256::digest(&wrong).into());
    let sent: Vec<_> = verified(futures_util::stream::iter(pieces.clone()).boxed(), right).collect().await;
    assert_eq!(sent, pieces);
    wrong.truncate(1_000);
    blobs.put(&image.sha256, wrong.into()).await.unwrap();
    let truncated = contents.read(&image, None).await;
    assert!(matches!(truncated, Err(BlobError::Corrupt(digest)) if digest == image.sha256));
}

#[tokio::test]
async fn clients_are_sent_to_one_address_for_a_while() {
    let (blobs, contents) = contents().await;
    let image = put(&blobs, 500).await;
    assert_eq!(contents.elsewhere(&image).await, Ok(None));

    let (blobs, contents) = contents_by(Delivery::Redirect).await;
    let image = put(&blobs, 500).await;
    let asked = join_all((0..20).map(|_| contents.elsewhere(&image))).await;
    assert_eq!(blobs.gets.load(Ordering::Relaxed), 1, "it was signed once");
    let Elsewhere { address, max_age } = asked[0].clone().unwrap().unwrap();
    assert!(address.ends_with("?expires=1200&signature=0"), "{address}");
    assert_eq!(max_age, Duration::from_mins(5), "a client that remembers it comes before it expires");
    assert!(asked.iter().all(|other| other == &asked[0]));
}

#[tokio::test]
async fn memory_is_bounded() {
    let (blobs, contents) = contents().await;
    for size_bytes in 900..SMALL {
        let image = put(&blobs, size_bytes).await;
        contents.read(&image, None).await.unwrap();
        contents.hot.run_pending_tasks().await;
        assert!(contents.hot.weighted_size() <= 10 * SMALL);
    }
    assert!(contents.hot.entry_count() > 0);
}
