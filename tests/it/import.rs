//! Tests of the import: folders and manifests into a real catalogue.

mod manifests;
mod runs;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use image::{ImageFormat, RgbImage};
use sha2::Digest;
use sirius::blob::{BlobError, BlobStore, Entries, Listed, Pieces};
use sirius::config::Pictures;
use sirius::domain::{Content, Format, Image, Sha256};
use sirius::services::import::{BUNDLED, Importer, Report, Settings};
use sirius::store::{self, ChangeNumber, Stores};
use sirius::transform::Pool;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::process;

/// A catalogue, a store of bytes that counts, and a folder to import from.
struct Sirius {
    stores: Stores,
    blobs: Arc<Counting>,
    folder: TempDir,
}

/// Keeps bytes in memory, counts what is put, and fails from a certain picture on.
#[derive(Default)]
struct Counting {
    kept: Mutex<HashMap<Sha256, Bytes>>,
    puts: AtomicUsize,
    fails_after: usize,
}

#[async_trait]
impl BlobStore for Counting {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        if self.puts.fetch_add(1, Ordering::Relaxed) >= self.fails_after {
            return Err(BlobError::Unavailable("the disk is full".to_owned()));
        }
        self.kept.lock().unwrap().insert(*digest, bytes);
        Ok(())
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.kept.lock().unwrap().get(digest).cloned().ok_or(BlobError::Missing(*digest))
    }

    async fn read(&self, digest: &Sha256, _: Range<u64>) -> Result<Pieces, BlobError> {
        Err(BlobError::Missing(*digest))
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        let size_bytes = self.kept.lock().unwrap().get(digest).map(|bytes| bytes.len() as u64);
        Ok(size_bytes.map(|size_bytes| Listed { digest: *digest, size_bytes, modified: SystemTime::now() }))
    }

    fn list(&self) -> Entries<'_> {
        futures_util::stream::empty().boxed()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.kept.lock().unwrap().remove(digest);
        Ok(())
    }

    async fn ping(&self) -> Result<(), BlobError> {
        Ok(())
    }
}

impl Sirius {
    async fn new() -> Self {
        Self::failing_after(usize::MAX).await
    }

    async fn failing_after(fails_after: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = store::connect(&folder.path().join(".sirius.db")).await.unwrap();
        let blobs = Counting { fails_after, ..Counting::default() };
        Self { stores, blobs: Arc::new(blobs), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn importer(&self, settings: Settings) -> Importer {
        self.importer_within(Pictures::default(), settings)
    }

    fn importer_within(&self, limits: Pictures, settings: Settings) -> Importer {
        let blobs: Arc<dyn BlobStore> = Arc::clone(&self.blobs) as _;
        Importer::new(Arc::clone(&self.stores.catalogue), blobs, Pool::new(limits), settings)
    }

    fn rehearsal(&self) -> Importer {
        let catalogue = Some(Arc::clone(&self.stores.catalogue));
        Importer::rehearsal(catalogue, Pool::new(Pictures::default()), Settings::default())
    }

    async fn import(&self, name: &str) -> Report {
        import(&self.importer(Settings::default()), self.path(name)).await
    }

    /// The catalogue in the order of adding.
    async fn images(&self) -> Vec<Image> {
        let changes = self.stores.catalogue.changes(ChangeNumber::default(), 100_000).await.unwrap();
        assert!(changes.complete);
        changes.images
    }

    /// Title, tags and format (or address) of every image, by title.
    async fn contents(&self) -> BTreeMap<String, (Vec<String>, String)> {
        let described = |image: Image| {
            let what = match image.facts.content {
                Content::Stored(stored) => stored.format.name().to_owned(),
                Content::Linked { url } => url.into(),
            };
            let tags = image.facts.tags.iter().map(ToString::to_string).collect();
            (image.facts.title.unwrap_or_default().into(), (tags, what))
        };
        self.images().await.into_iter().map(described).collect()
    }
}

async fn import(importer: &Importer, path: PathBuf) -> Report {
    importer.import(vec![path], &CancellationToken::new(), &|_| ()).await.unwrap()
}

/// A picture that is like no other of another seed.
fn picture(seed: u32, format: ImageFormat) -> Vec<u8> {
    let [_, _, high, low] = seed.to_be_bytes();
    let pixels = RgbImage::from_fn(16, 12, |x, y| {
        image::Rgb(if x < 8 { [high, low, 90] } else { [60, u8::try_from(y * 9).unwrap(), low] })
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn png(seed: u32) -> Vec<u8> {
    picture(seed, ImageFormat::Png)
}

/// Name of the file (or number of the line) and reason, sorted.
fn reasons(report: &Report) -> Vec<(String, &str)> {
    let short = |place: &str| place.rsplit('/').next().unwrap_or_default().to_owned();
    let mut reasons: Vec<_> =
        report.rejections.iter().map(|rejection| (short(&rejection.place), rejection.reason.as_str())).collect();
    reasons.sort();
    reasons
}

#[tokio::test]
async fn a_folder_is_imported_with_all_that_is_in_it() {
    let sirius = Sirius::new().await;
    sirius.write("in/orion-nebula.jpg", picture(1, ImageFormat::Jpeg));
    sirius.write("in/holiday/Night Sky/big_dipper.png", png(2));
    sirius.write("in/holiday/IMG_0001.gif", picture(3, ImageFormat::Gif));
    sirius.write("in/web/the-comet.webp", picture(4, ImageFormat::WebP));
    sirius.write("in/web/far away.avif", include_bytes!("../fixtures/still.avif"));
    sirius.write("in/web/named-wrongly.jpg", png(6));
    sirius.write("in/.hidden/secret.png", png(7));
    sirius.write("in/.DS_Store", "x");

    let report = sirius.import("in").await;
    assert_eq!((report.added, report.already_there, report.rejected), (6, 0, 0), "{:?}", report.rejections);
    let tags = |tags: &[&str]| tags.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = [
        ("Orion nebula", tags(&[]), "jpeg"),
        ("Big dipper", tags(&["holiday", "night-sky"]), "png"),
        ("", tags(&["holiday"]), "gif"),
        ("The comet", tags(&["web"]), "webp"),
        ("Far away", tags(&["web"]), "avif"),
        ("Named wrongly", tags(&["web"]), "png"),
    ];
    let expected = expected.map(|(title, tags, what)| (title.to_owned(), (tags, what.to_owned())));
    assert_eq!(sirius.contents().await, BTreeMap::from(expected));
}

#[tokio::test]
async fn what_is_known_of_a_picture_is_recorded_and_its_bytes_are_kept() {
    let sirius = Sirius::new().await;
    let bytes = png(1);
    sirius.write("in/a.png", &bytes);
    sirius.import("in").await;
    let image = sirius.images().await.pop().unwrap();
    let Content::Stored(stored) = &image.facts.content else { panic!("{image:?}") };
    assert_eq!((stored.width, stored.height, stored.frames, stored.format), (16, 12, 1, Format::Png));
    assert_eq!(stored.size_bytes, bytes.len() as u64);
    assert_eq!(stored.colour.unwrap().to_string(), "#00015a");
    assert!(stored.thumbhash.is_some());
    assert_eq!(sirius.blobs.get(&stored.sha256).await.unwrap(), bytes);
}

#[tokio::test]
async fn what_is_stored_and_named_is_what_is_served_without_metadata() {
    let sirius = Sirius::new().await;
    let jpeg = picture(1, ImageFormat::Jpeg);
    let exif = b"\xff\xe1\0\x3aExif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\x0051.4779 N, 0.0015 W, Ada";
    sirius.write("in/from-the-phone.jpg", [&jpeg[..2], exif, &jpeg[2..], b"and a film"].concat());
    let report = sirius.import("in").await;
    assert_eq!(report.added, 1, "{:?}", report.rejections);
    let image = sirius.images().await.pop().unwrap();
    let Content::Stored(stored) = &image.facts.content else { panic!("{image:?}") };
    let served = sirius.blobs.get(&stored.sha256).await.unwrap();
    assert_eq!((stored.width, stored.height), (12, 16), "it lies on its side");
    assert_eq!((stored.size_bytes, served.len()), (served.len() as u64, jpeg.len() + 36), "the orientation is left");
    assert!(!served.windows(7).any(|window| window == b"51.4779"));
    assert_eq!(stored.sha256, Sha256(sha2::Sha256::digest(&served).into()));

    sirius.write("in/from-the-service.jpg", &served);
    let report = sirius.import("in").await;
    assert_eq!((report.added, report.already_there, report.rejected), (0, 2, 0));
}

#[tokio::test]
async fn what_is_no_picture_is_rejected_with_its_reason() {
    let sirius = Sirius::new().await;
    let jpeg = picture(1, ImageFormat::Jpeg);
    sirius.write("in/good.jpg", &jpeg);
    sirius.write("in/cut.jpg", &jpeg[..jpeg.len() - 2]);
    sirius.write("in/text.jpg", "Dear diary, today I saw a comet.");
    sirius.write("in/empty.png", "");
    sirius.write("in/old.bmp", "BM and so on");
    sirius.write("in/list.csv", "path\n");
    sirius.write("in/large.png", [0; 5_000]);
    let importer = sirius.importer_within(Pictures { max_bytes: 4_999, ..Pictures::default() }, Settings::default());
    let report = import(&importer, sirius.path("in")).await;
    assert_eq!((report.added, report.rejected), (1, 6));
    let expected = [
        ("cut.jpg", "the JPEG is cut short: the end of the file is missing"),
        ("empty.png", "the file is empty"),
        ("large.png", "5000 bytes are too many: `pictures.max_bytes` allows 4999"),
        ("list.csv", "not a picture; if it is a manifest, import it by naming it"),
        ("old.bmp", "BMP is not served: convert it to AVIF, GIF, JPEG, PNG or WebP"),
        ("text.jpg", "not a picture: its content is none of AVIF, GIF, JPEG, PNG and WebP, which Sirius serves"),
    ];
    assert_eq!(reasons(&report), expected.map(|(place, reason)| (place.to_owned(), reason)));
    let report = sirius.import("nowhere").await;
    assert_eq!(reasons(&report), [("nowhere".to_owned(), "there is no such file")]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let sirius = Sirius::new().await;
    sirius.write("elsewhere/comet.png", png(1));
    sirius.write("in/moon.png", png(2));
    symlink(sirius.path("in"), sirius.path("in/again")).unwrap();
    symlink(sirius.path("elsewhere"), sirius.path("in/far")).unwrap();
    symlink(sirius.path("gone.png"), sirius.path("in/gone.png")).unwrap();
    let report = sirius.import("in").await;
    assert_eq!((report.added, report.already_there), (2, 0));
    assert_eq!(reasons(&report), [("gone.png".to_owned(), "there is no such file")]);
}

#[tokio::test]
async fn the_bundled_pictures_are_all_taken_and_described() {
    let sirius = Sirius::new().await;
    let report = sirius.importer(Settings::default()).import_bundle(BUNDLED).await.unwrap();
    assert_eq!((report.added, report.rejections), (BUNDLED.files.len() as u64, Vec::new()));
    let mut formats = Vec::new();
    for Image { facts, .. } in sirius.images().await {
        assert!(facts.title.is_some() && facts.alt.is_some() && !facts.tags.is_empty(), "{facts:?}");
        let Content::Stored(stored) = facts.content else { panic!("{facts:?}") };
        formats.push(stored.format);
    }
    assert!(Format::ALL.iter().all(|format| formats.contains(format)), "{formats:?}");
}

fn sirius_import(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = process::run(process::sirius(data).arg("import").args(arguments));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_tells_counts_reasons_and_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let (data, pictures) = (folder.path().join("data"), folder.path().join("in"));
    fs::create_dir(&pictures).unwrap();
    fs::write(pictures.join("a.png"), png(1)).unwrap();
    let shown = pictures.to_str().unwrap();

    let (code, stdout, stderr) = sirius_import(&data, &[shown, "--dry-run"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.starts_with("1 picture would be added, 0 there already, 0 were rejected ("), "{stdout}");
    assert!(!data.exists(), "a dry run makes nothing");

    fs::write(pictures.join("b.txt"), "no picture").unwrap();
    let (code, stdout, stderr) = sirius_import(&data, &[shown, "--tag", "Night Sky"]);
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("1 picture was added, 0 there already, 1 was rejected ("), "{stdout}");
    assert!(stderr.starts_with("rejected: ") && stderr.contains("in/b.txt: not a picture"), "{stderr}");

    fs::write(pictures.join("c.png"), png(3)).unwrap();
    let (code, stdout, _) = sirius_import(&data, &[shown, "--strict"]);
    assert_eq!(code, Some(1));
    assert_eq!(stdout, "Nothing was added, as --strict asks: 1 picture cannot be taken.\n");

    let (code, _, stderr) = sirius_import(&data, &[]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("<PATH>"), "{stderr}");
    assert_eq!(sirius_import(&data, &[shown, "--tag", "a/b"]).0, Some(2));
}
