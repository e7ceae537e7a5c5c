//! What is taken out of pictures before they are stored, and what stays.

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder};

use super::*;

/// Nobody's business.
const SECRETS: [&str; 5] = ["51.4779N", "Ada Lovelace", "<script", "PK\x03\x04", "thumbnail"];

fn clean(bytes: &[u8]) -> Vec<u8> {
    let clean = Clean::read(bytes.to_vec(), &Pictures::default()).unwrap().bytes().to_vec();
    let again = Clean::read(clean.clone(), &Pictures::default()).unwrap();
    assert_eq!(again.bytes(), &clean, "what is clean stays as it is");
    clean
}

fn assert_no_secrets(name: &str, bytes: &[u8]) {
    for secret in SECRETS {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name}: {secret}");
    }
}

/// Exif with an orientation, followed by what is nobody's business.
fn exif(orientation: u8) -> Vec<u8> {
    let entry = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat();
    [entry, b"51.4779N Ada Lovelace thumbnail".to_vec()].concat()
}

fn jpeg_with(segments: &[(u8, &[u8])]) -> Vec<u8> {
    let still = encoded(ImageFormat::Jpeg);
    let segment = |(marker, data): &(u8, &[u8])| {
        [&[0xff, *marker], &u16::try_from(data.len() + 2).unwrap().to_be_bytes()[..], data].concat()
    };
    let segments: Vec<u8> = segments.iter().flat_map(segment).collect();
    [&still[..2], &segments, &still[2..]].concat()
}

fn png_with(chunks: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let still = encoded(ImageFormat::Png);
    let mut bytes = still[..33].to_vec();
    for (kind, data) in chunks {
        chunk(&mut bytes, *kind, data);
    }
    [bytes, still[33..].to_vec()].concat()
}

/// In the extended form, with these chunks before (`true`) and after the picture.
fn webp_with(chunks: &[([u8; 4], &[u8], bool)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    let has = |wanted: &[u8; 4], flag: u8| if chunks.iter().any(|chunk| chunk.0 == *wanted) { flag } else { 0 };
    let flags = has(b"ICCP", 0x20) | has(b"EXIF", 0x08) | has(b"XMP ", 0x04);
    riff(&mut body, *b"VP8X", &[flags, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
    for (kind, data, _) in chunks.iter().filter(|chunk| chunk.2) {
        riff(&mut body, *kind, data);
    }
    body.extend(&encoded(ImageFormat::WebP)[12..]);
    for (kind, data, _) in chunks.iter().filter(|chunk| !chunk.2) {
        riff(&mut body, *kind, data);
    }
    let mut bytes = Vec::new();
    riff(&mut bytes, *b"RIFF", &body);
    bytes
}

/// A colour profile by its header.
fn profile(length: u32) -> Vec<u8> {
    let mut profile = vec![7; length as usize];
    profile[..4].copy_from_slice(&length.to_be_bytes());
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

/// As JPEG has it: in parts, each with its number and that of all.
fn in_parts(profile: &[u8], bytes: usize) -> Vec<Vec<u8>> {
    let count = u8::try_from(profile.chunks(bytes).len()).unwrap();
    let part = |(number, part): (u8, &[u8])| [b"ICC_PROFILE\0", &[number, count][..], part].concat();
    (1..).zip(profile.chunks(bytes)).map(part).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(b"name\0\0".to_vec(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, bytes).unwrap();
    packer.finish().unwrap()
}

fn pixels(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

#[test]
fn places_and_names_go_and_the_orientation_stays() {
    let xmp = b"<x:xmpmeta>Ada Lovelace 51.4779N</x:xmpmeta>".as_slice();
    let exif = exif(6);
    let jpeg_exif = [b"Exif\0\0", &exif[..]].concat();
    let jpeg_xmp = [b"http://ns.adobe.com/xap/1.0/\0", xmp].concat();
    let cases = [
        (
            "jpeg",
            jpeg_with(&[(0xe1, &jpeg_exif), (0xe1, &jpeg_xmp), (0xfe, b"Ada Lovelace"), (0xed, b"Photoshop 51.4779N")]),
        ),
        (
            "png",
            png_with(&[
                (*b"tEXt", b"Author\0Ada Lovelace"),
                (*b"eXIf", &exif),
                (*b"iTXt", xmp),
                (*b"zzZz", b"51.4779N"),
            ]),
        ),
        ("webp", webp_with(&[(*b"EXIF", &exif, false), (*b"XMP ", xmp, false), (*b"Ada ", b"51.4779N", true)])),
        ("webp with JPEG's prefix", webp_with(&[(*b"EXIF", &jpeg_exif, false)])),
    ];
    for (name, bytes) in cases {
        let clean = clean(&bytes);
        assert_no_secrets(name, &clean);
        assert_eq!(pixels(&clean), pixels(&bytes), "{name}: without loss");
        let inspected = read(&clean).unwrap();
        assert_eq!((inspected.width, inspected.height), (16, 24), "{name}: it still shows upright");
        assert_eq!(inspected, read(&bytes).unwrap(), "{name}");
        let mut decoder =
            image::ImageReader::new(Cursor::new(&clean)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.orientation().unwrap(), Orientation::Rotate90, "{name}: for other programs, too");
    }
}

#[test]
fn a_picture_without_metadata_is_kept_as_it_came() {
    for (name, _, _, bytes) in samples() {
        assert_eq!(clean(&bytes), bytes, "{name}");
    }
    for bytes in [LOSSY, LOSSY_ALPHA, CMYK, PROGRESSIVE] {
        assert_eq!(clean(bytes), bytes);
    }
}

#[test]
fn what_follows_the_end_is_cut_off() {
    for (name, format, _, bytes) in samples().into_iter().filter(|(_, format, ..)| *format != Format::Avif) {
        let longer = [&bytes[..], b"PK\x03\x04 <script>alert(1)</script> thumbnail"].concat();
        assert_eq!(clean(&longer), bytes, "{name} ({format:?})");
    }
    // It has no end but that of the file: what is no box is no AVIF.
    let longer = [AVIF, b"PK\x03\x04 <script>alert(1)</script>"].concat();
    assert_eq!(read(&longer).unwrap_err(), Rejected::Truncated(Format::Avif));
}

#[test]
fn thumbnails_of_what_was_cropped_go() {
    let jfif = [b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x03", b"thumbnail".as_slice()].concat();
    let still = encoded(ImageFormat::Jpeg);
    let bytes = jpeg_with(&[(0xe0, &jfif), (0xe0, b"JFXX\0\x10thumbnail"), (0xe2, b"MPF\0thumbnail")]);
    let clean = clean(&bytes);
    assert_no_secrets("jpeg", &clean);
    assert_eq!(clean.len(), still.len() + 18, "the header of JFIF stays");
    assert_eq!(pixels(&clean), pixels(&still));
}

#[test]
fn comments_of_a_gif_go_and_it_goes_on_turning() {
    let bytes = animated_gif(3);
    let (head, frames) = bytes.split_at(gif_head(&bytes).len());
    let loops = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\0\0";
    let secrets = b"\x21\xfe\x0cAda Lovelace\0\x21\xff\x0bXMP DataXMP\x0851.4779N\0\x21\x01\x0c<script 3456\0\0";
    let longer = [head, loops, secrets, frames].concat();
    let left = clean(&longer);
    assert_no_secrets("gif", &left);
    assert_eq!(left, clean(&[head, loops, frames].concat()));
    assert!(left.windows(loops.len()).any(|window| window == loops));
    assert_eq!(read(&left).unwrap(), read(&bytes).unwrap());
}

#[test]
fn a_colour_profile_stays() {
    let profile = profile(700);
    let parts = in_parts(&profile, 300);
    let parts: Vec<(u8, &[u8])> = parts.iter().map(|part| (0xe2, &part[..])).collect();
    let jpeg = clean(&jpeg_with(&parts));
    assert_eq!(JpegDecoder::new(Cursor::new(jpeg)).unwrap().icc_profile().unwrap().as_ref(), Some(&profile));
    let png = clean(&png_with(&[(*b"iCCP", &packed(&profile))]));
    assert_eq!(PngDecoder::new(Cursor::new(png)).unwrap().icc_profile().unwrap().as_ref(), Some(&profile));
    let webp = clean(&webp_with(&[(*b"ICCP", &profile, true)]));
    assert_eq!(WebPDecoder::new(Cursor::new(webp)).unwrap().icc_profile().unwrap().as_ref(), Some(&profile));
}

#[test]
fn an_absurd_colour_profile_goes() {
    let (large, sound) = (profile(3 << 20), profile(700));
    let mut parts = in_parts(&sound, 300);
    parts.swap(0, 1);
    let swapped: Vec<(u8, &[u8])> = parts.iter().map(|part| (0xe2, &part[..])).collect();
    let large_parts = in_parts(&large, 60_000);
    let large_parts: Vec<(u8, &[u8])> = large_parts.iter().map(|part| (0xe2, &part[..])).collect();
    let zeros = packed(&vec![0; 64 << 20]);
    for (name, bytes) in [
        ("parts out of order", jpeg_with(&swapped)),
        ("a part is missing", jpeg_with(&swapped[1..])),
        ("too large", jpeg_with(&large_parts)),
        ("not a profile", png_with(&[(*b"iCCP", &packed(b"red, green and blue"))])),
        ("a bomb", png_with(&[(*b"iCCP", &zeros)])),
        ("too large", webp_with(&[(*b"ICCP", &large, true)])),
    ] {
        let clean = clean(&bytes);
        let mut decoder =
            image::ImageReader::new(Cursor::new(&clean)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.icc_profile().unwrap(), None, "{name}");
        assert!(clean.len() < 2_000, "{name}");
    }
}

#[test]
fn the_same_picture_is_the_same_whoever_took_it() {
    let (here, there) = (exif(1), [exif(1), b"elsewhere".to_vec()].concat());
    let with = |exif: &[u8]| clean(&jpeg_with(&[(0xe1, &[b"Exif\0\0", exif].concat())]));
    assert_eq!(with(&here), with(&there));
    assert_eq!(with(&here), encoded(ImageFormat::Jpeg));
}

#[test]
fn metadata_of_an_avif_are_overwritten() {
    let secret_exif = [&[0; 4][..], &exif(6)].concat();
    let secret_xmp = b"<x:xmpmeta>Ada Lovelace</x:xmpmeta>";
    let mdat = [&secret_exif[..], secret_xmp, b"the picture"].concat();
    let bytes = avif_with(&mdat, &[(2, 0, secret_exif.len()), (3, secret_exif.len(), secret_xmp.len())]);
    let clean = clean(&bytes);
    assert_eq!(clean.len(), bytes.len(), "nothing moves");
    assert_no_secrets("avif", &clean);
    assert!(clean.ends_with(b"the picture"));
    assert!(clean.windows(4).any(|window| window == b"II*\0"), "there is still Exif to be read, which says nothing");
    assert_eq!(read(&clean).unwrap().width, 24);
    // The Exif item is said to be where the boxes are.
    let entangled = avif_with(&mdat, &[(2, 0, secret_exif.len()), (2, usize::MAX - 7, 200)]);
    let error = Clean::read(entangled, &Pictures::default()).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("the AVIF is "), "{error}");
}

/// Item 1 is the picture of 24 x 16, 2 is Exif, 3 is XMP; `extents` says where those two are in `mdat`, counted from the
/// start of its content (which a large number wraps around).
fn avif_with(mdat: &[u8], extents: &[(u16, usize, usize)]) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, content].concat()
    };
    let infe = |id: u8, kind: &[u8; 4]| boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0][..], kind, b"\0"].concat());
    let items = [infe(1, b"av01"), infe(2, b"Exif"), infe(3, b"mime")].concat();
    let size = [0_u32, 24, 16].map(u32::to_be_bytes).concat();
    let properties = [boxed(b"ipco", &boxed(b"ispe", &size)), boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1])];
    let meta = |start: usize| {
        let mut iloc = vec![0, 0, 0, 0, 0x44, 0, 0, u8::try_from(extents.len()).unwrap()];
        for &(item, offset, length) in extents {
            let at = u32::try_from(start.wrapping_add(offset) & 0xffff_ffff).unwrap();
            iloc.extend([&item.to_be_bytes()[..], &[0, 0, 0, 1], &at.to_be_bytes()].concat());
            iloc.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
        let parts = [
            boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
            boxed(b"iinf", &[&[0, 0, 0, 0, 0, 3][..], &items].concat()),
            boxed(b"iprp", &properties.concat()),
            boxed(b"iloc", &iloc),
            boxed(b"free", b"Ada Lovelace"),
        ];
        boxed(b"meta", &[&[0; 4][..], &parts.concat()].concat())
    };
    let head = boxed(b"ftyp", b"avif\0\0\0\0avifmif1");
    let start = head.len() + meta(0).len() + 8;
    [head, meta(start), boxed(b"mdat", mdat)].concat()
}
