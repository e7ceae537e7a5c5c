//! How fast a catalogue is loaded from its SQLite file, and the memory it then takes: `cargo bench --bench load`.
//!
//! The file is made once, in the system's folder for temporary files. Each load is a process of its own that has nothing
//! else in its memory. Processor time is that of all threads; where other programs keep the machine busy, it tells more
//! than the clock.

#![allow(clippy::print_stdout, reason = "this is how a benchmark reports")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to say")]

mod images;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use sirius::domain::NewImage;
use sirius::services::catalogue::Catalogue;
use sirius::store;

use self::images::{Maker, TAGS};

const IMAGES: u32 = 1_000_000;
const BATCH: u32 = 10_000;
const LOADS: u32 = 3;

/// What the times in `/proc/self/stat` count.
const TICKS_A_SECOND: f64 = 100.0;

#[tokio::main]
async fn main() {
    let file = std::env::temp_dir().join(format!("sirius-bench-load-{IMAGES}.db"));
    if std::env::args().any(|argument| argument == "--load") {
        return load(&file).await;
    }
    if !file.exists() {
        make(&file).await;
    }
    println!("{IMAGES} images, {TAGS} tags, {} MiB of SQLite", fs::metadata(&file).unwrap().len() >> 20);
    for _ in 0..LOADS {
        let status = Command::new(std::env::current_exe().unwrap()).arg("--load").status().unwrap();
        assert!(status.success(), "{status}");
    }
}

async fn load(file: &Path) {
    let stores = store::connect(file).await.unwrap();
    let catalogue = Catalogue::new(stores.catalogue.clone());
    let (resident_before, cpu_before) = (resident_bytes(), cpu_seconds());
    let started = Instant::now();
    let refreshed = catalogue.refresh().await.unwrap();
    let elapsed = started.elapsed().as_secs_f64();
    let (resident, cpu) = (resident_bytes() - resident_before, cpu_seconds() - cpu_before);
    assert_eq!((refreshed.images, catalogue.snapshot().len()), (IMAGES.into(), IMAGES.into()));
    let (mib, an_image) = (resident >> 20, resident / u64::from(IMAGES));
    println!("{elapsed:.2} s, {cpu:.2} s of processor time; {mib} MiB resident, {an_image} bytes an image");
    stores.connection.close().await;
}

/// Adds the images to a file that takes its name when it is complete.
async fn make(file: &Path) {
    let partial = with_suffix(file, ".partial");
    for leftover in ["", "-wal", "-shm"] {
        _ = fs::remove_file(with_suffix(&partial, leftover));
    }
    let started = Instant::now();
    let stores = store::connect(&partial).await.unwrap();
    let mut maker = Maker::new(1);
    for _ in 0..IMAGES / BATCH {
        let batch: Vec<NewImage> = (0..BATCH).map(|_| maker.image()).collect();
        stores.catalogue.add(&batch).await.unwrap();
    }
    stores.connection.close().await;
    fs::rename(partial, file).unwrap();
    println!("made {} in {:.0} s", file.display(), started.elapsed().as_secs_f64());
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // After the name, which may hold anything but ends with the last bracket: user time is the 12th field, system time
    // the 13th.
    let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().skip(11).take(2);
    ticks.map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / TICKS_A_SECOND
}

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}
