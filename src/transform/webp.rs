//! WebP: RIFF chunks; <https://www.rfc-editor.org/rfc/rfc9649>, section 2.

use super::Rejected;
use super::bytes::{Bytes, Short};
use super::outline::{Outline, orientation};
use crate::domain::Format;

/// Bit of the extended header: there is an animation.
const ANIMATED: u8 = 0x02;

/// Walks the chunks that the RIFF header announces. What follows them is left alone.
pub(super) fn outline(bytes: &[u8]) -> Result<Outline, Rejected> {
    let chunks = walk(bytes).map_err(|Short| Rejected::Truncated(Format::Webp))?;
    let (width, height) = chunks.size.ok_or_else(|| Rejected::damaged(Format::Webp, "its header is missing"))?;
    let frames = if chunks.animated { chunks.frames } else { u32::from(chunks.has_picture) };
    if frames == 0 {
        return Err(Rejected::damaged(Format::Webp, "it has no picture between its start and its end"));
    }
    Ok(Outline { format: Format::Webp, width, height, frames, orientation: orientation(chunks.exif) })
}

#[derive(Default)]
struct Chunks<'a> {
    size: Option<(u32, u32)>,
    animated: bool,
    frames: u32,
    has_picture: bool,
    exif: Option<&'a [u8]>,
}

fn walk(bytes: &[u8]) -> Result<Chunks<'_>, Short> {
    let mut file = Bytes::new(bytes);
    file.take(4)?;
    let length = usize::try_from(file.u32_le()?).map_err(|_| Short)?;
    let mut rest = Bytes::new(file.take(length)?);
    rest.take(4)?;
    let mut chunks = Chunks::default();
    while !rest.is_empty() {
        let kind = rest.array::<4>()?;
        let length = usize::try_from(rest.u32_le()?).map_err(|_| Short)?;
        let data = rest.take(length)?;
        if length % 2 == 1 && !rest.is_empty() {
            rest.take(1)?;
        }
        match &kind {
            b"VP8X" => {
                let mut header = Bytes::new(data);
                chunks.animated = header.u8()? & ANIMATED != 0;
                header.take(3)?;
                chunks.size = Some((header.u24_le()? + 1, header.u24_le()? + 1));
            }
            b"VP8 " => {
                chunks.has_picture = true;
                chunks.size = Some(chunks.size.map_or_else(|| lossy_size(data), Ok)?);
            }
            b"VP8L" => {
                chunks.has_picture = true;
                chunks.size = Some(chunks.size.map_or_else(|| lossless_size(data), Ok)?);
            }
            b"ANMF" => chunks.frames = chunks.frames.saturating_add(1),
            b"EXIF" if chunks.exif.is_none() => {
                // Some writers put JPEG's prefix before it.
                chunks.exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data));
            }
            _ => {}
        }
    }
    Ok(chunks)
}

/// From the frame header of VP8; RFC 6386, section 9.1: 14 bits each, above them a hint for scaling.
fn lossy_size(data: &[u8]) -> Result<(u32, u32), Short> {
    let mut data = Bytes::new(data);
    data.take(6)?;
    Ok((u32::from(data.u16_le()? & 0x3fff), u32::from(data.u16_le()? & 0x3fff)))
}

/// From the image header of VP8L; RFC 9649, section 3.4: 14 bits each, less one.
fn lossless_size(data: &[u8]) -> Result<(u32, u32), Short> {
    let mut data = Bytes::new(data);
    data.take(1)?;
    let bits = data.u32_le()?;
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}
