//! How much memory hostile pictures take: imported one by one by a process of its own, whose peak is looked at.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "this is how a measurement reports, and how one process tells the other")]

use std::fs;
use std::path::Path;
use std::process::Command;

use image::{ImageFormat, RgbImage};
use sirius::config::{Blobs, Pictures};
use sirius::services::import::{Importer, Settings};
use sirius::transform::Pool;
use sirius::{blob, store};
use tokio_util::sync::CancellationToken;

/// Names the folder of pictures to the process that imports them.
const FOLDER: &str = "PICTURES_TO_IMPORT";

/// What a hostile picture may take above what the process takes when it is idle.
const ALLOWED_BYTES: u64 = 64_000_000;

#[test]
#[ignore = "takes a minute without optimisation: `make faults` runs it"]
fn hostile_pictures_take_less_than_64_mb() {
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "pictures::imports_what_it_is_told_to"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<&str> = told.lines().filter(|line| line.contains(" bytes above idle")).collect();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.len(), PICTURES.len() + 1, "{told:?}");
    for line in told {
        println!("{line}");
        let peak: u64 = line.split(' ').next().unwrap().parse().unwrap();
        assert!(peak < ALLOWED_BYTES, "{line}");
    }
}

/// The process that imports; nothing when it was not started for that.
#[test]
#[ignore = "the other test starts it"]
fn imports_what_it_is_told_to() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(import_each(Path::new(&folder)));
}

async fn import_each(folder: &Path) {
    let data = tempfile::tempdir().unwrap();
    let stores = store::connect(&data.path().join("sirius.db")).await.unwrap();
    let blobs = blob::open(&Blobs::default(), data.path()).await.unwrap();
    let importer = Importer::new(stores.catalogue, blobs, Pool::new(Pictures::default()), Settings::default());
    let import = async |path: &Path| importer.import(vec![path.to_owned()], &CancellationToken::new(), &|_| ()).await;
    import(&folder.join("small.png")).await.unwrap();
    for (name, _) in PICTURES {
        let peak = Peak::begin();
        let report = import(&folder.join("hostile").join(name)).await.unwrap();
        let end = report.rejections.first().map_or("taken", |rejection| &rejection.reason);
        println!("{} bytes above idle: {name}: {end}", peak.bytes());
    }
    // Those that were taken are known by now: they are read, but not decoded again.
    let peak = Peak::begin();
    let report = import(&folder.join("hostile")).await.unwrap();
    println!("{} bytes above idle: all at once, {} of them rejected", peak.bytes(), report.rejected);
}

/// The most memory since it began, of this process.
struct Peak {
    idle_kib: u64,
}

impl Peak {
    fn begin() -> Self {
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Self { idle_kib: status("VmRSS:") }
    }

    fn bytes(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.idle_kib) << 10
    }
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

type Make = fn() -> Vec<u8>;

const PICTURES: [(&str, Make); 12] = [
    ("100,000 frames.gif", frames),
    ("300 megapixels.png", || black_png(30_000, 10_000, false)),
    ("100 megapixels.png", || black_png(10_000, 10_000, false)),
    ("100 megapixels, interlaced.png", || black_png(10_000, 9_999, true)),
    ("65,535 x 65,535.jpg", || empty_jpeg(0xc0, 65_535, 65_535)),
    ("100 megapixels, empty.jpg", || empty_jpeg(0xc0, 10_000, 10_000)),
    ("48 megapixels, progressive.jpg", || empty_jpeg(0xc2, 8_000, 6_000)),
    ("6.5 megapixels, progressive.jpg", || empty_jpeg(0xc2, 2_600, 2_500)),
    ("65,536 tables.webp", tables_webp),
    ("5 megapixels, lossless.webp", || encoded(&RgbImage::new(2_500, 2_000), ImageFormat::WebP)),
    ("a colour profile of 1 GiB.png", profile_png),
    ("31 MiB of comments.jpg", comments_jpeg),
];

fn write_all(folder: &Path) {
    fs::create_dir(folder.join("hostile")).unwrap();
    fs::write(folder.join("small.png"), encoded(&RgbImage::new(9, 9), ImageFormat::Png)).unwrap();
    for (name, make) in PICTURES {
        fs::write(folder.join("hostile").join(name), make()).unwrap();
    }
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn frames() -> Vec<u8> {
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(), &frame.repeat(100_000), b";"].concat()
}

/// Many zeros, packed.
fn zeros(count: u64) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), count), &mut packer).unwrap();
    packer.finish().unwrap()
}

fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let mut checksum = flate2::Crc::new();
    checksum.update(&named);
    [&u32::try_from(data.len()).unwrap().to_be_bytes(), &named[..], &checksum.sum().to_be_bytes()].concat()
}

/// Grey, one bit a pixel. An interlaced one has more data than it needs, which is read and thrown away.
fn black_png(width: u32, height: u32, interlaced: bool) -> Vec<u8> {
    let header = [&[width, height].map(u32::to_be_bytes).concat()[..], &[1, 0, 0, 0, u8::from(interlaced)]].concat();
    let data = zeros(u64::from(width / 8 + 1) * u64::from(height) * if interlaced { 2 } else { 1 });
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &data), chunk(b"IEND", b"")].concat()
}

fn profile_png() -> Vec<u8> {
    let small = encoded(&RgbImage::new(9, 9), ImageFormat::Png);
    let profile = chunk(b"iCCP", &[b"name\0\0", &zeros(1 << 30)[..]].concat());
    [&small[..33], &profile, &small[33..]].concat()
}

fn comments_jpeg() -> Vec<u8> {
    let small = encoded(&RgbImage::new(9, 9), ImageFormat::Jpeg);
    let comment = [&[0xff, 0xfe, 0xff, 0xff][..], &b"x".repeat(65_533)].concat();
    [&small[..2], &comment.repeat(496), &small[2..]].concat()
}

/// A picture of these measures whose one scan ends where it begins.
fn empty_jpeg(process: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = encoded(&RgbImage::new(16, 16), ImageFormat::Jpeg);
    let at = bytes.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    bytes[at + 1] = process;
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A lossless WebP of 8 x 8 with 65,536 groups of codes (of which the first 4,000 are there), each code as long as it
/// must be for a table of 4 KiB.
fn tables_webp() -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: u32, count: u32| bits.extend((0..count).map(|bit| value >> bit & 1 == 1));
    put(0x2f, 8);
    put(7, 14);
    put(7, 14);
    // No transparency, the version, no transformation, no remembered colours; groups for blocks of four pixels.
    put(0, 1 + 3 + 1 + 1);
    put(1, 1);
    put(0, 3);
    // The picture of their numbers: green and red are always 255, the rest 0.
    put(0, 1);
    for symbol in [255, 255] {
        put(0b101, 3);
        put(symbol, 8);
    }
    for _ in 0..3 {
        put(0b0001, 4);
    }
    for _ in 0..4_000 * 5 {
        put(0, 1);
        put(10, 4);
        for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4] {
            put(length, 3);
        }
        // Eleven lengths follow: 1, 2, 3 and so on, and twice 10. Codes are written from their highest bit.
        put(1, 1);
        put(1, 3);
        put(9, 4);
        for code in 0..6_u32 {
            put(code.reverse_bits() >> 29, 3);
        }
        for code in [12_u32, 13, 14, 15, 15] {
            put(code.reverse_bits() >> 28, 4);
        }
    }
    let stream: Vec<u8> =
        bits.chunks(8).map(|bits| (0..).zip(bits).map(|(at, &bit)| u8::from(bit) << at).sum()).collect();
    let chunk = |kind: &[u8], data: &[u8]| [kind, &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    chunk(b"RIFF", &[b"WEBP", &chunk(b"VP8L", &stream)[..]].concat())
}
