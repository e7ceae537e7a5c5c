//! GIF: blocks; <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>.

use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short};
use super::outline::Outline;
use crate::domain::Format;

const SIGNATURE_BYTES: usize = 6;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

/// Walks the blocks to the trailer.
pub(super) fn outline(bytes: &[u8]) -> Result<Outline, Rejected> {
    walk(bytes).unwrap_or(Err(Rejected::Truncated(Format::Gif)))
}

fn walk(bytes: &[u8]) -> Result<Result<Outline, Rejected>, Short> {
    let mut rest = Bytes::new(bytes);
    rest.take(SIGNATURE_BYTES)?;
    let width = u32::from(rest.u16_le()?);
    let height = u32::from(rest.u16_le()?);
    let flags = rest.u8()?;
    rest.take(2)?;
    skip_colours(&mut rest, flags)?;
    let mut frames = 0_u32;
    loop {
        match rest.u8()? {
            EXTENSION => {
                let _label = rest.u8()?;
                skip_sub_blocks(&mut rest)?;
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
            0 => {}
            other => {
                return Ok(Err(Rejected::damaged(Format::Gif, format!("a block begins with {other:#04x}"))));
            }
        }
    }
    Ok(Ok(Outline { format: Format::Gif, width, height, frames, orientation: Orientation::NoTransforms }))
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
