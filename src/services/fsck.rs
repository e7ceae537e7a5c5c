//! Whether the catalogue and the byte store agree: images without bytes, bytes without an image, bytes that are not those
//! that were put.
//!
//! Only bytes without an image are ever removed, and only when they have been there so long that no import can be about
//! to enter them: an import stores bytes first and enters images after that. Both are looked at once more right before, and
//! the catalogue right after it, when what was removed can still be put back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::Digest;

use crate::blob::{BlobError, BlobStore, Entry, Listed};
use crate::domain::{Content, ImageId, ImageNumber, Sha256, Stored};
use crate::store::{CatalogueStore, ChangeNumber, StoreError};

/// How many images are asked of the catalogue at a time.
const PAGE: u32 = 10_000;

/// How many objects are read at a time.
const READ_AT_ONCE: usize = 8;

/// A catalogue and the byte store that belongs to it.
pub struct Fsck {
    catalogue: Arc<dyn CatalogueStore>,
    blobs: Arc<dyn BlobStore>,
}

/// How thorough a check is, and what it may do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether all bytes are read and compared with their digests; otherwise only whether they are there, and how many.
    pub read: bool,
    /// Whether old bytes without an image are removed.
    pub repair: bool,
    /// How long ago bytes were put that are old.
    pub older_than: Duration,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The catalogue has the image, the store has no bytes of it.
    Missing(ImageId, Sha256),
    /// The bytes are not those that were put: they have another length or another digest.
    Damaged(ImageId, Sha256),
    /// The store has the bytes, the catalogue has no image of them.
    Orphan(Listed),
    /// The same, but put so lately that an image of them may be on its way.
    Young(Listed),
    /// Something that Sirius did not put there, by its path.
    Stranger(String),
}

/// What a check tells, as it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// How many stored images the catalogue has.
    Images(u64),
    /// An object has been looked at, and read where that was asked for.
    Checked,
    /// Something was found.
    Found(&'a Finding),
    /// An orphan was removed.
    Removed(&'a Listed),
}

/// Hears of [`Event`]s.
pub type Observer<'a> = &'a (dyn Fn(Event<'_>) + Send + Sync);

/// What a check found, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Stored images of the catalogue.
    pub images: u64,
    /// Objects of the store.
    pub objects: u64,
    /// [`Finding::Missing`]
    pub missing: u64,
    /// [`Finding::Damaged`]
    pub damaged: u64,
    /// [`Finding::Orphan`]
    pub orphans: u64,
    /// Bytes of those.
    pub orphan_bytes: u64,
    /// [`Finding::Young`]
    pub young: u64,
    /// [`Finding::Stranger`]
    pub strangers: u64,
    /// Orphans that were removed.
    pub removed: u64,
}

impl Report {
    /// Whether nothing is wrong that has not been mended. What is young or strange is no fault.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.missing == 0 && self.damaged == 0 && self.orphans == self.removed
    }
}

/// A check that could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The byte store failed.
    #[error(transparent)]
    Bytes(#[from] BlobError),
    /// It would remove everything.
    #[error(
        "nothing was removed: the catalogue knows none of the {0} objects in the byte store, so this is most likely the \
         store of another database; check data.dir and blobs.url"
    )]
    AnotherStore(u64),
}

/// A stored image, as far as it matters here.
struct Expected {
    id: ImageId,
    size_bytes: u64,
    is_there: bool,
}

impl Fsck {
    /// Checks these.
    #[must_use]
    pub fn new(catalogue: Arc<dyn CatalogueStore>, blobs: Arc<dyn BlobStore>) -> Self {
        Self { catalogue, blobs }
    }

    /// Checks everything; a server and imports may be running meanwhile.
    ///
    /// # Errors
    /// When the database or the byte store does not answer, and when a repair would remove all there is.
    pub async fn run(&self, options: Options, observer: Observer<'_>) -> Result<Report, FsckError> {
        let mut report = Report::default();
        // The catalogue first: the bytes of what is in it are in the store by then.
        let mut expected = self.expected().await?;
        report.images = expected.len() as u64;
        observer(Event::Images(report.images));

        let (whole, orphans) = self.compare(&mut expected, options, &mut report, observer).await?;
        for (digest, image) in expected.iter().filter(|(_, image)| !image.is_there) {
            report.tell(&Finding::Missing(image.id, *digest), observer);
        }
        if options.read {
            self.read_all(whole, &expected, &mut report, observer).await?;
        }
        if options.repair {
            if report.objects > 0 && report.objects == report.orphans + report.young {
                return Err(FsckError::AnotherStore(report.objects));
            }
            for orphan in orphans {
                if self.remove(&orphan, options.older_than).await? {
                    report.removed += 1;
                    observer(Event::Removed(&orphan));
                }
            }
        }
        Ok(report)
    }

    /// All stored images by their digest.
    async fn expected(&self) -> Result<HashMap<Sha256, Expected>, StoreError> {
        let mut images: HashMap<ImageNumber, (ImageId, Sha256, u64)> = HashMap::new();
        let mut since = ChangeNumber::default();
        loop {
            let changes = self.catalogue.changes(since, PAGE).await?;
            for image in changes.images {
                if let Content::Stored(Stored { sha256, size_bytes, .. }) = image.facts.content {
                    images.insert(image.number, (image.facts.id, sha256, size_bytes));
                }
            }
            for number in changes.removed {
                images.remove(&number);
            }
            if changes.complete {
                break;
            }
            since = changes.up_to;
        }
        let expected = |(id, digest, size_bytes)| (digest, Expected { id, size_bytes, is_there: false });
        Ok(images.into_values().map(expected).collect())
    }

    /// Goes through the store; gives the objects that may be whole, and the orphans that are old.
    async fn compare(
        &self,
        expected: &mut HashMap<Sha256, Expected>,
        options: Options,
        report: &mut Report,
        observer: Observer<'_>,
    ) -> Result<(Vec<Listed>, Vec<Listed>), FsckError> {
        let (mut whole, mut orphans) = (Vec::new(), Vec::new());
        let mut entries = self.blobs.list();
        while let Some(entry) = entries.try_next().await? {
            let object = match entry {
                Entry::Stranger(path) => {
                    report.tell(&Finding::Stranger(path), observer);
                    continue;
                }
                Entry::Object(object) => object,
            };
            report.objects += 1;
            match expected.get_mut(&object.digest) {
                Some(image) => {
                    image.is_there = true;
                    if image.size_bytes == object.size_bytes {
                        whole.push(object);
                    } else {
                        report.tell(&Finding::Damaged(image.id, object.digest), observer);
                    }
                }
                None if is_old(&object, options.older_than) => {
                    report.tell(&Finding::Orphan(object), observer);
                    orphans.push(object);
                }
                None => report.tell(&Finding::Young(object), observer),
            }
            if !options.read {
                observer(Event::Checked);
            }
        }
        Ok((whole, orphans))
    }

    async fn read_all(
        &self,
        objects: Vec<Listed>,
        expected: &HashMap<Sha256, Expected>,
        report: &mut Report,
        observer: Observer<'_>,
    ) -> Result<(), BlobError> {
        let mut checks = stream::iter(objects)
            .map(|object| async move { Ok::<_, BlobError>((object.digest, self.verdict(&object).await?)) })
            .buffer_unordered(READ_AT_ONCE);
        while let Some((digest, verdict)) = checks.try_next().await? {
            observer(Event::Checked);
            let Some(image) = expected.get(&digest) else { continue };
            match verdict {
                Verdict::Whole => {}
                Verdict::Damaged => report.tell(&Finding::Damaged(image.id, digest), observer),
                Verdict::Gone => report.tell(&Finding::Missing(image.id, digest), observer),
            }
        }
        Ok(())
    }

    async fn verdict(&self, object: &Listed) -> Result<Verdict, BlobError> {
        match digest_of(&*self.blobs, &object.digest, object.size_bytes).await {
            Ok(digest) if digest == object.digest => Ok(Verdict::Whole),
            Ok(_) | Err(BlobError::Corrupt(_)) => Ok(Verdict::Damaged),
            Err(BlobError::Missing(_)) => Ok(Verdict::Gone),
            Err(error) => Err(error),
        }
    }

    /// Removes an orphan, unless it has changed or is one no longer.
    ///
    /// Between the last look and the removing an import may put the same bytes. If it enters its image after the removing,
    /// it finds out by itself that they are gone; if before, they are put back here.
    async fn remove(&self, orphan: &Listed, older_than: Duration) -> Result<bool, FsckError> {
        if self.is_known(orphan).await? {
            return Ok(false);
        }
        let bytes = match self.blobs.get(&orphan.digest).await {
            Ok(bytes) => Some(bytes).filter(|bytes| sha2::Sha256::digest(bytes)[..] == orphan.digest.0),
            Err(BlobError::Corrupt(_)) => None,
            Err(BlobError::Missing(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        // Somebody who imports it now has put it again.
        let still_old = self.blobs.stat(&orphan.digest).await?.is_some_and(|object| is_old(&object, older_than));
        if !still_old {
            return Ok(false);
        }
        self.blobs.delete(&orphan.digest).await?;
        if let Some(bytes) = bytes
            && self.is_known(orphan).await?
        {
            self.blobs.put(&orphan.digest, bytes).await?;
            return Ok(false);
        }
        Ok(true)
    }

    async fn is_known(&self, orphan: &Listed) -> Result<bool, StoreError> {
        let id = ImageId::from_digest(&orphan.digest);
        Ok(self.catalogue.known(&[id]).await?.contains(&id))
    }
}

/// What its bytes say of an object.
enum Verdict {
    Whole,
    Damaged,
    Gone,
}

/// The digest of an object's bytes, read piece by piece.
pub(super) async fn digest_of(blobs: &dyn BlobStore, digest: &Sha256, size_bytes: u64) -> Result<Sha256, BlobError> {
    let mut pieces = blobs.read(digest, 0..size_bytes).await?;
    let mut hasher = sha2::Sha256::new();
    while let Some(piece) = pieces.try_next().await? {
        hasher.update(&piece);
    }
    Ok(Sha256(hasher.finalize().into()))
}

fn is_old(object: &Listed, older_than: Duration) -> bool {
    SystemTime::now().duration_since(object.modified).is_ok_and(|age| age > older_than)
}

impl Report {
    fn tell(&mut self, finding: &Finding, observer: Observer<'_>) {
        match finding {
            Finding::Missing(..) => self.missing += 1,
            Finding::Damaged(..) => self.damaged += 1,
            Finding::Orphan(object) => {
                self.orphans += 1;
                self.orphan_bytes += object.size_bytes;
            }
            Finding::Young(_) => self.young += 1,
            Finding::Stranger(_) => self.strangers += 1,
        }
        observer(Event::Found(finding));
    }
}
