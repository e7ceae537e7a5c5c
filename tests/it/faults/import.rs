//! Imports that meet what disks have: large trees, loops, what cannot be read, what vanishes; and imports that are
//! killed.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};
use sirius::config::Blobs;
use sirius::domain::{Content, ImageNumber};
use sirius::store::ChangeNumber;
use sirius::{blob, store};

use crate::support::pictures;
use crate::support::process::{run, sirius};

#[test]
fn an_import_that_is_killed_again_and_again_is_completed_by_a_repeat() {
    killed_again_and_again(3, 600);
}

#[test]
#[ignore = "takes a minute: `make faults` runs it"]
fn an_import_that_is_killed_however_often_is_completed_by_a_repeat() {
    killed_again_and_again(40, 8_000);
}

fn killed_again_and_again(rounds: u32, count: u32) {
    let folder = tempfile::tempdir().unwrap();
    let (data, tree) = (folder.path().join("data"), folder.path().join("in"));
    pictures::fill(&tree, count);
    let mut added = 0;
    for round in 1..=rounds {
        let mut import = start(&data, &tree);
        std::thread::sleep(Duration::from_millis(u64::from(round * 97 % 400 + 50)));
        import.kill().unwrap();
        import.wait().unwrap();
        let now = assert_whole_so_far(&data);
        assert!(now >= added, "what was added stays");
        added = now;
    }
    println!("killed {rounds} times, with {added} of {count} pictures in at last");
    assert!(start(&data, &tree).wait().unwrap().success());
    assert_whole(&data, count as usize);
}

fn start(data: &Path, tree: &Path) -> Child {
    let mut import = sirius(data);
    import.arg("import").arg(tree).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    import.spawn().unwrap()
}

/// Every entry of the catalogue has its bytes, and there are this many.
pub fn assert_whole(data: &Path, count: usize) {
    assert_eq!(assert_whole_so_far(data), count);
}

fn assert_whole_so_far(data: &Path) -> usize {
    if !data.join("sirius.db").exists() {
        return 0;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let opened = store::connect(&data.join("sirius.db")).await.unwrap();
        let blobs = blob::open(&Blobs::default(), data).await.unwrap();
        let (mut since, mut numbers) = (ChangeNumber::default(), HashSet::<ImageNumber>::new());
        loop {
            let page = opened.catalogue.changes(since, 10_000).await.unwrap();
            for image in page.images {
                let Content::Stored(stored) = image.facts.content else { panic!("{:?}", image.number) };
                let bytes = blobs.get(&stored.sha256).await.unwrap();
                assert_eq!(bytes.len() as u64, stored.size_bytes);
                assert!(numbers.insert(image.number));
            }
            since = page.up_to;
            if page.complete {
                break;
            }
        }
        opened.connection.close().await;
        numbers.len()
    })
}

#[cfg(target_os = "linux")]
#[test]
fn loops_and_what_cannot_be_read_are_named_and_the_rest_goes_in() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("in");
    pictures::fill(&tree.join("a/b"), 2);
    // To itself; to each other; to a folder above; to a file that opens and cannot be read, whoever asks.
    symlink("itself.png", tree.join("itself.png")).unwrap();
    symlink("pong", tree.join("ping")).unwrap();
    symlink("ping", tree.join("pong")).unwrap();
    symlink("..", tree.join("a/b/up")).unwrap();
    symlink("/proc/self/mem", tree.join("unreadable.png")).unwrap();
    let output = run(sirius(&folder.path().join("data")).arg("import").arg(&tree));
    assert_eq!(output.status.code(), Some(1));
    let counts = String::from_utf8(output.stdout).unwrap();
    assert!(counts.starts_with("2 pictures were added, 0 there already, 4 were rejected"), "{counts}");
    let said = String::from_utf8(output.stderr).unwrap();
    for (name, reason) in [
        ("itself.png", "Too many levels of symbolic links"),
        ("ping", "Too many levels of symbolic links"),
        ("pong", "Too many levels of symbolic links"),
        ("unreadable.png", ""),
    ] {
        let line = said.lines().find(|line| line.contains(&format!("in/{name}: ")));
        assert!(line.is_some_and(|line| line.contains(reason)), "{name}: {said}");
    }
}

#[test]
fn files_that_vanish_meanwhile_are_named_and_the_rest_goes_in() {
    let folder = tempfile::tempdir().unwrap();
    let (data, tree) = (folder.path().join("data"), folder.path().join("in"));
    for part in 0..20_u32 {
        pictures::fill(&tree.join(part.to_string()), 0);
        for seed in 0..50 {
            let bytes = pictures::still(part * 1_000 + seed, ImageFormat::Png);
            fs::write(tree.join(part.to_string()).join(format!("{seed}.png")), bytes).unwrap();
        }
    }
    let import = sirius(&data).arg("import").arg(&tree).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for part in 0..10 {
        fs::remove_dir_all(tree.join(part.to_string())).unwrap();
    }
    let output = import.wait_with_output().unwrap();
    let (counts, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let added: usize = counts.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(added >= 500, "those that stayed are all in: {counts}");
    // On a busy machine it takes so long that it says how far it is.
    let mut rejections = said.lines().filter(|line| !line.ends_with(" left"));
    assert!(rejections.all(|line| line.starts_with("rejected: ") && line.contains("there is no such file")), "{said}");
    assert_whole(&data, added);
}

/// How many pictures the large tree has; a million takes the time and the disk ten times over.
const LARGE: u32 = 100_000;

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes minutes and gigabytes: `make faults` runs it"]
fn a_large_tree_goes_in_with_flat_memory_and_goes_on_where_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, in_folder) = (folder.path().join("data"), folder.path().join("in"));
    tree(&in_folder, 0..LARGE);
    let mut import = start(&data, &in_folder);
    std::thread::sleep(Duration::from_secs(10));
    import.kill().unwrap();
    import.wait().unwrap();
    let before = assert_whole_so_far(&data);
    assert!(before > 0 && before < LARGE as usize, "{before} pictures in ten seconds");

    let begun = Instant::now();
    let mut import = start(&data, &in_folder);
    let mut resident_mib = Vec::new();
    while import.try_wait().unwrap().is_none() {
        resident_mib.extend(resident_kib(import.id()).map(|kib| kib >> 10));
        std::thread::sleep(Duration::from_millis(100));
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert_whole(&data, LARGE as usize);
    let (first, second) = resident_mib.split_at(resident_mib.len() / 2);
    let most = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more")]
    let rate = (LARGE as usize - before) as f64 / seconds;
    println!(
        "{LARGE} pictures of 20 KB: {before} in when it was killed, the rest in {seconds:.0} s, {rate:.0} a second (a \
         million: {:.0} minutes); at most {} MiB resident in the first half, {} MiB in the second",
        1e6 / rate / 60.0,
        most(first),
        most(second),
    );
    assert!(most(second) <= most(first) + 8, "memory grows with the number of pictures");
}

#[cfg(target_os = "linux")]
fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// JPEGs of 320 x 240 and about 20 KB, each with pixels of its own, a thousand to a folder.
///
/// To draw each would take longer than to import it. They are put together from strips, of which there are four for each
/// place: a JPEG whose scan has restart markers may be cut at them.
pub fn tree(root: &Path, seeds: Range<u32>) {
    let strips: Vec<Vec<Strip>> = (0..15).map(|row| (0..4).map(|kind| Strip::draw(row, kind)).collect()).collect();
    let folder = |seed: u32| -> PathBuf { root.join(format!("{:03}", seed / 1_000)) };
    for seed in seeds {
        fs::create_dir_all(folder(seed)).unwrap();
        let mut jpeg = strips[0][0].head.clone();
        for (row, kinds) in strips.iter().enumerate() {
            let kind = seed >> (2 * row) & 3;
            jpeg.extend_from_slice(&kinds[kind as usize].scan);
            jpeg.extend_from_slice(&[0xff, if row == 14 { 0xd9 } else { 0xd0 + u8::try_from(row % 8).unwrap() }]);
        }
        fs::write(folder(seed).join(format!("{seed:06}.jpg")), jpeg).unwrap();
    }
}

/// 320 x 16 pixels.
struct Strip {
    /// All that stands before the scan of a picture of fifteen of them.
    head: Vec<u8>,
    scan: Vec<u8>,
}

impl Strip {
    fn draw(row: u32, kind: u32) -> Self {
        let pixels = RgbImage::from_fn(320, 16, |x, y| {
            let mixed =
                x.wrapping_mul(0x9e37_79b1) ^ (y + 16 * row).wrapping_mul(0x85eb_ca77) ^ kind.wrapping_mul(0xc2b2_ae3d);
            let [.., grain] = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d).to_le_bytes();
            let shade = u8::try_from(row * 8).unwrap();
            Rgb([90, 60 + shade, 40 + shade].map(|tone| tone + grain % 40))
        });
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 75).encode_image(&pixels).unwrap();
        let start_of = |marker: u8| bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
        let (frame, scan) = (start_of(0xc0), start_of(0xda));
        let after_header = scan + 2 + usize::from(u16::from_be_bytes([bytes[scan + 2], bytes[scan + 3]]));
        // Blocks of one sampling to the unit, or of two by two.
        let unit = if bytes[frame + 11] == 0x22 { 16 } else { 8 };
        let units = u16::try_from(320 / unit * (16 / unit)).unwrap();
        let mut head = bytes[..scan].to_vec();
        head[frame + 5..frame + 7].copy_from_slice(&240_u16.to_be_bytes());
        head.extend_from_slice(&[0xff, 0xdd, 0, 4]);
        head.extend_from_slice(&units.to_be_bytes());
        head.extend_from_slice(&bytes[scan..after_header]);
        Self { head, scan: bytes[after_header..bytes.len() - 2].to_vec() }
    }
}
