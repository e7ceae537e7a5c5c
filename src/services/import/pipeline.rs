//! The way of a picture: found, read and hashed, asked for in the catalogue, decoded, stored and entered.
//!
//! Each stage hands on through a bounded queue and keeps the order, so that of two lines about the same picture the
//! first one counts. Memory is bounded by the queues, by [`READ_KIB`] for bytes and by the pool for pixels.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256 as Hasher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::facts::Facts;
use super::source::{Candidate, Found, Source, unreadable};
use super::{Event, ImportError, Importer, MAX_KEPT_REJECTIONS, Observer, Rejection, Report, Target};
use crate::blob::{BlobError, BlobStore};
use crate::domain::{Content, ImageId, NewImage, Sha256, Stored};
use crate::transform::{Clean, Inspected, Measure, processors};

/// The most pictures in one transaction: large enough to share its cost, small enough that the visits of a running
/// server wait for a few milliseconds only.
const BATCH: usize = 100;

/// The most pictures whose bytes are stored together: so many that a disk which takes its time to sync them does not
/// hold up the rest.
const STORED_TOGETHER: usize = 4 * BATCH;

/// How many objects are looked for at a time, after they were put.
const LOOKS_AT_ONCE: usize = 16;

/// How long a batch may wait until it is full. What a batch costs hardly depends on how many share it.
const LINGER: Duration = Duration::from_millis(50);

/// Pictures that wait between two stages.
const QUEUE: usize = BATCH;

/// The memory for the bytes of pictures on their way. One that is larger goes alone. Together with what decoding may
/// take (`pictures.max_memory`) it stays below 64 MB.
const READ_KIB: u32 = 8 << 10;

/// Runs an import to its end.
pub(super) async fn run(
    importer: &Importer,
    source: Source,
    stop: &CancellationToken,
    observer: Observer<'_>,
) -> Result<Report, ImportError> {
    // Dropping this future ends the threads that walk folders, too.
    let stop = stop.child_token();
    let _end = stop.clone().drop_guard();
    let (candidates_in, candidates) = channel(QUEUE);
    let (pictures_in, pictures) = channel(QUEUE);
    let (unknown_in, unknown) = channel(QUEUE);
    let (images_in, images) = channel(STORED_TOGETHER);
    let (was_stopped, (), (), (), (), report) = tokio::try_join!(
        find(importer, source.clone(), stop.clone(), candidates_in),
        count(source, stop, observer),
        read_all(importer, candidates, pictures_in),
        ask(importer, pictures, unknown_in),
        inspect_all(importer, unknown, images_in),
        enter(importer, images, observer),
    )?;
    Ok(Report { was_stopped, ..report })
}

/// A picture between two stages, or what became of it already.
enum Step<T> {
    Going(T),
    AlreadyThere,
    Rejected(Rejection),
}

/// A candidate whose bytes are there.
struct Picture {
    place: String,
    facts: Facts,
    id: ImageId,
    content: Pending,
}

enum Pending {
    Bytes(Blob),
    Link(Content),
}

/// The bytes of a picture, and what they take of the memory for them.
struct Blob {
    sha256: Sha256,
    picture: Clean,
    _memory: Option<OwnedSemaphorePermit>,
}

/// A picture that may enter the catalogue as soon as its bytes are stored, if it has any.
struct Entry {
    image: NewImage,
    blob: Option<Blob>,
}

/// Walks the source; whether it was stopped before its end.
async fn find(
    importer: &Importer,
    source: Source,
    stop: CancellationToken,
    out: Sender<Result<Candidate, Rejection>>,
) -> Result<bool, ImportError> {
    let tags = importer.settings.tags.clone();
    let walk = spawn_blocking(move || {
        for candidate in source.candidates(&tags) {
            if stop.is_cancelled() || out.blocking_send(candidate).is_err() {
                return true;
            }
        }
        false
    });
    Ok(finished(walk.await))
}

async fn count(source: Source, stop: CancellationToken, observer: Observer<'_>) -> Result<(), ImportError> {
    let pictures = finished(spawn_blocking(move || source.count(&stop)).await);
    observer(Event::Counted { pictures });
    Ok(())
}

/// Reads, cleans and hashes.
async fn read_all(
    importer: &Importer,
    mut candidates: Receiver<Result<Candidate, Rejection>>,
    out: Sender<Step<Picture>>,
) -> Result<(), ImportError> {
    let memory_kib = Arc::new(Semaphore::new(READ_KIB as usize));
    let max_bytes = importer.pool.limits().max_bytes;
    let pictures = stream::poll_fn(|context| candidates.poll_recv(context))
        // One after the other: were memory given out of order, a later picture could hold what the next one needs.
        .then(|candidate| reserve(candidate, Arc::clone(&memory_kib), max_bytes))
        .map(|reserved| read(importer, reserved))
        .buffered(processors());
    send_all(pictures, out).await
}

/// A candidate and the memory for its bytes.
type Reserved = (Candidate, Option<OwnedSemaphorePermit>);

async fn reserve(
    candidate: Result<Candidate, Rejection>,
    memory_kib: Arc<Semaphore>,
    max_bytes: u64,
) -> Result<Reserved, Rejection> {
    let candidate = candidate?;
    let Found::File { size_bytes, .. } = candidate.content else { return Ok((candidate, None)) };
    Measure::Bytes.check(size_bytes, max_bytes).map_err(|error| Rejection::new(&candidate.place, &error))?;
    let kib = u32::try_from(size_bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX).min(READ_KIB);
    // The semaphore is never closed; were it, the picture would be read without its share.
    let memory = memory_kib.acquire_many_owned(kib).await.ok();
    Ok((candidate, memory))
}

async fn read(importer: &Importer, reserved: Result<Reserved, Rejection>) -> Result<Step<Picture>, ImportError> {
    let (Candidate { place, content, facts }, memory) = match reserved {
        Ok(reserved) => reserved,
        Err(rejection) => return Ok(Step::Rejected(rejection)),
    };
    let pool = importer.pool.clone();
    let clean = move |bytes: Vec<u8>| Clean::read(bytes, pool.limits()).map_err(|error| error.to_string());
    let read = spawn_blocking(move || match content {
        Found::File { path, size_bytes } => {
            read_file(&path, size_bytes).and_then(clean).map(|picture| stored(picture, memory))
        }
        Found::Memory(bytes) => clean(bytes.to_vec()).map(|picture| stored(picture, memory)),
        Found::Link(url) => {
            let content = Content::Linked { url };
            Ok((content.id(digest), Pending::Link(content)))
        }
    });
    Ok(match finished(read.await) {
        Ok((id, content)) => Step::Going(Picture { place, facts, id, content }),
        Err(reason) => Step::Rejected(Rejection::new(place, &reason)),
    })
}

/// The digest is that of the bytes as they are served, without the metadata of the file that was brought.
fn stored(picture: Clean, memory: Option<OwnedSemaphorePermit>) -> (ImageId, Pending) {
    let sha256 = digest(picture.bytes());
    (ImageId::from_digest(&sha256), Pending::Bytes(Blob { sha256, picture, _memory: memory }))
}

/// Reads exactly as many bytes as there is memory for.
fn read_file(path: &Path, size_bytes: u64) -> Result<Vec<u8>, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0));
        File::open(path)?.take(size_bytes + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 != size_bytes {
        return Err("it was changed while it was read".to_owned());
    }
    Ok(bytes)
}

/// Asks the catalogue which pictures it has.
async fn ask(
    importer: &Importer,
    mut pictures: Receiver<Step<Picture>>,
    out: Sender<Step<Picture>>,
) -> Result<(), ImportError> {
    // Without storing, the catalogue does not learn what came before in the same run.
    let mut seen = HashSet::new();
    let mut batch = Vec::with_capacity(BATCH);
    while gather(&mut pictures, &mut batch, BATCH).await {
        let ids: Vec<ImageId> = batch.iter().filter_map(Step::id).collect();
        let known = match importer.target.catalogue() {
            Some(catalogue) => catalogue.known(&ids).await?,
            None => HashSet::new(),
        };
        for step in batch.drain(..) {
            let is_known = |id| known.contains(&id) || (importer.is_rehearsal() && !seen.insert(id));
            let step = if step.id().is_some_and(is_known) { Step::AlreadyThere } else { step };
            if out.send(step).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Decodes.
async fn inspect_all(
    importer: &Importer,
    mut unknown: Receiver<Step<Picture>>,
    out: Sender<Step<Entry>>,
) -> Result<(), ImportError> {
    let entries = stream::poll_fn(|context| unknown.poll_recv(context))
        .map(|step| inspect(importer, step))
        // One more than are decoded at a time, so that no processor waits for the next.
        .buffered(processors() + 1);
    send_all(entries, out).await
}

async fn inspect(importer: &Importer, step: Step<Picture>) -> Result<Step<Entry>, ImportError> {
    let Picture { place, facts, id, content } = match step {
        Step::Going(picture) => picture,
        Step::AlreadyThere => return Ok(Step::AlreadyThere),
        Step::Rejected(rejection) => return Ok(Step::Rejected(rejection)),
    };
    let (content, blob) = match content {
        Pending::Link(content) => (content, None),
        Pending::Bytes(blob) => match importer.pool.inspect(blob.picture.clone()).await {
            Ok(inspected) => (Content::Stored(described(inspected, &blob)), Some(blob)),
            Err(reason) => return Ok(Step::Rejected(Rejection::new(place, &reason))),
        },
    };
    let Facts { title, alt, tags, attribution } = facts;
    Ok(Step::Going(Entry { image: NewImage { id, title, alt, tags: tags.into(), content, attribution }, blob }))
}

fn described(inspected: Inspected, blob: &Blob) -> Stored {
    let Inspected { format, width, height, frames, colour, thumbhash } = inspected;
    let size_bytes = blob.picture.bytes().len() as u64;
    Stored { sha256: blob.sha256, format, width, height, frames, size_bytes, colour, thumbhash }
}

/// Stores bytes, enters images into the catalogue after that, and tells what became of each.
async fn enter(
    importer: &Importer,
    mut steps: Receiver<Step<Entry>>,
    observer: Observer<'_>,
) -> Result<Report, ImportError> {
    let mut report = Report::default();
    let mut batch = Vec::with_capacity(STORED_TOGETHER);
    while gather(&mut steps, &mut batch, STORED_TOGETHER).await {
        let (mut images, mut blobs) = (Vec::new(), Vec::new());
        for step in batch.drain(..) {
            match step {
                Step::Going(Entry { image, blob }) => {
                    images.push(image);
                    blobs.extend(blob);
                }
                Step::AlreadyThere => report.tell_entered(false, observer),
                Step::Rejected(rejection) => report.tell_rejected(rejection, observer),
            }
        }
        let Target::Into(catalogue, bytes) = &importer.target else {
            for _ in &images {
                report.tell_entered(true, observer);
            }
            continue;
        };
        if !images.is_empty() {
            bytes.put_all(blobs.iter().map(|blob| (blob.sha256, blob.picture.bytes().clone())).collect()).await?;
            for images in images.chunks(BATCH) {
                for is_new in catalogue.add(images).await? {
                    report.tell_entered(is_new, observer);
                }
            }
            put_again(&**bytes, &blobs).await?;
        }
    }
    Ok(report)
}

/// Puts those bytes again that somebody has removed before their images were entered: the same were there before, without
/// an image and old, and the removing was on its way.
async fn put_again(bytes: &dyn BlobStore, blobs: &[Blob]) -> Result<(), BlobError> {
    let looks = blobs.iter().map(|blob| async move {
        match bytes.stat(&blob.sha256).await? {
            Some(_) => Ok(()),
            None => bytes.put(&blob.sha256, blob.picture.bytes().clone()).await,
        }
    });
    stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE).try_collect().await
}

/// Fills a batch with what comes soon; nothing comes any more when it says `false`.
async fn gather<T>(from: &mut Receiver<T>, batch: &mut Vec<T>, most: usize) -> bool {
    if from.recv_many(batch, most).await == 0 {
        return false;
    }
    let deadline = Instant::now() + LINGER;
    while batch.len() < most {
        let room = most - batch.len();
        match timeout_at(deadline, from.recv_many(batch, room)).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    true
}

impl Report {
    fn tell_entered(&mut self, was_added: bool, observer: Observer<'_>) {
        if was_added {
            self.added += 1;
            observer(Event::Added);
        } else {
            self.already_there += 1;
            observer(Event::AlreadyThere);
        }
    }

    fn tell_rejected(&mut self, rejection: Rejection, observer: Observer<'_>) {
        self.rejected += 1;
        observer(Event::Rejected(&rejection));
        if self.rejections.len() < MAX_KEPT_REJECTIONS {
            self.rejections.push(rejection);
        }
    }
}

impl Step<Picture> {
    fn id(&self) -> Option<ImageId> {
        match self {
            Self::Going(picture) => Some(picture.id),
            Self::AlreadyThere | Self::Rejected(_) => None,
        }
    }
}

/// Hands on what comes until nobody takes it any more.
async fn send_all<T>(
    steps: impl Stream<Item = Result<Step<T>, ImportError>>,
    out: Sender<Step<T>>,
) -> Result<(), ImportError> {
    let mut steps = pin!(steps);
    while let Some(step) = steps.next().await {
        if out.send(step?).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(Hasher::digest(bytes).into())
}

/// What a blocking task gave back; its panic goes on here, as if it had been called.
fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
