//! JPEG: markers and segments; ITU-T T.81, <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>, annex B.

use std::ops::Range;

use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short, position};
use super::edits::Edits;
use super::metadata::{is_profile, upright};
use super::outline::Outline;
use crate::config::Pictures;
use crate::domain::Format;

/// More scans than any encoder writes; each costs a decoder a pass over the whole picture.
const MAX_SCANS: u32 = 100;

const SOF_PROGRESSIVE: u8 = 0xc2;
const DHT: u8 = 0xc4;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DNL: u8 = 0xdc;
const DRI: u8 = 0xdd;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

/// Walks the segments to the end of the image. What follows it goes (cameras append previews and films), and so does
/// what stands between segments, and all segments that a decoder does not need.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits, limits: &Pictures) -> Result<Outline, Rejected> {
    let mut walk = Walk { bytes, edits, frame: None, exif: None, scans: 0, profile: Profile::default() };
    walk.run().unwrap_or(Err(Rejected::Truncated(Format::Jpeg)))?;
    let Walk { frame, exif, scans, profile, .. } = walk;
    profile.keep_if_sound(edits, limits);
    match frame {
        _ if scans > MAX_SCANS => {
            Err(Rejected::damaged(Format::Jpeg, format!("it has {scans} scans, {MAX_SCANS} are the most")))
        }
        Some(Frame { width, height, decoder_bytes }) if scans > 0 => Ok(Outline {
            format: Format::Jpeg,
            width,
            height,
            frames: 1,
            orientation: exif.unwrap_or(Orientation::NoTransforms),
            decoder_bytes,
        }),
        _ => Err(Rejected::damaged(Format::Jpeg, "it has no picture between its start and its end")),
    }
}

struct Walk<'a, 'e> {
    bytes: &'a [u8],
    edits: &'e mut Edits,
    frame: Option<Frame>,
    exif: Option<Orientation>,
    scans: u32,
    profile: Profile<'a>,
}

impl<'a> Walk<'a, '_> {
    fn run(&mut self) -> Result<Result<(), Rejected>, Short> {
        let mut rest = Bytes::new(self.bytes);
        loop {
            let before = position(rest.rest(), self.bytes);
            let marker = next_marker(&mut rest)?;
            let start = position(rest.rest(), self.bytes) - 2;
            self.edits.remove(before..start);
            match marker {
                SOI if start == 0 => {}
                EOI => {
                    self.edits.remove(start + 2..self.bytes.len());
                    return Ok(Ok(()));
                }
                // A second start, and two markers without a meaning.
                SOI | 0x01 | 0x02..=0xbf => self.edits.remove(start..start + 2),
                marker => {
                    let content = segment(&mut rest)?;
                    let range = start..position(rest.rest(), self.bytes);
                    if let Err(rejected) = self.segment(marker, content, range)? {
                        return Ok(Err(rejected));
                    }
                    if marker == SOS {
                        self.scans += 1;
                        skip_scan(&mut rest)?;
                    }
                }
            }
        }
    }

    fn segment(&mut self, marker: u8, content: &'a [u8], range: Range<usize>) -> Result<Result<(), Rejected>, Short> {
        match marker {
            SOS | DHT | DQT | DNL | DRI => {}
            0xc0..=SOF_PROGRESSIVE => self.frame = Some(Frame::read(content, marker == SOF_PROGRESSIVE)?),
            0xc3..=0xcf | 0xde | 0xdf => {
                let coding = "JPEG in an arithmetic, lossless or hierarchical coding";
                return Ok(Err(Rejected::NotServed(coding)));
            }
            APP0 if content.starts_with(b"JFIF\0") && content.len() >= 14 => {
                // Without the thumbnail that may follow.
                let header = [&[0xff, APP0, 0, 16], &content[..12], &[0, 0]].concat();
                self.edits.replace(self.bytes, range, header);
            }
            APP1 if content.starts_with(b"Exif\0\0") && self.exif.is_none() => {
                let (orientation, block) = upright(&content[6..]);
                self.exif = Some(orientation);
                match u8::try_from(block.len() + 8) {
                    Ok(length) if !block.is_empty() => {
                        let segment = [&[0xff, APP1, 0, length], &content[..6], &block].concat();
                        self.edits.replace(self.bytes, range, segment);
                    }
                    _ => self.edits.remove(range),
                }
            }
            APP2 if content.starts_with(b"ICC_PROFILE\0") => self.profile.parts.push((range, &content[12..])),
            APP14 if content.starts_with(b"Adobe") && content.len() >= 12 => {
                let segment = [&[0xff, APP14, 0, 14], &content[..12]].concat();
                self.edits.replace(self.bytes, range, segment);
            }
            _ => self.edits.remove(range),
        }
        Ok(Ok(()))
    }
}

/// A colour profile, in as many parts as it needs: each begins with its number and that of all.
#[derive(Default)]
struct Profile<'a> {
    parts: Vec<(Range<usize>, &'a [u8])>,
}

impl Profile<'_> {
    /// All of its parts are there once, in their order, and make a profile; otherwise all of them go.
    fn keep_if_sound(self, edits: &mut Edits, limits: &Pictures) {
        let count = self.parts.len();
        let is_in_order = self.parts.iter().enumerate().all(|(index, (_, part))| {
            part.first_chunk().is_some_and(|&[number, of]| usize::from(number) == index + 1 && usize::from(of) == count)
        });
        let length = self.parts.iter().map(|(_, part)| part.len().saturating_sub(2) as u64).sum();
        let start = self.parts.first().and_then(|(_, part)| part.get(2..)).unwrap_or_default();
        if !(is_in_order && is_profile(start, length, limits.max_profile_bytes)) {
            self.parts.into_iter().for_each(|(range, _)| edits.remove(range));
        }
    }
}

/// What a frame header says, and how much memory decoding it takes.
struct Frame {
    width: u32,
    height: u32,
    decoder_bytes: u64,
}

impl Frame {
    fn read(content: &[u8], is_progressive: bool) -> Result<Self, Short> {
        let mut content = Bytes::new(content);
        let _precision = content.u8()?;
        let (height, width) = (content.u16_be()?, content.u16_be()?);
        let count = content.u8()?;
        let mut samples = 0;
        let mut most = 1;
        for _ in 0..count {
            let [_id, factors, _table] = content.array()?;
            let factors = u64::from(factors >> 4) * u64::from(factors & 15);
            samples += factors;
            most = most.max(factors);
        }
        // Whole blocks of up to 4 x 4 times 8 x 8 pixels.
        let padded = |side: u16| u64::from(side).next_multiple_of(32);
        let pixels = padded(width) * padded(height);
        // It is decoded at an eighth of its size, or to no more than 128 x 128: planes of the components and all of
        // them together, beside the coefficients of a row of blocks.
        let scaled = 2 * u64::from(count) * (pixels / 64 + 128 * 128) + 256 * padded(width);
        // 16 bits for each coefficient, at the full size.
        let coefficients = if is_progressive { 2 * pixels * samples / most } else { 0 };
        Ok(Self { width: width.into(), height: height.into(), decoder_bytes: scaled + coefficients })
    }
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
