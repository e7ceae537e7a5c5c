//! Everything that a database holds, from one to another: SQLite here, every pair of kinds in `databases::copies`.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use sirius::config::{self, DatabaseUrl};
use sirius::domain::{Edit, Image, ImageNumber, NewImage, Step, Timestamp, VisitKey};
use sirius::store::{CatalogueStore, ChangeNumber, OpenError, Stores, open};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::store::samples::{MOMENT, many, stored};
use crate::support::process::{run, sirius};

/// Where a database may be made, or is.
pub trait Place {
    /// Its address.
    async fn url(&self) -> String;
}

/// A file that is not there yet.
pub struct File(TempDir);

impl File {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("one.db")
    }
}

impl Place for File {
    async fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }
}

fn settings(url: &str) -> config::Database {
    config::Database { url: Some(DatabaseUrl::new(url.to_owned())), ..config::Database::default() }
}

async fn connect(url: &str) -> Stores {
    open(&settings(url), Path::new("unused")).await.unwrap()
}

/// How many changes of the catalogue are copied, as soon as some are.
async fn first_changes(copy: &Stores, copying: &mut Child) -> u64 {
    loop {
        let mut moment = copy.rows.moment().await.unwrap();
        let reached = moment.standing().await.unwrap().change.0;
        moment.end().await.unwrap();
        if reached > 0 {
            return reached;
        }
        assert!(copying.try_wait().unwrap().is_none(), "it ended instead of copying");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// `sirius copy`, and a folder that it should not make anything in.
fn command(from: &str, to: &str) -> (TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = sirius(&folder.path().join("data"));
    command.args(["copy", "--from", from, "--to", to]);
    (folder, command)
}

pub fn copy(from: &str, to: &str) -> (i32, String) {
    let (folder, mut command) = command(from, to);
    let Output { status, stdout, stderr } = run(&mut command);
    assert!(!folder.path().join("data").exists(), "no data folder is made");
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[track_caller]
pub fn assert_copied(done: &(i32, String)) {
    let (code, said) = done;
    assert!(*code == 0 && said.contains("are the same (checksum "), "{code}: {said}");
}

#[track_caller]
fn assert_refused(done: &(i32, String), reason: &str) {
    let (code, said) = done;
    assert!(*code == 1 && said.contains(reason), "{code}: {said}");
    assert!(said.lines().count() == 1 && !said.contains("a-password"), "{said} is a sentence without a secret");
}

/// What people see of a database.
#[derive(Debug, PartialEq)]
struct Seen {
    images: BTreeMap<ImageNumber, Image>,
    change: ChangeNumber,
    total: (u64, Timestamp),
    hours: Vec<(Timestamp, u64)>,
    cursor_key: [u8; 32],
    had_bundled: bool,
}

async fn seen(url: &str) -> Seen {
    let Stores { catalogue, visits, settings, connection, .. } = connect(url).await;
    let (mut images, mut change) = (BTreeMap::new(), ChangeNumber::default());
    loop {
        let page = catalogue.changes(change, 8_000).await.unwrap();
        images.extend(page.images.into_iter().map(|image| (image.number, image)));
        for number in page.removed {
            images.remove(&number);
        }
        change = page.up_to;
        if page.complete {
            break;
        }
    }
    let total = visits.total().await.unwrap();
    let day = time::Duration::DAY;
    let seen = Seen {
        images,
        change,
        total: (total.total, total.since),
        hours: visits.history(MOMENT - day, OffsetDateTime::now_utc() + day, Step::Hour).await.unwrap(),
        cursor_key: settings.cursor_key().await.unwrap(),
        had_bundled: settings.had_bundled().await.unwrap(),
    };
    connection.close().await;
    seen
}

/// Something of everything. Gives the number of the last image, which is gone again.
async fn fill(url: &str) -> ImageNumber {
    let Stores { catalogue, visits, settings, connection, .. } = connect(url).await;
    catalogue.add(&many(0..30)).await.unwrap();
    catalogue.remove(&[stored(3).id, stored(4).id]).await.unwrap();
    catalogue.add(&[stored(3)]).await.unwrap();
    let edit = Edit { title: Some(Some("Another \u{1e} \u{2728} 'title' \\".into())), ..Edit::default() };
    catalogue.edit(&[stored(7).id, stored(3).id], &edit).await.unwrap();
    let last = next_number(&*catalogue, stored(40)).await;
    catalogue.remove(&[stored(40).id]).await.unwrap();
    for hours in 0..50 {
        visits.count(NonZeroU64::new(3).unwrap(), MOMENT + time::Duration::hours(hours)).await.unwrap();
    }
    visits.count_keyed(&[VisitKey([1; 32]), VisitKey([200; 32])], 1, OffsetDateTime::now_utc()).await.unwrap();
    settings.bundled_were_added().await.unwrap();
    connection.close().await;
    last
}

/// The number that an image gets which is added now.
async fn next_number(catalogue: &dyn CatalogueStore, image: NewImage) -> ImageNumber {
    let before = catalogue.changes(ChangeNumber(0), 8_000).await.unwrap().up_to;
    assert_eq!(catalogue.add(&[image]).await.unwrap(), [true]);
    catalogue.changes(before, 1).await.unwrap().images[0].number
}

pub async fn everything_arrives_and_the_numbers_go_on(from: &impl Place, to: &impl Place) {
    let (from, to) = (&*from.url().await, &*to.url().await);
    let last = fill(from).await;
    let before = seen(from).await;
    assert_copied(&copy(from, to));
    assert_eq!(seen(from).await, before, "what is copied from is only read");
    assert_eq!(seen(to).await, before);

    let stores = connect(to).await;
    // Also that of the image that is gone is not given again.
    assert_eq!(next_number(&*stores.catalogue, stored(50)).await, ImageNumber(last.0 + 1));
    let keyed = stores.visits.count_keyed(&[VisitKey([200; 32])], 1, OffsetDateTime::now_utc()).await.unwrap();
    assert_eq!((keyed.first_of_others.0, keyed.visits[0].number.0, keyed.visits[0].is_new), (154, 153, false));
    stores.connection.close().await;
    assert_refused(&copy(from, to), "it has counted 1 visits, and its catalogue has changed 1 times");
}

pub async fn a_copy_catches_up_with_what_came_after_it(from: &impl Place, to: &impl Place) {
    let (from, to) = (&*from.url().await, &*to.url().await);
    fill(from).await;
    assert_copied(&copy(from, to));
    let stores = connect(from).await;
    stores.catalogue.remove(&[stored(8).id, stored(9).id]).await.unwrap();
    stores.catalogue.add(&[stored(9), stored(60)]).await.unwrap();
    let edit = Edit { title: Some(None), ..Edit::default() };
    stores.catalogue.edit(&[stored(9).id, stored(10).id], &edit).await.unwrap();
    stores.visits.count(NonZeroU64::new(5).unwrap(), MOMENT).await.unwrap();
    stores.visits.count_keyed(&[VisitKey([2; 32])], 0, OffsetDateTime::now_utc()).await.unwrap();
    stores.connection.close().await;

    let done = copy(from, to);
    assert_copied(&done);
    assert!(
        done.1.contains("changes to the catalogue are there already") && done.1.contains("\nsirius: 6 changes"),
        "{}",
        done.1
    );
    assert_eq!(seen(to).await, seen(from).await);
    // Nothing has happened since.
    assert!(copy(from, to).1.contains("\nsirius: 0 changes"));
    assert_eq!(seen(to).await, seen(from).await);
}

/// How many images there are to be killed in the midst of.
const MANY: u32 = 8_000;

pub async fn a_copy_that_is_killed_goes_on_while_the_source_is_used(from: &impl Place, to: &impl Place) {
    let (from, to) = (&*from.url().await, &*to.url().await);
    let stores = connect(from).await;
    for first in (0..MANY).step_by(1_000) {
        stores.catalogue.add(&many(first..first + 1_000)).await.unwrap();
    }
    let copied = connect(to).await;
    let (_folder, mut copying) = command(from, to);
    let mut copying = copying.stdin(Stdio::null()).spawn().unwrap();
    let reached = first_changes(&copied, &mut copying).await;
    copying.kill().unwrap();
    copying.wait().unwrap();
    copied.connection.close().await;
    assert!(reached < u64::from(MANY), "it was killed in the midst");
    let refused = open(&settings(to), Path::new("unused")).await.err().unwrap();
    assert!(matches!(refused, OpenError::HalfCopied { .. }), "{refused}");

    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let used = tokio::spawn({
        let stores = stores.clone();
        async move {
            for seed in MANY.. {
                stores.visits.count(NonZeroU64::new(2).unwrap(), OffsetDateTime::now_utc()).await.unwrap();
                stores.catalogue.add(&[stored(seed)]).await.unwrap();
                stores.catalogue.remove(&[stored(seed - MANY).id]).await.unwrap();
                if stopped.try_recv().is_ok() {
                    return;
                }
            }
        }
    });
    let (owned_from, owned_to) = (from.to_owned(), to.to_owned());
    let done = tokio::task::spawn_blocking(move || copy(&owned_from, &owned_to)).await.unwrap();
    assert_copied(&done);
    assert!(done.1.contains("changes to the catalogue are there already"), "{}", done.1);
    stop.send(()).unwrap();
    used.await.unwrap();
    stores.connection.close().await;

    assert_copied(&copy(from, to));
    assert_eq!(seen(to).await, seen(from).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_arrives_and_its_numbers_go_on() {
    everything_arrives_and_the_numbers_go_on(&File::new(), &File::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_caught_up_with() {
    a_copy_catches_up_with_what_came_after_it(&File::new(), &File::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_file_that_is_killed_goes_on() {
    a_copy_that_is_killed_goes_on_while_the_source_is_used(&File::new(), &File::new()).await;
}

#[tokio::test]
async fn what_has_a_life_of_its_own_is_left_alone() {
    let [one, other, empty] = [(); 3].map(|()| File::new());
    let [one_url, other_url, empty_url] = [one.url().await, other.url().await, empty.url().await];
    assert_refused(&copy(&empty_url, &one_url), "there is no such file");
    assert!(!empty.path().exists() && !one.path().exists());

    for url in [&one_url, &other_url] {
        fill(url).await;
    }
    let before = seen(&other_url).await;
    assert_refused(&copy(&one_url, &other_url), "has 153 visits and 37 changes to its catalogue, and is no copy");
    assert_refused(&copy(&one_url, &one_url), "lead to the same database");
    assert_eq!(seen(&other_url).await, before);

    assert_copied(&copy(&one_url, &empty_url));
    assert_refused(&copy(&other_url, &empty_url), "is a copy of another database");
    // An older backup of the source is put in its place.
    let stores = connect(&one_url).await;
    let backup = one.0.path().join("backup.db");
    std::fs::copy(empty.path(), &backup).unwrap();
    stores.visits.count(NonZeroU64::MIN, MOMENT).await.unwrap();
    stores.connection.close().await;
    assert_copied(&copy(&one_url, &empty_url));
    assert_refused(&copy(&format!("sqlite:{}", backup.display()), &empty_url), "is behind its copy");
}

#[tokio::test]
async fn a_copy_that_differs_is_told_and_may_not_be_used() {
    let (from, to) = (File::new(), File::new());
    let (from_url, to_url) = (from.url().await, to.url().await);
    fill(&from_url).await;
    assert_copied(&copy(&from_url, &to_url));
    let sql = "UPDATE images SET facts = replace(facts, 'What it shows', 'What it hides') WHERE number = 6";
    tamper(&to, sql).await;
    let (code, said) = copy(&from_url, &to_url);
    assert!(code == 1 && said.contains("the images of the two databases are not the same"), "{said}");
    let refused = open(&settings(&to_url), Path::new("unused")).await.err().unwrap().to_string();
    assert!(refused.contains("is the beginning of a copy: repeat the `sirius copy`"), "{refused}");
}

async fn tamper(file: &File, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file.path());
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn what_is_not_understood_is_said_without_a_secret() {
    let bad = copy("postgress://u:a-password@h/d", "sqlite:a.db");
    assert!(bad.0 == 2 && bad.1.contains("--from: its scheme is none of") && !bad.1.contains("a-password"), "{bad:?}");
    for arguments in [&["copy"][..], &["copy", "--from", "sqlite:a"], &["copy", "--to", "sqlite:a"]] {
        let output = run(sirius(Path::new("/unused")).args(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
