//! How fast pictures are imported, and with how much memory: 2,000 JPEGs of 320 x 240 through SQLite and a local folder.
//!
//! `cargo bench --bench import`; a number as its argument imports as many. The pictures are drawn once, into the system's
//! folder for temporary files; the catalogue is new each time and beside them.

#![allow(clippy::print_stdout, reason = "this is how a benchmark reports")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use sirius::config::{Blobs, Pictures};
use sirius::services::import::{Event, Importer, Settings};
use sirius::transform::Pool;
use sirius::{blob, store};
use tokio_util::sync::CancellationToken;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;
const QUALITY: u8 = 85;

fn main() {
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(2_000);
    let pictures = std::env::temp_dir().join(format!("sirius-bench-import-{count}"));
    let bytes = draw_all(&pictures, count);
    println!("{count} JPEGs of {WIDTH} x {HEIGHT}, {} bytes each on average", bytes / u64::from(count));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let data = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
        let stores = store::connect(&data.path().join("sirius.db")).await.unwrap();
        let blobs = blob::open(&Blobs::default(), data.path()).await.unwrap();
        let importer = Importer::new(stores.catalogue, blobs, Pool::new(Pictures::default()), Settings::default());
        import("first run", &importer, &pictures, count).await;
        import("second run", &importer, &pictures, count).await;
        stores.connection.close().await;
    });
}

async fn import(name: &str, importer: &Importer, pictures: &Path, count: u32) {
    let memory = Memory::new();
    let done = AtomicU64::new(0);
    let observer = |event: Event<'_>| {
        if matches!(event, Event::Added | Event::AlreadyThere) {
            memory.look(done.fetch_add(1, Ordering::Relaxed) * 2 < count.into());
        }
    };
    let started = Instant::now();
    let report = importer.import(vec![pictures.to_owned()], &CancellationToken::new(), &observer).await.unwrap();
    let elapsed = started.elapsed();
    assert_eq!(report.added + report.already_there, u64::from(count), "{:?}", report.rejections);
    println!("{name}: {} added, {} there already, {}", report.added, report.already_there, rate(count, elapsed));
    memory.tell();
}

fn rate(count: u32, elapsed: Duration) -> String {
    format!("{:.0} pictures a second ({:.2} s)", f64::from(count) / elapsed.as_secs_f64(), elapsed.as_secs_f64())
}

/// The most memory that was seen in use, in KiB; where the system does not tell, nothing.
struct Memory {
    before: u64,
    first_half: AtomicU64,
    second_half: AtomicU64,
}

impl Memory {
    fn new() -> Self {
        Self { before: resident_kib(), first_half: AtomicU64::new(0), second_half: AtomicU64::new(0) }
    }

    fn look(&self, is_first_half: bool) {
        let peak = if is_first_half { &self.first_half } else { &self.second_half };
        peak.fetch_max(resident_kib(), Ordering::Relaxed);
    }

    fn tell(&self) {
        let mib = |kib: u64| kib >> 10;
        let (first, second) = (self.first_half.load(Ordering::Relaxed), self.second_half.load(Ordering::Relaxed));
        println!(
            "  memory: {} MiB before; at most {} MiB in the first half, {} MiB in the second",
            mib(self.before),
            mib(first),
            mib(second)
        );
    }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Draws what is not there yet and gives the bytes of all.
fn draw_all(folder: &Path, count: u32) -> u64 {
    fs::create_dir_all(folder).unwrap();
    let path = |seed: u32| -> PathBuf { folder.join(format!("{seed:06}.jpg")) };
    (0..count)
        .map(|seed| {
            if !path(seed).exists() {
                fs::write(path(seed), draw(seed)).unwrap();
            }
            fs::metadata(path(seed)).unwrap().len()
        })
        .sum()
}

/// Hills under a sky with grain: smooth areas, edges and noise, as photographs have them.
fn draw(seed: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (column, row) = (f64::from(x), f64::from(y));
        let phase = f64::from(seed);
        let ridge = 130.0 + 40.0 * (column / 47.0 + phase).sin() + 14.0 * (column / 11.0 + phase * 1.7).sin();
        let grain = f64::from(hash(x, y, seed) % 20) - 10.0;
        let is_sky = row < ridge;
        let tone =
            if is_sky { row * 0.6 } else { 90.0 - (row - ridge) * 0.4 + 25.0 * (column / 5.0 + row / 3.0).sin() };
        let tint = if is_sky { [0.4, 0.6, 1.3] } else { [0.8, 1.0, 0.5] };
        image::Rgb(tint.map(|part| channel(40.0 + tone * part + grain)))
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&pixels).unwrap();
    bytes
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
fn channel(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// Mixes three numbers well enough for grain.
fn hash(x: u32, y: u32, seed: u32) -> u32 {
    let mixed = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    mixed ^ mixed >> 13
}
