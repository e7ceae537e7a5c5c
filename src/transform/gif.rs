//! GIF: blocks; <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>.

use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short, position};
use super::edits::Edits;
use super::outline::Outline;
use crate::domain::Format;

const SIGNATURE_BYTES: usize = 6;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
/// How long a frame stays and what becomes of it then.
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// How often an animation is repeated, as both who came up with it wrote it: a block of 11 bytes, one of 3, the end.
const LOOPS: [&[u8]; 2] = [b"\x0bNETSCAPE2.0\x03", b"\x0bANIMEXTS1.0\x03"];
const LOOPS_BYTES: usize = 17;

/// Tables of the decoder, and a row of indices and of pixels.
const DECODER_BYTES: u64 = 1 << 20;

/// Walks the blocks to the trailer; what follows it goes, and so do comments and what programs wrote for themselves.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits) -> Result<Outline, Rejected> {
    walk(bytes, edits).unwrap_or(Err(Rejected::Truncated(Format::Gif)))
}

fn walk(bytes: &[u8], edits: &mut Edits) -> Result<Result<Outline, Rejected>, Short> {
    let mut rest = Bytes::new(bytes);
    rest.take(SIGNATURE_BYTES)?;
    let width = u32::from(rest.u16_le()?);
    let height = u32::from(rest.u16_le()?);
    let flags = rest.u8()?;
    rest.take(2)?;
    skip_colours(&mut rest, flags)?;
    let mut frames = 0_u32;
    loop {
        let start = position(rest.rest(), bytes);
        match rest.u8()? {
            EXTENSION => {
                let label = rest.u8()?;
                let content = rest.rest();
                skip_sub_blocks(&mut rest)?;
                let content = &content[..content.len() - rest.rest().len()];
                let is_loops = content.len() == LOOPS_BYTES && LOOPS.iter().any(|loops| content.starts_with(loops));
                if label != GRAPHIC_CONTROL && !(label == APPLICATION && is_loops) {
                    edits.remove(start..position(rest.rest(), bytes));
                }
            }
            IMAGE => {
                frames = frames.saturating_add(1);
                rest.take(8)?;
                let flags = rest.u8()?;
                skip_colours(&mut rest, flags)?;
                let _code_bits = rest.u8()?;
                skip_sub_blocks(&mut rest)?;
            }
            TRAILER => break,
            // Some encoders write an empty sub-block too many.
            0 => edits.remove(start..start + 1),
            other => {
                return Ok(Err(Rejected::damaged(Format::Gif, format!("a block begins with {other:#04x}"))));
            }
        }
    }
    edits.remove(position(rest.rest(), bytes)..bytes.len());
    Ok(Ok(Outline {
        format: Format::Gif,
        width,
        height,
        frames,
        orientation: Orientation::NoTransforms,
        decoder_bytes: DECODER_BYTES,
    }))
}

fn skip_colours(rest: &mut Bytes<'_>, flags: u8) -> Result<(), Short> {
    if flags & 0x80 != 0 {
        rest.take(3 << ((flags & 7) + 1))?;
    }
    Ok(())
}

fn skip_sub_blocks(rest: &mut Bytes<'_>) -> Result<(), Short> {
    loop {
        match rest.u8()? {
            0 => return Ok(()),
            length => rest.take(length.into())?,
        };
    }
}
