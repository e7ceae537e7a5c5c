//! JPEG: markers and segments; ITU-T T.81, <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>, annex B.

use super::Rejected;
use super::bytes::{Bytes, Short};
use super::outline::{Outline, orientation};
use crate::domain::Format;

/// More scans than any encoder writes; each costs a decoder a pass over the whole picture.
const MAX_SCANS: u32 = 100;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;
const TEM: u8 = 0x01;

/// Walks the segments to the end of the image. What follows it (cameras append previews and films) is left alone.
pub(super) fn outline(bytes: &[u8]) -> Result<Outline, Rejected> {
    walk(bytes).unwrap_or(Err(Rejected::Truncated(Format::Jpeg)))
}

fn walk(bytes: &[u8]) -> Result<Result<Outline, Rejected>, Short> {
    let mut rest = Bytes::new(bytes);
    let mut size = None;
    let mut exif = None;
    let mut scans = 0;
    loop {
        match next_marker(&mut rest)? {
            SOI | TEM => {}
            EOI => break,
            marker => {
                let segment = segment(&mut rest)?;
                match marker {
                    APP1 if exif.is_none() => exif = segment.strip_prefix(b"Exif\0\0"),
                    SOS => {
                        scans += 1;
                        skip_scan(&mut rest)?;
                    }
                    marker if is_frame_header(marker) => size = Some(frame_size(segment)?),
                    _ => {}
                }
            }
        }
    }
    Ok(match size {
        _ if scans > MAX_SCANS => {
            Err(Rejected::damaged(Format::Jpeg, format!("it has {scans} scans, {MAX_SCANS} are the most")))
        }
        Some((width, height)) if scans > 0 => {
            Ok(Outline { format: Format::Jpeg, width, height, frames: 1, orientation: orientation(exif) })
        }
        _ => Err(Rejected::damaged(Format::Jpeg, "it has no picture between its start and its end")),
    })
}

/// The next marker; stray bytes before it are skipped, as decoders do.
fn next_marker(rest: &mut Bytes<'_>) -> Result<u8, Short> {
    loop {
        while rest.u8()? != 0xff {}
        let marker = loop {
            match rest.u8()? {
                0xff => {}
                marker => break marker,
            }
        };
        if marker != 0 && !is_restart(marker) {
            return Ok(marker);
        }
    }
}

fn segment<'a>(rest: &mut Bytes<'a>) -> Result<&'a [u8], Short> {
    let length = usize::from(rest.u16_be()?);
    rest.take(length.saturating_sub(2))
}

/// Steps over entropy-coded data to the marker that ends it.
fn skip_scan(rest: &mut Bytes<'_>) -> Result<(), Short> {
    let data = rest.rest();
    let mut from = 0;
    loop {
        let found = data.get(from..).and_then(|data| data.iter().position(|&byte| byte == 0xff)).ok_or(Short)?;
        let at = from + found;
        match data.get(at + 1) {
            None => return Err(Short),
            Some(&next) if next == 0 || is_restart(next) => from = at + 2,
            Some(0xff) => from = at + 1,
            Some(_) => return rest.take(at).map(drop),
        }
    }
}

const fn is_restart(marker: u8) -> bool {
    matches!(marker, 0xd0..=0xd7)
}

/// SOF0 to SOF15, without the tables and the extension that share their range.
const fn is_frame_header(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn frame_size(segment: &[u8]) -> Result<(u32, u32), Short> {
    let mut segment = Bytes::new(segment);
    let _precision = segment.u8()?;
    let height = segment.u16_be()?;
    let width = segment.u16_be()?;
    Ok((width.into(), height.into()))
}
