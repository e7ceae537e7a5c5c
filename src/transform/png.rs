//! PNG and APNG: signature and chunks; <https://www.w3.org/TR/png-3/>, sections 5 and 11.

use super::Rejected;
use super::bytes::{Bytes, Short};
use super::outline::{Outline, orientation};
use crate::domain::Format;

const SIGNATURE_BYTES: usize = 8;

/// Walks the chunks to `IEND`. Their checksums are the decoder's business.
pub(super) fn outline(bytes: &[u8]) -> Result<Outline, Rejected> {
    let chunks = walk(bytes).map_err(|Short| Rejected::Truncated(Format::Png))?;
    let (width, height) = chunks.size.ok_or_else(|| Rejected::damaged(Format::Png, "its header is missing"))?;
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
    Ok(Outline { format: Format::Png, width, height, frames, orientation: orientation(chunks.exif) })
}

#[derive(Default)]
struct Chunks<'a> {
    size: Option<(u32, u32)>,
    announced_frames: Option<u32>,
    frames: u32,
    has_data: bool,
    exif: Option<&'a [u8]>,
}

fn walk(bytes: &[u8]) -> Result<Chunks<'_>, Short> {
    let mut rest = Bytes::new(bytes);
    rest.take(SIGNATURE_BYTES)?;
    let mut chunks = Chunks::default();
    loop {
        let length = usize::try_from(rest.u32_be()?).map_err(|_| Short)?;
        let kind = rest.array::<4>()?;
        let data = rest.take(length)?;
        let _checksum = rest.u32_be()?;
        match &kind {
            b"IHDR" if chunks.size.is_none() => {
                let mut data = Bytes::new(data);
                chunks.size = Some((data.u32_be()?, data.u32_be()?));
            }
            // Only before the first data; later ones are to be ignored.
            b"acTL" if !chunks.has_data => chunks.announced_frames = Some(Bytes::new(data).u32_be()?),
            b"fcTL" => chunks.frames = chunks.frames.saturating_add(1),
            b"IDAT" => chunks.has_data = true,
            b"eXIf" if chunks.exif.is_none() => chunks.exif = Some(data),
            b"IEND" => return Ok(chunks),
            _ => {}
        }
    }
}
