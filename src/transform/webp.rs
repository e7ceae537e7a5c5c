//! WebP: RIFF chunks; <https://www.rfc-editor.org/rfc/rfc9649>, section 2.

use std::ops::Range;

use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short, position};
use super::edits::Edits;
use super::metadata::{is_profile, upright};
use super::outline::Outline;
use super::vp8l;
use crate::config::Pictures;
use crate::domain::Format;

/// Bits of the extended header: there is an animation, an Exif block, transparency, a colour profile.
const ANIMATED: u8 = 0x02;
const EXIF: u8 = 0x08;
const ALPHA: u8 = 0x10;
const PROFILE: u8 = 0x20;

/// Where the length of all that follows it stands.
const LENGTH: Range<usize> = 4..8;

/// Walks the chunks that the RIFF header announces; what follows them goes.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits, limits: &Pictures) -> Result<Outline, Rejected> {
    let chunks = walk(bytes, edits, limits).map_err(|Short| Rejected::Truncated(Format::Webp))?;
    let (width, height) = chunks.size.ok_or_else(|| Rejected::damaged(Format::Webp, "its header is missing"))?;
    let is_animated = chunks.flags().is_some_and(|flags| flags & ANIMATED != 0);
    let frames = if is_animated { chunks.frames } else { u32::from(chunks.coding.is_some()) };
    if frames == 0 {
        return Err(Rejected::damaged(Format::Webp, "it has no picture between its start and its end"));
    }
    chunks.correct(bytes, edits);
    let pixels = u64::from(width) * u64::from(height);
    // What the decoder keeps for a pixel, and what it is asked to fill.
    let mut decoder_bytes = pixels * if is_animated { 16 } else { chunks.coding.map_or(8, Coding::decoder_bytes) };
    if decoder_bytes <= limits.max_memory {
        let tables = chunks.tables_bytes(is_animated, limits.max_memory);
        decoder_bytes += tables.map_err(|Short| Rejected::damaged(Format::Webp, "its lossless coding is broken"))?;
    }
    let orientation = chunks.exif.unwrap_or(Orientation::NoTransforms);
    Ok(Outline { format: Format::Webp, width, height, frames, orientation, decoder_bytes })
}

/// The picture of a file with one alone, where the decoder is given no more than it. None for animations and for what
/// has its transparency apart.
pub(super) fn lossy(bytes: &[u8]) -> Option<&[u8]> {
    let chunks = walk(bytes, &mut Edits::default(), &Pictures::default()).ok()?;
    if let Some(Coding::Lossy { data, has_alpha: false }) = chunks.coding { Some(data) } else { None }
}

#[derive(Default)]
struct Chunks<'a> {
    size: Option<(u32, u32)>,
    /// The content of the extended header.
    extended: Option<&'a [u8]>,
    frames: u32,
    /// The content of the first frame of an animation.
    first_frame: Option<&'a [u8]>,
    coding: Option<Coding<'a>>,
    alpha: Option<&'a [u8]>,
    has_profile: bool,
    exif: Option<Orientation>,
    has_exif: bool,
}

#[derive(Clone, Copy)]
enum Coding<'a> {
    Lossy { data: &'a [u8], has_alpha: bool },
    Lossless { data: &'a [u8] },
}

impl Coding<'_> {
    /// For each pixel.
    const fn decoder_bytes(self) -> u64 {
        match self {
            // Three planes, two of them a quarter of the size, and the modes of the blocks.
            Self::Lossy { has_alpha: false, .. } => 2,
            // The same, a plane that is decoded like a picture of its own, and four channels.
            Self::Lossy { has_alpha: true, .. } => 11,
            // Four channels and the three or four that are asked for.
            Self::Lossless { .. } => 8,
        }
    }
}

impl Chunks<'_> {
    fn flags(&self) -> Option<u8> {
        self.extended.and_then(|header| header.first().copied())
    }

    /// What the tables of the picture that is decoded take in the decoder; see `vp8l`.
    fn tables_bytes(&self, is_animated: bool, enough: u64) -> Result<u64, Short> {
        if is_animated {
            // Where it is on the canvas, its measures less one, how long it stays and what becomes of it.
            let mut frame = Bytes::new(self.first_frame.ok_or(Short)?);
            frame.take(6)?;
            let (width, height) = (frame.u24_le()? + 1, frame.u24_le()? + 1);
            frame.take(4)?;
            let kind = frame.array::<4>()?;
            let length = usize::try_from(frame.u32_le()?).map_err(|_| Short)?;
            let data = frame.take(length)?;
            return match &kind {
                b"VP8L" => lossless_tables(data, enough),
                b"ALPH" => alpha_tables(data, width, height, enough),
                _ => Ok(0),
            };
        }
        match (self.coding, self.alpha, self.size) {
            (Some(Coding::Lossless { data }), ..) => lossless_tables(data, enough),
            (Some(Coding::Lossy { .. }), Some(alpha), Some((width, height))) => {
                alpha_tables(alpha, width, height, enough)
            }
            _ => Ok(0),
        }
    }

    /// Lets the headers tell what is left.
    fn correct(&self, bytes: &[u8], edits: &mut Edits) {
        if let Some((extended, flags)) = self.extended.zip(self.flags()) {
            let mut left = flags & (ANIMATED | ALPHA);
            left |= if self.has_exif { EXIF } else { 0 };
            left |= if self.has_profile { PROFILE } else { 0 };
            let at = position(extended, bytes);
            edits.replace(bytes, at..at + 1, vec![left]);
        }
        let length = bytes.len() - LENGTH.end - edits.removed_bytes();
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        edits.replace(bytes, LENGTH, length.to_le_bytes().to_vec());
    }
}

fn walk<'a>(bytes: &'a [u8], edits: &mut Edits, limits: &Pictures) -> Result<Chunks<'a>, Short> {
    let mut file = Bytes::new(bytes);
    file.take(4)?;
    let length = usize::try_from(file.u32_le()?).map_err(|_| Short)?;
    let mut rest = Bytes::new(file.take(length)?);
    edits.remove(position(file.rest(), bytes)..bytes.len());
    rest.take(4)?;
    let mut chunks = Chunks::default();
    while !rest.is_empty() {
        let start = position(rest.rest(), bytes);
        let kind = rest.array::<4>()?;
        let length = usize::try_from(rest.u32_le()?).map_err(|_| Short)?;
        let data = rest.take(length)?;
        if length % 2 == 1 && !rest.is_empty() {
            rest.take(1)?;
        }
        let range = start..position(rest.rest(), bytes);
        match &kind {
            b"VP8X" if chunks.extended.is_none() => {
                let mut header = Bytes::new(data);
                header.take(4)?;
                chunks.size = Some((header.u24_le()? + 1, header.u24_le()? + 1));
                chunks.extended = Some(data);
            }
            b"VP8 " if chunks.coding.is_none() => {
                chunks.coding = Some(Coding::Lossy { data, has_alpha: chunks.alpha.is_some() });
                chunks.size = Some(chunks.size.map_or_else(|| lossy_size(data), Ok)?);
            }
            b"VP8L" if chunks.coding.is_none() => {
                chunks.coding = Some(Coding::Lossless { data });
                chunks.size = Some(chunks.size.map_or_else(|| lossless_size(data), Ok)?);
            }
            b"ANMF" => {
                chunks.frames = chunks.frames.saturating_add(1);
                chunks.first_frame = chunks.first_frame.or(Some(data));
            }
            b"ALPH" if chunks.alpha.is_none() => chunks.alpha = Some(data),
            b"ANIM" => {}
            b"ICCP" if !chunks.has_profile && is_profile(data, data.len() as u64, limits.max_profile_bytes) => {
                chunks.has_profile = true;
            }
            b"EXIF" if chunks.exif.is_none() => {
                // Some writers put JPEG's prefix before it.
                let (orientation, block) = upright(data.strip_prefix(b"Exif\0\0").unwrap_or(data));
                chunks.exif = Some(orientation);
                chunks.has_exif = !block.is_empty();
                let mut chunk = if block.is_empty() { block } else { chunk(kind, block) };
                // The last one of a file may do without the byte that fills it up.
                chunk.truncate(range.len());
                edits.replace(bytes, range, chunk);
            }
            _ => edits.remove(range),
        }
    }
    Ok(chunks)
}

fn chunk(kind: [u8; 4], mut data: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or_default();
    data.resize(data.len().next_multiple_of(2), 0);
    [&kind[..], &length.to_le_bytes(), &data].concat()
}

/// A signature, the measures, whether there is transparency, the version, and then the codes.
fn lossless_tables(data: &[u8], enough: u64) -> Result<u64, Short> {
    let (width, height) = lossless_size(data)?;
    vp8l::tables_bytes(data.get(5..).ok_or(Short)?, width, height, enough)
}

/// How it is packed is in the first byte; what is not packed has no codes.
fn alpha_tables(data: &[u8], width: u32, height: u32, enough: u64) -> Result<u64, Short> {
    match data.split_first() {
        Some((how, stream)) if how & 3 == 1 => vp8l::tables_bytes(stream, width, height, enough),
        _ => Ok(0),
    }
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
