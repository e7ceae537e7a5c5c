//! What pictures say of themselves beside their pixels, and what of it is kept: how they are to be turned, and the
//! colours that their numbers mean.
//!
//! All else goes: places, names, serial numbers, thumbnails of what was cropped, comments. It is nobody's business
//! whom a picture is shown to. `docs/pictures.md` tells it to those who bring pictures.

use std::io::Read;

use flate2::read::ZlibDecoder;
use image::metadata::Orientation;

/// An Exif block that says nothing: it stands in for one whose place cannot be closed.
pub(super) const NO_EXIF: &[u8] = b"\0\0\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0";

/// The header of a colour profile and the count of its tags; ICC.1:2022, section 7.
const PROFILE_HEADER_BYTES: usize = 132;

/// What remains of Exif metadata: the orientation, and a block that says nothing else, never longer than it was;
/// nothing where it asks for no turning.
///
/// The block is TIFF with one entry: tag 0x0112, one SHORT. <https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf>,
/// section 4.6.4.
pub(super) fn upright(exif: &[u8]) -> (Orientation, Vec<u8>) {
    const ENTRY: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0";
    match Orientation::from_exif_chunk(exif) {
        None | Some(Orientation::NoTransforms) => (Orientation::NoTransforms, Vec::new()),
        Some(orientation) => {
            let block = [ENTRY, &[orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]].concat();
            // Some programs leave out the four bytes that end the list: there is no room for anything else then.
            let block = if block.len() <= exif.len() { block } else { exif.to_vec() };
            (orientation, block)
        }
    }
}

/// Whether a colour profile that begins so and has this many bytes is one, and no larger than is allowed.
pub(super) fn is_profile(start: &[u8], length: u64, max_bytes: u64) -> bool {
    let announced = start.first_chunk().map(|size| u64::from(u32::from_be_bytes(*size)));
    start.len() >= PROFILE_HEADER_BYTES
        && length <= max_bytes
        && announced.is_some_and(|announced| announced <= length)
        && start[36..40] == *b"acsp"
}

/// The same of a compressed one, which is unpacked no further than is allowed.
pub(super) fn is_packed_profile(packed: &[u8], max_bytes: u64) -> bool {
    let mut unpacked = ZlibDecoder::new(packed).take(max_bytes.saturating_add(1));
    let mut start = Vec::with_capacity(PROFILE_HEADER_BYTES);
    let header = unpacked.by_ref().take(PROFILE_HEADER_BYTES as u64).read_to_end(&mut start);
    let rest = std::io::copy(&mut unpacked, &mut std::io::sink());
    match (header, rest) {
        (Ok(_), Ok(rest)) => is_profile(&start, start.len() as u64 + rest, max_bytes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn exif(tag: u8, value: u8) -> Vec<u8> {
        [b"MM\0*\0\0\0\x08\0\x01\x01", &[tag, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0][..]].concat()
    }

    #[test]
    fn only_the_orientation_is_left_of_exif() {
        let full = [exif(0x12, 6), b"51.4779 N, 0.0015 W".to_vec()].concat();
        let (orientation, block) = upright(&full);
        assert_eq!(orientation, Orientation::Rotate90);
        assert_eq!(block.len(), 26);
        assert_eq!(upright(&block), (orientation, block.clone()), "what was cleaned stays as it is");
        let short = &block[..22];
        assert_eq!(upright(short), (orientation, short.to_vec()));
        for nothing in [exif(0x12, 1), exif(0x12, 77), exif(0x13, 6), b"II".to_vec(), Vec::new()] {
            assert_eq!(upright(&nothing), (Orientation::NoTransforms, Vec::new()), "{nothing:?}");
        }
        assert_eq!(upright(&NO_EXIF[4..]).0, Orientation::NoTransforms);
    }

    #[test]
    fn a_profile_is_kept_within_its_limit_only() {
        let profile = profile(500);
        assert!(is_profile(&profile, 500, 500) && !is_profile(&profile, 500, 499) && !is_profile(&profile, 499, 500));
        assert!(!is_profile(&profile[..131], 500, 500) && !is_profile(&[0; 500], 500, 500));
        assert!(is_packed_profile(&packed(&profile), 500) && !is_packed_profile(&packed(&profile), 499));
        assert!(!is_packed_profile(&packed(&profile)[..20], 500) && !is_packed_profile(&profile, 500));
    }

    #[test]
    fn a_profile_that_unpacks_to_gigabytes_is_not_unpacked() {
        let mut bomb = profile(1 << 20);
        bomb[..4].copy_from_slice(&[0xff; 4]);
        bomb.resize(64 << 20, 0);
        let bomb = packed(&bomb);
        assert!(bomb.len() < 1 << 20 && !is_packed_profile(&bomb, 2 << 20));
    }

    fn profile(length: u32) -> Vec<u8> {
        let mut profile = vec![0; length as usize];
        profile[..4].copy_from_slice(&length.to_be_bytes());
        profile[36..40].copy_from_slice(b"acsp");
        profile
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }
}
