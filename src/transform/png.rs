//! PNG and APNG: signature and chunks; <https://www.w3.org/TR/png-3/>, sections 5 and 11.

use flate2::Crc;
use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short, position};
use super::edits::Edits;
use super::metadata::{is_packed_profile, upright};
use super::outline::Outline;
use crate::config::Pictures;
use crate::domain::Format;

const SIGNATURE_BYTES: usize = 8;

/// The chunks that stay beside those without which there is no picture: the frames, and how they are to look.
const KEPT: [&[u8; 4]; 13] = [
    b"acTL", b"fcTL", b"fdAT", b"tRNS", b"bKGD", b"pHYs", b"sBIT", b"cHRM", b"gAMA", b"sRGB", b"cICP", b"mDCV", b"cLLI",
];

/// Walks the chunks to `IEND`; what follows it goes. Their checksums are the decoder's business.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits, limits: &Pictures) -> Result<Outline, Rejected> {
    let chunks = walk(bytes, edits, limits).map_err(|Short| Rejected::Truncated(Format::Png))?;
    let Header { width, height, decoder_bytes } =
        chunks.header.ok_or_else(|| Rejected::damaged(Format::Png, "its header is missing"))?;
    if !chunks.has_data {
        return Err(Rejected::damaged(Format::Png, "it has no picture between its start and its end"));
    }
    let frames = match chunks.announced_frames {
        None => 1,
        Some(announced) if announced == chunks.frames => announced,
        Some(announced) => {
            let reason = format!("it announces {announced} frames and has {}", chunks.frames);
            return Err(Rejected::damaged(Format::Png, reason));
        }
    };
    let orientation = chunks.exif.unwrap_or(Orientation::NoTransforms);
    Ok(Outline { format: Format::Png, width, height, frames, orientation, decoder_bytes })
}

#[derive(Default)]
struct Chunks {
    header: Option<Header>,
    announced_frames: Option<u32>,
    frames: u32,
    has_data: bool,
    exif: Option<Orientation>,
    has_profile: bool,
}

struct Header {
    width: u32,
    height: u32,
    decoder_bytes: u64,
}

fn walk(bytes: &[u8], edits: &mut Edits, limits: &Pictures) -> Result<Chunks, Short> {
    let mut rest = Bytes::new(bytes);
    rest.take(SIGNATURE_BYTES)?;
    let mut chunks = Chunks::default();
    loop {
        let start = position(rest.rest(), bytes);
        let length = usize::try_from(rest.u32_be()?).map_err(|_| Short)?;
        let kind = rest.array::<4>()?;
        let data = rest.take(length)?;
        let _checksum = rest.u32_be()?;
        let range = start..position(rest.rest(), bytes);
        match &kind {
            b"IHDR" if chunks.header.is_none() => chunks.header = Some(Header::read(data)?),
            // Only before the first data; later ones are to be ignored.
            b"acTL" if !chunks.has_data => chunks.announced_frames = Some(Bytes::new(data).u32_be()?),
            b"fcTL" => chunks.frames = chunks.frames.saturating_add(1),
            b"IDAT" => chunks.has_data = true,
            b"eXIf" if chunks.exif.is_none() => {
                let (orientation, block) = upright(data);
                chunks.exif = Some(orientation);
                let chunk = if block.is_empty() { block } else { exif_chunk(&block) };
                edits.replace(bytes, range, chunk);
            }
            b"iCCP" if !chunks.has_profile && is_profile(data, limits) => chunks.has_profile = true,
            b"IEND" => {
                edits.remove(range.end..bytes.len());
                return Ok(chunks);
            }
            // A chunk that must not be left out says so in its first letter; no decoder takes one that it does not know.
            [first, ..] if first.is_ascii_uppercase() => {}
            kind if KEPT.contains(&kind) => {}
            _ => edits.remove(range),
        }
    }
}

impl Header {
    fn read(data: &[u8]) -> Result<Self, Short> {
        let mut data = Bytes::new(data);
        let (width, height) = (data.u32_be()?, data.u32_be()?);
        // Two rows and the unpacked data before them, of up to four channels of 16 bits, and what unpacking needs.
        let decoder_bytes = u64::from(width) * 8 * 6 + (1 << 20);
        Ok(Self { width, height, decoder_bytes })
    }
}

/// The name, a zero, the method of packing (there is one), and the packed profile.
fn is_profile(data: &[u8], limits: &Pictures) -> bool {
    let name = data.iter().take(80).position(|&byte| byte == 0);
    let packed = name.and_then(|end| data.get(end + 1..)).and_then(|data| data.strip_prefix(b"\0"));
    packed.is_some_and(|packed| is_packed_profile(packed, limits.max_profile_bytes))
}

fn exif_chunk(block: &[u8]) -> Vec<u8> {
    let length = u32::try_from(block.len()).unwrap_or_default();
    let named = [b"eXIf", block].concat();
    let mut checksum = Crc::new();
    checksum.update(&named);
    [&length.to_be_bytes()[..], &named, &checksum.sum().to_be_bytes()].concat()
}
