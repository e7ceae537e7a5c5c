//! Pictures of every format, whole and broken.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::metadata::Orientation;
use image::{ExtendedColorType, Frame, ImageEncoder, ImageFormat, RgbImage, RgbaImage};

use super::*;

mod hostile;
mod metadata;

const LOSSY: &[u8] = include_bytes!("../../tests/fixtures/lossy.webp");
const LOSSY_ALPHA: &[u8] = include_bytes!("../../tests/fixtures/lossy-alpha.webp");
const CMYK: &[u8] = include_bytes!("../../tests/fixtures/cmyk.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../tests/fixtures/progressive.jpg");
const AVIF: &[u8] = include_bytes!("../../tests/fixtures/still.avif");
const AVIF_TURNED: &[u8] = include_bytes!("../../tests/fixtures/turned.avif");
const AVIF_ANIMATED: &[u8] = include_bytes!("../../tests/fixtures/animated.avif");

/// Red above, blue below; 24 x 16.
fn picture() -> RgbImage {
    RgbImage::from_fn(24, 16, |_, y| image::Rgb(if y < 11 { [200, 20, 30] } else { [20, 30, 200] }))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn animated_gif(frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder
        .encode_frames((0..frames).map(|_| Frame::new(RgbaImage::from_pixel(8, 4, image::Rgba([9, 9, 9, 255])))))
        .unwrap();
    drop(encoder);
    bytes
}

/// All before the first block: the header, the measures and the colours.
fn gif_head(bytes: &[u8]) -> &[u8] {
    let colours = if bytes[10] & 0x80 == 0 { 0 } else { 3 << ((bytes[10] & 7) + 1) };
    &bytes[..13 + colours]
}

/// A PNG whose picture is also the first of its frames.
fn animated_png(frames: u32) -> Vec<u8> {
    let still = encoded(ImageFormat::Png);
    let (head, body) = still.split_at(33);
    let mut bytes = head.to_vec();
    chunk(&mut bytes, *b"acTL", &[frames.to_be_bytes(), [0; 4]].concat());
    let control = |sequence: u32| {
        let fields = [sequence, 24, 16, 0, 0].map(u32::to_be_bytes).concat();
        [&fields[..], &[0, 1, 0, 10, 0, 0]].concat()
    };
    chunk(&mut bytes, *b"fcTL", &control(0));
    let (data, end) = body.split_at(body.len() - 12);
    bytes.extend_from_slice(data);
    // The data of the one IDAT, without its length, name and checksum.
    let pixels = &data[8..data.len() - 4];
    for frame in 1..frames {
        chunk(&mut bytes, *b"fcTL", &control(frame * 2 - 1));
        chunk(&mut bytes, *b"fdAT", &[&(frame * 2).to_be_bytes()[..], pixels].concat());
    }
    bytes.extend_from_slice(end);
    bytes
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let checksum = !png[from..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    png.extend(checksum.to_be_bytes());
}

fn animated_webp(frames: usize) -> Vec<u8> {
    let still = encoded(ImageFormat::WebP);
    let picture = &still[12..];
    let mut body = b"WEBP".to_vec();
    riff(&mut body, *b"VP8X", &[2, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
    riff(&mut body, *b"ANIM", &[0; 6]);
    for _ in 0..frames {
        riff(&mut body, *b"ANMF", &[&[0, 0, 0, 0, 0, 0, 23, 0, 0, 15, 0, 0, 100, 0, 0, 0], picture].concat());
    }
    let mut bytes = Vec::new();
    riff(&mut bytes, *b"RIFF", &body);
    bytes
}

fn riff(webp: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    webp.extend(kind);
    webp.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    webp.extend(data);
    webp.extend(std::iter::repeat_n(0, data.len() % 2));
}

/// A JPEG that asks to be turned.
fn turned_jpeg(exif_orientation: u8) -> Vec<u8> {
    let still = encoded(ImageFormat::Jpeg);
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([exif_orientation, 0, 0, 0, 0, 0, 0, 0]);
    let segment = [b"Exif\0\0", &tiff[..]].concat();
    let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
    [&still[..2], &[0xff, 0xe1], &length, &segment, &still[2..]].concat()
}

fn samples() -> Vec<(&'static str, Format, u32, Vec<u8>)> {
    vec![
        ("avif", Format::Avif, 1, AVIF.to_vec()),
        ("animated avif", Format::Avif, 3, AVIF_ANIMATED.to_vec()),
        ("gif", Format::Gif, 1, encoded(ImageFormat::Gif)),
        ("animated gif", Format::Gif, 4, animated_gif(4)),
        ("jpeg", Format::Jpeg, 1, encoded(ImageFormat::Jpeg)),
        ("png", Format::Png, 1, encoded(ImageFormat::Png)),
        ("animated png", Format::Png, 3, animated_png(3)),
        ("webp", Format::Webp, 1, encoded(ImageFormat::WebP)),
        ("animated webp", Format::Webp, 3, animated_webp(3)),
    ]
}

fn read(bytes: &[u8]) -> Result<Inspected, Rejected> {
    read_within(bytes, &Pictures::default())
}

fn read_within(bytes: &[u8], limits: &Pictures) -> Result<Inspected, Rejected> {
    inspect(bytes.to_vec(), limits).map(|(_, inspected)| inspected)
}

#[test]
fn every_format_tells_its_measures() {
    for (name, format, frames, bytes) in samples() {
        let inspected = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let size = if name == "animated gif" { (8, 4) } else { (24, 16) };
        assert_eq!((inspected.format, inspected.frames), (format, frames), "{name}");
        assert_eq!((inspected.width, inspected.height), size, "{name}");
        assert_eq!(inspected.colour.is_some(), format != Format::Avif, "{name}");
        assert_eq!(inspected.thumbhash.is_some(), format != Format::Avif, "{name}");
    }
}

#[test]
fn colour_and_placeholder_are_those_of_the_picture() {
    let Inspected { colour, thumbhash, .. } = read(&encoded(ImageFormat::Png)).unwrap();
    assert_eq!(colour, Some(Colour([200, 20, 30])));
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(&thumbhash.unwrap().0).unwrap();
    assert!(width > height);
    let (first, last) = (&rgba[..4], &rgba[rgba.len() - 4..]);
    assert!(first[0] > 2 * first[2], "red above: {first:?}");
    assert!(last[2] > 2 * last[0], "blue below: {last:?}");
}

#[test]
fn pixels_of_every_kind_are_read() {
    for (colour, grey_byte) in [
        (ExtendedColorType::L8, &[128][..]),
        (ExtendedColorType::La8, &[128, 255]),
        (ExtendedColorType::Rgb8, &[128, 128, 128]),
        (ExtendedColorType::Rgba8, &[128, 128, 128, 255]),
        (ExtendedColorType::L16, &[128; 2]),
        (ExtendedColorType::La16, &[128, 128, 255, 255]),
        (ExtendedColorType::Rgb16, &[128; 6]),
        (ExtendedColorType::Rgba16, &[128, 128, 128, 128, 128, 128, 255, 255]),
    ] {
        let mut bytes = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.write_image(&grey_byte.repeat(90 * 3), 90, 3, colour).unwrap();
        assert_eq!(read(&bytes).unwrap().colour, Some(Colour([128; 3])), "{colour:?}");
    }
}

#[test]
fn the_orientation_is_applied() {
    let Inspected { width, height, thumbhash, .. } = read(&turned_jpeg(Orientation::Rotate90.to_exif())).unwrap();
    assert_eq!((width, height), (16, 24));
    // What was above is on the right.
    let (columns, _, rgba) = thumbhash::thumb_hash_to_rgba(&thumbhash.unwrap().0).unwrap();
    let (left, right) = (&rgba[..4], &rgba[columns * 4 - 4..columns * 4]);
    assert!(left[2] > left[0] && right[0] > right[2], "{left:?} {right:?}");

    let flipped = read(&turned_jpeg(Orientation::FlipVertical.to_exif())).unwrap();
    assert_eq!((flipped.width, flipped.height), (24, 16));
    assert_eq!(read(&turned_jpeg(77)).unwrap().width, 24, "nonsense is ignored");

    let avif = read(AVIF_TURNED).unwrap();
    assert_eq!((avif.width, avif.height), (16, 24));
}

#[test]
fn a_picture_cut_short_anywhere_is_rejected() {
    for (name, _, _, bytes) in samples() {
        for length in 0..bytes.len() {
            let Err(error) = read(&bytes[..length]) else {
                panic!("{name}: taken with {length} of {} bytes", bytes.len());
            };
            if length > 64 {
                let is_explained = matches!(error, Rejected::Truncated(_) | Rejected::Damaged { .. });
                assert!(is_explained, "{name}, {length} bytes: {error}");
            }
        }
    }
}

#[test]
fn flipped_bits_never_panic_and_never_grow() {
    for (name, _, _, bytes) in samples() {
        // A step that is prime to 8, so that every position of a bit has its turn.
        for bit in (0..bytes.len() * 8).step_by(29) {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let limits = Pictures { max_side: 100, ..Pictures::default() };
            if let Ok(inspected) = read_within(&bytes, &limits) {
                assert!(inspected.width <= 100 && inspected.height <= 100, "{name}, bit {bit}");
            }
        }
    }
}

#[test]
fn the_content_decides() {
    assert_eq!(read(b""), Err(Rejected::Empty));
    assert_eq!(read(b"Dear diary, today I saw a comet."), Err(Rejected::NotAPicture));
    assert_eq!(read(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"), Err(Rejected::NotAPicture));
    assert_eq!(read(&[0xff, 0xd8, 0xff]), Err(Rejected::Truncated(Format::Jpeg)));
    assert_eq!(
        read(&[0xff, 0xd8, 0xff, 0xd9]).unwrap_err().to_string(),
        "the JPEG is damaged: it has no picture between its start and its end"
    );
}

#[test]
fn each_limit_is_held_before_decoding() {
    let exceeded = |bytes: &[u8], limits: Pictures| match read_within(bytes, &limits) {
        Err(Rejected::TooMuch { measure, found, limit }) => (measure, found, limit),
        other => panic!("{other:?}"),
    };
    let unlimited = Pictures::default;
    let png = encoded(ImageFormat::Png);
    let length = png.len() as u64;
    assert_eq!(exceeded(&png, Pictures { max_bytes: 10, ..unlimited() }), (Measure::Bytes, length, 10));
    assert_eq!(exceeded(&png, Pictures { max_side: 23, ..unlimited() }), (Measure::Side, 24, 23));
    assert_eq!(exceeded(AVIF, Pictures { max_pixels: 383, ..unlimited() }), (Measure::Pixels, 384, 383));
    for bytes in [AVIF_ANIMATED, &animated_gif(3), &animated_png(3), &animated_webp(3)] {
        assert_eq!(exceeded(bytes, Pictures { max_frames: 2, ..unlimited() }), (Measure::Frames, 3, 2));
    }
    let gif = animated_gif(4);
    assert_eq!(exceeded(&gif, Pictures { max_total_pixels: 127, ..unlimited() }), (Measure::TotalPixels, 128, 127));
}

#[test]
fn a_huge_picture_that_is_announced_is_not_decoded() {
    let mut png = encoded(ImageFormat::Png);
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    assert!(matches!(read(&png), Err(Rejected::TooMuch { measure: Measure::Side, .. })));
    let mut gif = animated_gif(1);
    gif[6..10].copy_from_slice(&[0, 0, 0, 0]);
    assert_eq!(read(&gif).unwrap_err().to_string(), "the GIF is damaged: it measures 0 x 0 pixels");
}

#[test]
fn an_animation_that_has_other_frames_than_it_announces_is_damaged() {
    let mut png = animated_png(3);
    png[33 + 8 + 3] = 7;
    let error = read(&png).unwrap_err();
    assert_eq!(error.to_string(), "the PNG is damaged: it announces 7 frames and has 3");
}

#[tokio::test]
async fn the_pool_reads_as_many_as_come() {
    let pool = Pool::new(Pictures::default());
    let png = Clean::read(encoded(ImageFormat::Png), pool.limits()).unwrap();
    let expected = read(png.bytes());
    let readings = (0..64).map(|_| pool.inspect(png.clone()));
    for inspected in futures_util::future::join_all(readings).await {
        assert_eq!(inspected, expected);
    }
}
