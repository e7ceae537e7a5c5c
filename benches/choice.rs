//! What a choice costs in a catalogue of a million images: `cargo bench --bench choice`.
//!
//! A plain program that prints a table. Every call is timed by itself, so the figures include the clock's own cost of
//! some tens of nanoseconds. Memory is the growth of the resident set of a process of its own, once with the snapshot
//! and once with nothing but the images' facts; the index is the difference.

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a benchmark talks to a terminal and may fail loudly")]

mod images;

use std::collections::HashSet;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index;
use sirius::domain::{Filter, Image, ImageNumber, Kind, Timestamp};
use sirius::services::catalogue::{ListPosition, Snapshot};
use sirius::services::random::{self, Walk};
use sirius::store::{ChangeNumber, Changes};

use self::images::{Maker, TAGS, tag};

const IMAGES: u32 = 1_000_000;
const PAGE: u32 = 10_000;

fn main() {
    match std::env::args().skip_while(|argument| argument != "--resident").nth(1).as_deref() {
        Some("facts") => println!("{}", resident_growth(facts)),
        Some("snapshot") => println!("{}", resident_growth(|| load().0)),
        _ => report(),
    }
}

fn report() {
    println!("{IMAGES} images, {TAGS} tags");
    // A list of the images has a place for each, which belongs to the index.
    let facts = bytes_an_image("facts") - size_of::<Arc<Image>>() as u64;
    let all = bytes_an_image("snapshot");
    let (snapshot, load) = load();
    println!("{:<58}{:>10.2} s", "load, without the database's part", load.elapsed.as_secs_f64());
    println!("{:<58}{:>10.2} s", "of which on a processor", load.on_cpu.as_secs_f64());
    println!("{:<58}{:>10} B", "index, an image", all - facts);
    println!("{:<58}{:>10} B", "facts, an image", facts);
    println!("{:<58}{:>10}{:>10}{:>10}", "microseconds", "mean", "p50", "p99");
    choices(&snapshot);
    seeds(&snapshot);
    walks(&snapshot);
    row("a page of 50, newest first", 10_000, |_| ListPosition::newest(Filter::everything(), 50).page(&snapshot));
    let commonest = filter(&[0], &[]);
    row("a page of 50, the commonest tag", 10_000, |_| ListPosition::newest(commonest.clone(), 50).page(&snapshot));
    changes(&snapshot);
}

fn choices(snapshot: &Snapshot) {
    let mut rng = StdRng::seed_from_u64(1);
    row("choice, no filter", 200_000, |_| random::one(&snapshot.everything(), &mut rng).cloned());
    row("choice of 100, no filter", 5_000, |_| random::several(&snapshot.everything(), 100, &mut rng).len());
    let commonest = filter(&[0], &[]);
    row("choice, one tag", 200_000, |_| random::one(&snapshot.select(&commonest), &mut rng).cloned());
    let seen = filter(&[0, 1, 2], &[]);
    row("choice, three tags seen recently", 200_000, |_| random::one(&snapshot.select(&seen), &mut rng).cloned());
    for (name, of) in [("choice, three tags, new", TAGS), ("choice, three of the 20 commonest tags, new", 20)] {
        let filters: Vec<_> = (0..1_000).map(|_| filter(&index::sample(&mut rng, of, 3).into_vec(), &[])).collect();
        row(name, 1_000, |turn| random::one(&snapshot.select(&filters[turn]), &mut rng).cloned());
    }
    let filters: Vec<_> = (0..1_000).map(|turn| filter(&[], &[turn])).collect();
    row("choice, without one tag, new", 1_000, |turn| random::one(&snapshot.select(&filters[turn]), &mut rng).cloned());
}

fn seeds(snapshot: &Snapshot) {
    let seeds: Vec<_> = (0..1_000).map(|seed| format!("seed {seed}")).collect();
    row("seed, no filter", 10_000, |turn| random::seeded(&snapshot.everything(), &seeds[turn % 1_000], 1).len());
    row("seed, 100 images, no filter", 1_000, |turn| random::seeded(&snapshot.everything(), &seeds[turn], 100).len());
    for filter in of_all_sizes(snapshot) {
        let selected = snapshot.select(&filter);
        let name = format!("seed, {} match", selected.len());
        row(&name, 1_000, |turn| random::seeded(&selected, &seeds[turn], 1).len());
        row(&format!("{name}, 100 images"), 1_000, |turn| random::seeded(&selected, &seeds[turn], 100).len());
    }
}

fn walks(snapshot: &Snapshot) {
    let mut walk = Walk::start(snapshot, Filter::everything(), 1).next;
    row("walk step, no filter", 100_000, |_| {
        walk = walk.take().expect("a million steps").step(snapshot).next;
    });
    for filter in of_all_sizes(snapshot) {
        let mut walk = Walk::start(snapshot, filter.clone(), 1).next;
        row(&format!("walk step, {} match", snapshot.select(&filter).len()), 1_000, |turn| {
            let stride = walk
                .take()
                .map_or_else(|| Walk::start(snapshot, filter.clone(), turn as u64), |walk| walk.step(snapshot));
            walk = stride.next;
        });
    }
}

fn changes(snapshot: &Snapshot) {
    let mut maker = Maker::new(2);
    for images in [1, 100, 10_000] {
        let mut pages = (0..20).map(|_| page(&mut maker, IMAGES, images)).collect::<Vec<_>>().into_iter();
        row(&format!("refresh after {images} new images"), 20, |_| {
            let mut builder = snapshot.edit();
            builder.apply(pages.next().expect("a page for each turn"));
            builder.freeze()
        });
    }
}

/// Filters that select about half, a tenth, a hundredth, ... of the images, down to a handful.
fn of_all_sizes(snapshot: &Snapshot) -> Vec<Filter> {
    let mut rng = StdRng::seed_from_u64(3);
    let candidates: Vec<_> = (0..400)
        .map(|turn| filter(&index::sample(&mut rng, TAGS, 1 + turn % 3).into_vec(), &[]))
        .chain((0..20).map(|tag| filter(&[tag], &[])))
        .chain([filter(&[], &[0])])
        .collect();
    let distance = |filter: &Filter, wanted: u64| snapshot.select(filter).len().max(1).abs_diff(wanted);
    [500_000, 100_000, 30_000, 10_000, 3_000, 1_000, 300, 30, 3]
        .into_iter()
        .filter_map(|wanted| candidates.iter().min_by_key(|filter| distance(filter, wanted)).cloned())
        .collect()
}

fn row<T>(name: &str, turns: usize, mut run: impl FnMut(usize) -> T) {
    let mut times: Vec<Duration> = (0..turns)
        .map(|turn| {
            let start = Instant::now();
            black_box(run(turn));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
    let mean = microseconds(times.iter().sum::<Duration>()) / f64::from(u32::try_from(turns).expect("few turns"));
    let (median, p99) = (microseconds(times[turns / 2]), microseconds(times[turns * 99 / 100]));
    println!("{name:<58}{mean:>10.2}{median:>10.2}{p99:>10.2}");
}

/// How long something took: by the clock, and on a processor, which tells how busy the machine was with other things.
#[derive(Default)]
struct Took {
    elapsed: Duration,
    on_cpu: Duration,
}

impl Took {
    fn add<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let (start, cpu_start) = (Instant::now(), on_cpu());
        let made = run();
        self.elapsed += start.elapsed();
        self.on_cpu += on_cpu().saturating_sub(cpu_start);
        made
    }
}

/// The time that this thread has spent on a processor.
fn on_cpu() -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    Duration::from_nanos(schedule.split(' ').next().and_then(|spent| spent.parse().ok()).expect("nanoseconds"))
}

fn load() -> (Snapshot, Took) {
    let (mut maker, mut took) = (Maker::new(1), Took::default());
    let mut builder = Snapshot::default().edit();
    for first in (0..IMAGES).step_by(PAGE as usize) {
        let page = page(&mut maker, first, PAGE);
        took.add(|| builder.apply(page));
    }
    let snapshot = took.add(|| builder.freeze());
    (snapshot, took)
}

/// The images alone, which share their tags, authors and licences as they do in a snapshot.
fn facts() -> Vec<Arc<Image>> {
    let mut maker = Maker::new(1);
    let spelling = maker.tags.clone();
    let mut texts = HashSet::new();
    let mut images = Vec::with_capacity(IMAGES as usize);
    for first in (0..IMAGES).step_by(PAGE as usize) {
        for mut image in page(&mut maker, first, PAGE).images {
            for tag in &mut image.facts.tags {
                *tag = spelling[spelling.binary_search(tag).expect("every tag is one of these")].clone();
            }
            for text in
                [&mut image.facts.attribution.author, &mut image.facts.attribution.licence].into_iter().flatten()
            {
                texts.insert(Arc::clone(text));
                *text = Arc::clone(texts.get(text).expect("it was put in"));
            }
            images.push(Arc::new(image));
        }
    }
    images
}

fn bytes_an_image(what: &str) -> u64 {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--resident", what])
        .output()
        .expect("this program runs");
    String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().expect("a number") / u64::from(IMAGES)
}

fn resident_growth<T>(make: impl FnOnce() -> T) -> u64 {
    let before = resident_bytes();
    let held = make();
    let after = resident_bytes();
    drop(held);
    after - before
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident set");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
}

fn filter(tags: &[usize], without: &[usize]) -> Filter {
    let labels = |ranks: &[usize]| ranks.iter().map(|&rank| tag(rank).to_string()).collect::<Vec<_>>();
    Filter::parse(&labels(tags), &labels(without), None::<Kind>).expect("a filter")
}

fn page(maker: &mut Maker, first: u32, count: u32) -> Changes {
    // Each page has spellings of its own, until the snapshot shares them.
    maker.tags = (0..TAGS).map(tag).collect();
    let images = (first..first + count).map(|before| made(maker, before)).collect();
    Changes { images, removed: Vec::new(), up_to: ChangeNumber((first + count).into()), complete: false }
}

fn made(maker: &mut Maker, before: u32) -> Image {
    Image { number: ImageNumber(before + 1), created_at: Timestamp::UNIX_EPOCH, facts: maker.image() }
}
