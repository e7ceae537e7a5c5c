//! Pictures that someone made to do harm.

use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::*;

const RISK: &[u8] = b"<script>alert(document.domain)</script>";

/// First column, distance of columns, first row, distance of rows of an interlaced PNG.
const PASSES: [(u32, usize, u32, usize); 7] =
    [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];

/// Packed, one byte many times.
fn packed(byte: u8, count: u64) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(byte), count), &mut packer).unwrap();
    packer.finish().unwrap()
}

/// Grey, one bit a pixel.
fn black_png(width: u32, height: u32, interlaced: bool) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&[width, height].map(u32::to_be_bytes).concat()[..], &[1, 0, 0, 0, u8::from(interlaced)]].concat();
    chunk(&mut bytes, *b"IHDR", &header);
    let passes = if interlaced { &PASSES[..] } else { &[(0, 1, 0, 1)] };
    let rows = |&(first, step, top, down): &(u32, usize, u32, usize)| {
        let columns = (first..width).step_by(step).count().div_ceil(8) + 1;
        (columns * (top..height).step_by(down).count()) as u64
    };
    chunk(&mut bytes, *b"IDAT", &packed(0, passes.iter().map(rows).sum()));
    chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

/// The rows of `picture` in seven passes.
fn interlaced_png() -> Vec<u8> {
    let picture = picture();
    let mut rows = Vec::new();
    for (first, step, top, down) in PASSES {
        for y in (top..16).step_by(down) {
            rows.push(0);
            (first..24).step_by(step).for_each(|x| rows.extend(picture.get_pixel(x, y).0));
        }
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, *b"IHDR", &[0, 0, 0, 24, 0, 0, 0, 16, 8, 2, 0, 0, 1]);
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut packer, &rows).unwrap();
    chunk(&mut bytes, *b"IDAT", &packer.finish().unwrap());
    chunk(&mut bytes, *b"IEND", &[]);
    bytes
}

/// A frame header of JPEG and a scan that ends as soon as it begins.
fn empty_jpeg(process: u8, width: u16, height: u16) -> Vec<u8> {
    let still = encoded(ImageFormat::Jpeg);
    let at = still.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    let mut bytes = still;
    bytes[at + 1] = process;
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn no_limits() -> Pictures {
    Pictures { max_side: 65_535, max_pixels: 1 << 40, max_total_pixels: 1 << 50, ..Pictures::default() }
}

#[test]
fn a_picture_that_is_also_a_page_loses_the_page() {
    // Its width and its height open a comment of JavaScript, which a comment of GIF closes.
    let mut script = animated_gif(1);
    script[6..10].copy_from_slice(b"/*\x04\0");
    let hidden = [&[0x21, 0xfe, 45][..], b"*/=1;", RISK, b"/", &[0]].concat();
    let at = gif_head(&script).len();
    script.splice(at..at, hidden);
    let jpeg = encoded(ImageFormat::Jpeg);
    let comment = [&[0xff, 0xfe, 0, 41][..], RISK].concat();
    let mut png = encoded(ImageFormat::Png);
    chunk(&mut png, *b"tEXt", RISK);
    for (name, bytes) in [
        ("gif and javascript", script),
        ("gif and html", [&encoded(ImageFormat::Gif), RISK].concat()),
        ("jpeg and html", [&jpeg[..2], &comment, &jpeg[2..]].concat()),
        ("jpeg and zip", [&jpeg, RISK].concat()),
        ("png and html", png),
    ] {
        let clean = Clean::read(bytes, &Pictures::default()).unwrap();
        assert!(!clean.bytes().windows(7).any(|window| window == b"<script"), "{name}");
    }
}

#[test]
fn an_animation_of_100_000_frames_is_not_taken() {
    let one = animated_gif(1);
    let (head, frame) = one.split_at(gif_head(&one).len());
    let frame = &frame[..frame.len() - 1];
    let bytes = [head, &frame.repeat(100_000), b";"].concat();
    let error = read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "100000 frames are too many: `pictures.max_frames` allows 1000");
    let error = read_within(&bytes, &Pictures { max_frames: 100_000, max_total_pixels: 99, ..Pictures::default() });
    assert!(matches!(error, Err(Rejected::TooMuch { measure: Measure::TotalPixels, found: 3_200_000, limit: 99 })));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let error = read(&black_png(30_000, 10_000, false)).unwrap_err().to_string();
    assert_eq!(error, "30000 pixels on one side are too many: `pictures.max_side` allows 20000");
    let error = read(&black_png(10_000, 10_001, false)).unwrap_err().to_string();
    assert_eq!(error, "100010000 pixels are too many: `pictures.max_pixels` allows 100000000");
}

#[test]
fn measures_that_no_memory_holds_are_not_taken() {
    for bytes in [empty_jpeg(0xc0, 65_535, 65_535), empty_jpeg(0xc2, 65_535, 65_535)] {
        assert!(matches!(read(&bytes), Err(Rejected::TooMuch { measure: Measure::Side, .. })));
    }
    // Whoever raises the limits of pixels is still told before memory is taken.
    let memory = |bytes: &[u8]| match read_within(bytes, &no_limits()) {
        Err(Rejected::TooMuch { measure: Measure::Memory, found, limit }) => assert!(found > limit),
        other => panic!("{other:?}"),
    };
    memory(&empty_jpeg(0xc2, 8_000, 6_000));
    let mut webp = encoded(ImageFormat::WebP);
    webp[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    memory(&webp);
    let error = read(&empty_jpeg(0xc2, 8_000, 6_000)).unwrap_err().to_string();
    assert!(
        error.ends_with("bytes of memory to decode it are too many: `pictures.max_memory` allows 50331648"),
        "{error}"
    );
}

#[test]
fn the_memory_of_the_document_is_what_is_reckoned_with() {
    // docs/pictures.md, of those that must be decoded whole; here with next to no file.
    let fits = |bytes: &[u8]| !matches!(read(bytes), Err(Rejected::TooMuch { measure: Measure::Memory, .. }));
    for (factors, megapixels) in [([0x22, 0x11, 0x11], 15), ([0x11, 0x11, 0x11], 8)] {
        let jpeg = |width| {
            let mut bytes = empty_jpeg(0xc2, width, 4_000);
            let at = bytes.windows(2).position(|window| window == [0xff, 0xc2]).unwrap();
            (0..3).for_each(|component| bytes[at + 11 + 3 * component] = factors[component]);
            bytes
        };
        assert!(fits(&jpeg(megapixels * 250)) && !fits(&jpeg(megapixels * 250 + 250)), "{factors:?}");
    }
}

#[test]
fn zero_measures_are_no_picture() {
    for (bytes, wrong) in [
        (empty_jpeg(0xc0, 0, 10), "the JPEG is damaged: it measures 0 x 10 pixels"),
        (black_png(10, 0, false), "the PNG is damaged: it measures 10 x 0 pixels"),
    ] {
        assert_eq!(read(&bytes).unwrap_err().to_string(), wrong);
    }
}

#[test]
fn a_large_picture_is_read_without_unpacking_it_whole() {
    for bytes in [black_png(10_000, 9_000, false), black_png(9_000, 1_000, true)] {
        assert!(bytes.len() < 20_000);
        assert_eq!(read(&bytes).unwrap().colour, Some(Colour([0; 3])));
    }
}

#[test]
fn an_interlaced_picture_looks_like_any_other() {
    assert_eq!(read(&interlaced_png()), read(&encoded(ImageFormat::Png)));
    let rows: Vec<u32> =
        [(0, 8), (4, 8), (2, 4), (1, 2)].into_iter().flat_map(|(top, down)| (top..16).step_by(down)).collect();
    let indices: Vec<u8> = rows.iter().flat_map(|&y| [u8::from(y >= 11); 24]).collect();
    let frame =
        ::gif::Frame { width: 24, height: 16, interlaced: true, buffer: indices.into(), ..::gif::Frame::default() };
    let mut bytes = Vec::new();
    let mut encoder = ::gif::Encoder::new(&mut bytes, 24, 16, &[200, 20, 30, 20, 30, 200]).unwrap();
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let inspected = read(&bytes).unwrap();
    assert_eq!(inspected.thumbhash, read(&encoded(ImageFormat::Png)).unwrap().thumbhash);
}

#[test]
fn what_decoders_meet_seldom_is_decoded() {
    for (bytes, format) in
        [(LOSSY, Format::Webp), (LOSSY_ALPHA, Format::Webp), (CMYK, Format::Jpeg), (PROGRESSIVE, Format::Jpeg)]
    {
        let inspected = read(bytes).unwrap();
        assert_eq!((inspected.format, inspected.width, inspected.height), (format, 24, 16));
        let Some(Colour([red, green, blue])) = inspected.colour else { panic!("{inspected:?}") };
        assert!(red.abs_diff(200) < 12 && green.abs_diff(20) < 20 && blue.abs_diff(30) < 20, "{inspected:?}");
    }
}

#[test]
fn a_decoder_that_takes_too_long_is_given_up() {
    let limits = Pictures { max_decode_time: Duration::ZERO, ..Pictures::default() };
    for (name, format, _, bytes) in samples().into_iter().filter(|(_, format, ..)| *format != Format::Avif) {
        assert_eq!(read_within(&bytes, &limits), Err(Rejected::TooSlow(Duration::ZERO)), "{name} ({format:?})");
    }
    let error = Rejected::TooSlow(Duration::from_millis(1_500)).to_string();
    assert_eq!(error, "decoding it takes longer than the 1.5 s that `pictures.max_decode_time` allows");
}

#[test]
fn scans_without_end_are_not_decoded() {
    let still = encoded(ImageFormat::Jpeg);
    let scan = still.windows(2).position(|window| window == [0xff, 0xda]).unwrap();
    let (head, scan) = still[..still.len() - 2].split_at(scan);
    let error = read(&[head, &scan.repeat(101), &[0xff, 0xd9]].concat()).unwrap_err().to_string();
    assert_eq!(error, "the JPEG is damaged: it has 101 scans, 100 are the most");
}

#[test]
fn comments_without_end_are_not_taken_out() {
    let gif = encoded(ImageFormat::Gif);
    let (head, frames) = gif.split_at(gif_head(&gif).len());
    // Between each two a block that stays, so that they are not one.
    let comments = b"\x21\xfe\x01x\0\x21\xf9\x04\0\0\0\0\0".repeat(10_001);
    let error = read(&[head, &comments, frames].concat()).unwrap_err().to_string();
    assert_eq!(error, "the GIF is damaged: there are more comments and other metadata in it than can be removed");
}

#[test]
fn lists_that_cost_nothing_to_write_cost_nothing_to_read() {
    // 50,000 items with 65,535 extents each, of no bytes; read one by one they would take minutes.
    let item = [0, 1, 0, 0, 0xff, 0xff];
    let iloc = [&[0, 0, 0, 0, 0, 0, 0xc3, 0x50][..], &item.repeat(50_000)].concat();
    let mut file = AVIF.to_vec();
    let at = file.windows(4).position(|window| window == b"iloc").unwrap();
    file[at..at + 4].copy_from_slice(b"skip");
    let meta = file.windows(4).position(|window| window == b"meta").unwrap();
    let boxed = [&u32::try_from(iloc.len() + 8).unwrap().to_be_bytes()[..], b"iloc", &iloc].concat();
    file.splice(meta + 8..meta + 8, boxed.iter().copied());
    let length = u32::from_be_bytes(*file[meta - 4..].first_chunk().unwrap()) + u32::try_from(boxed.len()).unwrap();
    file[meta - 4..meta].copy_from_slice(&length.to_be_bytes());
    assert_eq!(read(&file).unwrap().width, 24);
}

#[test]
fn codings_that_browsers_do_not_show_are_named() {
    for process in [0xc3, 0xc9] {
        let error = read(&empty_jpeg(process, 24, 16)).unwrap_err().to_string();
        assert!(error.starts_with("JPEG in an arithmetic, lossless or hierarchical coding is not served"), "{error}");
    }
}

#[test]
fn tables_of_honest_pictures_are_read_as_the_decoder_reads_them() {
    let bundled: [&[u8]; 2] = [
        include_bytes!("../../../assets/bundled/saturn.webp"),
        include_bytes!("../../../assets/bundled/lighthouse-beam.webp"),
    ];
    for bytes in bundled {
        assert!(read(bytes).unwrap().colour.is_some());
    }
}
