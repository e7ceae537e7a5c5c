//! `fsck --repair` and an import at the same moment: an image that was entered has its bytes, whoever was faster.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sirius::app::Opened;
use sirius::blob::{BlobError, BlobStore, Entries, Listed, Pieces};
use sirius::config::Config;
use sirius::domain::Sha256;
use sirius::services::fsck::{Fsck, Options, Report};
use sirius::services::import::{Importer, Settings};
use sirius::transform::Pool;
use tokio_util::sync::CancellationToken;

use crate::support::pictures;

/// A data folder, and a picture that may be imported into it.
struct Data {
    folder: tempfile::TempDir,
    opened: Opened,
}

/// When something else happens.
#[derive(Clone, Copy, PartialEq)]
enum When {
    BeforeDeleting,
    AfterPutting,
}

/// A store in which something else happens at one moment, once.
struct Racing {
    inner: Arc<dyn BlobStore>,
    when: When,
    other: Mutex<Option<futures_util::future::BoxFuture<'static, ()>>>,
}

impl Racing {
    async fn at(&self, when: When) {
        let other = if when == self.when { self.other.lock().unwrap().take() } else { None };
        if let Some(other) = other {
            other.await;
        }
    }
}

#[async_trait]
impl BlobStore for Racing {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        self.inner.put(digest, bytes).await?;
        self.at(When::AfterPutting).await;
        Ok(())
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.inner.get(digest).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        self.inner.read(digest, range).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        self.inner.stat(digest).await
    }

    fn list(&self) -> Entries<'_> {
        self.inner.list()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.at(When::BeforeDeleting).await;
        self.inner.delete(digest).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.inner.ping().await
    }
}

impl Data {
    /// With two pictures, of which one is an orphan: the catalogue has forgotten it.
    async fn with_an_orphan() -> Self {
        let folder = tempfile::tempdir().unwrap();
        pictures::fill(&folder.path().join("pictures"), 2);
        let mut config = Config::default();
        config.data.dir = folder.path().join("data");
        let data = Self { opened: Opened::open(&config).await.unwrap(), folder };
        import(&data.opened, Arc::clone(&data.opened.blobs), data.pictures()).await;
        let images = data.opened.stores.catalogue.changes(sirius::store::ChangeNumber(0), 10).await.unwrap().images;
        assert_eq!(data.opened.stores.catalogue.remove(&[images[0].facts.id]).await.unwrap(), 1);
        data
    }

    fn pictures(&self) -> PathBuf {
        self.folder.path().join("pictures")
    }

    fn racing(&self, when: When, other: impl Future<Output = ()> + Send + 'static) -> Arc<Racing> {
        Arc::new(Racing { inner: Arc::clone(&self.opened.blobs), when, other: Mutex::new(Some(Box::pin(other))) })
    }

    /// Both images have their bytes.
    async fn assert_sound(&self) {
        let report = fsck(&self.opened, Arc::clone(&self.opened.blobs), false).await;
        assert_eq!((report.images, report.missing, report.damaged, report.orphans), (2, 0, 0, 0), "{report:?}");
    }
}

async fn import(opened: &Opened, blobs: Arc<dyn BlobStore>, pictures: PathBuf) {
    let pool = Pool::new(Config::default().pictures);
    let importer = Importer::new(Arc::clone(&opened.stores.catalogue), blobs, pool, Settings::default());
    importer.import(vec![pictures], &CancellationToken::new(), &|_| ()).await.unwrap();
}

/// Every orphan is old.
async fn fsck(opened: &Opened, blobs: Arc<dyn BlobStore>, repair: bool) -> Report {
    // The file's clock may be some milliseconds behind.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let options = Options { read: true, repair, older_than: Duration::ZERO };
    Fsck::new(Arc::clone(&opened.stores.catalogue), blobs).run(options, &|_| ()).await.unwrap()
}

fn again(opened: &Opened) -> Opened {
    Opened { stores: opened.stores.clone(), blobs: Arc::clone(&opened.blobs) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_right_before_bytes_are_removed_keeps_them() {
    let data = Data::with_an_orphan().await;
    let (opened, pictures) = (again(&data.opened), data.pictures());
    let racing = data.racing(When::BeforeDeleting, async move {
        let runtime = tokio::runtime::Handle::current();
        // On a thread of its own: an import borrows what the compiler does not let others wait for.
        let importing = move || runtime.block_on(import(&opened, Arc::clone(&opened.blobs), pictures));
        tokio::task::spawn_blocking(importing).await.unwrap();
    });
    let report = fsck(&data.opened, racing, true).await;
    assert_eq!((report.orphans, report.removed), (1, 0));
    data.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_removed_before_their_image_is_entered_are_put_again() {
    let data = Data::with_an_orphan().await;
    let opened = again(&data.opened);
    let racing = data.racing(When::AfterPutting, async move {
        let runtime = tokio::runtime::Handle::current();
        let checking = move || runtime.block_on(fsck(&opened, Arc::clone(&opened.blobs), true));
        assert_eq!(tokio::task::spawn_blocking(checking).await.unwrap().removed, 1);
    });
    import(&data.opened, racing, data.pictures()).await;
    data.assert_sound().await;
}
