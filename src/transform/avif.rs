//! AVIF: boxes of the ISO base media file format. Only the container is read; the pixels are AV1, for which there is no
//! decoder in pure Rust.
//!
//! ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items) and <https://aomediacodec.github.io/av1-avif/>.

use image::metadata::Orientation;

use super::Rejected;
use super::bytes::{Bytes, Short};
use super::edits::Edits;
use super::outline::Outline;
use crate::domain::Format;

mod locations;
mod metadata;

type Kind = [u8; 4];

/// Whether a file that begins with `ftyp` is AVIF.
pub(super) fn recognise(bytes: &[u8]) -> Result<Format, Rejected> {
    let (major, compatible) = brands(bytes).map_err(|Short| Rejected::NotAPicture)?;
    let has = |wanted: &[&Kind]| wanted.contains(&&major) || compatible.iter().any(|brand| wanted.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        Ok(Format::Avif)
    } else if has(&[b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Err(Rejected::NotServed("HEIC"))
    } else {
        Err(Rejected::NotAPicture)
    }
}

/// Walks the boxes: of the primary item for a still picture, of the picture track for an image sequence.
///
/// Boxes are found by their distance from the start of the file: what has to go is overwritten. Nothing but boxes may
/// follow the picture.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits) -> Result<Outline, Rejected> {
    let truncated = |Short| Rejected::Truncated(Format::Avif);
    let top = Top::read(bytes).map_err(truncated)?;
    // As the specification asks of readers, the major brand decides which of the two a file with both is.
    let is_sequence = brands(bytes).map_err(truncated)?.0 == *b"avis";
    let picture = match (top.meta, top.moov) {
        (_, Some(moov)) if is_sequence => sequence(moov, bytes.len() as u64),
        (Some(meta), _) if !is_sequence => still(meta, bytes.len() as u64),
        _ => Ok(None),
    };
    let damaged = |Short| Rejected::damaged(Format::Avif, "a box is longer than what holds it");
    let picture = picture.map_err(damaged)?;
    match picture {
        None => Err(Rejected::damaged(Format::Avif, "it has no AV1 picture")),
        Some(picture) if !picture.is_whole => Err(Rejected::Truncated(Format::Avif)),
        Some(Picture { width, height, frames, orientation, .. }) => {
            metadata::blank(bytes, edits).map_err(damaged)?;
            Ok(Outline { format: Format::Avif, width, height, frames, orientation, decoder_bytes: 0 })
        }
    }
}

struct Picture {
    width: u32,
    height: u32,
    frames: u32,
    orientation: Orientation,
    /// Whether all bytes that the boxes speak of are there.
    is_whole: bool,
}

/// The boxes of the file itself.
struct Top<'a> {
    meta: Option<&'a [u8]>,
    moov: Option<&'a [u8]>,
}

impl<'a> Top<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut top = Self { meta: None, moov: None };
        let mut rest = Bytes::new(bytes);
        while let Some((kind, payload)) = next_box(&mut rest)? {
            match &kind {
                b"meta" => top.meta = top.meta.or(Some(payload)),
                b"moov" => top.moov = top.moov.or(Some(payload)),
                _ => {}
            }
        }
        Ok(top)
    }
}

/// The major brand, and the compatible ones.
fn brands(bytes: &[u8]) -> Result<(Kind, &[Kind]), Short> {
    let (_, payload) = next_box(&mut Bytes::new(bytes))?.ok_or(Short)?;
    let (major, rest) = payload.split_first_chunk::<4>().ok_or(Short)?;
    Ok((*major, rest.get(4..).unwrap_or_default().as_chunks::<4>().0))
}

fn next_box<'a>(rest: &mut Bytes<'a>) -> Result<Option<(Kind, &'a [u8])>, Short> {
    if rest.is_empty() {
        return Ok(None);
    }
    let size = rest.u32_be()?;
    let kind = rest.array()?;
    let payload_bytes = match size {
        // To the end of the file.
        0 => rest.rest().len() as u64,
        1 => rest.u64_be()?.checked_sub(16).ok_or(Short)?,
        size => u64::from(size).checked_sub(8).ok_or(Short)?,
    };
    let payload = rest.take(usize::try_from(payload_bytes).map_err(|_| Short)?)?;
    Ok(Some((kind, payload)))
}

/// The first box of a kind among these.
fn find(boxes: &[u8], wanted: Kind) -> Result<Option<&[u8]>, Short> {
    let mut rest = Bytes::new(boxes);
    while let Some((kind, payload)) = next_box(&mut rest)? {
        if kind == wanted {
            return Ok(Some(payload));
        }
    }
    Ok(None)
}

/// Takes the version and the flags that begin a full box.
fn version_and_flags(payload: &mut Bytes<'_>) -> Result<(u8, u32), Short> {
    let [version, flags @ ..] = payload.array::<4>()?;
    Ok((version, u32::from_be_bytes([0, flags[0], flags[1], flags[2]])))
}

fn item_id(payload: &mut Bytes<'_>, is_long: bool) -> Result<u32, Short> {
    if is_long { payload.u32_be() } else { payload.u16_be().map(u32::from) }
}

/// The primary item of a `meta` box.
fn still(meta: &[u8], file_bytes: u64) -> Result<Option<Picture>, Short> {
    let mut meta = Bytes::new(meta);
    version_and_flags(&mut meta)?;
    let meta = meta.rest();
    let (Some(pitm), Some(iinf), Some(iprp), Some(iloc)) =
        (find(meta, *b"pitm")?, find(meta, *b"iinf")?, find(meta, *b"iprp")?, find(meta, *b"iloc")?)
    else {
        return Ok(None);
    };
    let mut pitm = Bytes::new(pitm);
    let (version, _) = version_and_flags(&mut pitm)?;
    let primary = item_id(&mut pitm, version > 0)?;
    // A grid is put together of AV1 items and has measures of its own.
    let is_av1 = matches!(item_kind(iinf, primary)?.as_ref(), Some(b"av01" | b"grid"));
    let properties = properties(iprp, primary)?;
    Ok(properties.size.filter(|_| is_av1).map(|(width, height)| Picture {
        width,
        height,
        frames: 1,
        orientation: properties.orientation,
        is_whole: extents_end(iloc).is_ok_and(|end| end <= file_bytes),
    }))
}

fn item_kind(iinf: &[u8], item: u32) -> Result<Option<Kind>, Short> {
    let mut rest = Bytes::new(iinf);
    let (version, _) = version_and_flags(&mut rest)?;
    rest.take(if version == 0 { 2 } else { 4 })?;
    while let Some((kind, entry)) = next_box(&mut rest)? {
        let mut entry = Bytes::new(entry);
        let (version, _) = version_and_flags(&mut entry)?;
        // Earlier versions name no kind and do not occur in AVIF.
        if &kind == b"infe" && version >= 2 && item_id(&mut entry, version > 2)? == item {
            let _protection = entry.u16_be()?;
            return entry.array().map(Some);
        }
    }
    Ok(None)
}

struct Properties {
    size: Option<(u32, u32)>,
    orientation: Orientation,
}

fn properties(iprp: &[u8], item: u32) -> Result<Properties, Short> {
    let mut found = Properties { size: None, orientation: Orientation::NoTransforms };
    let (Some(ipco), Some(ipma)) = (find(iprp, *b"ipco")?, find(iprp, *b"ipma")?) else {
        return Ok(found);
    };
    let wanted = associations(ipma, item)?;
    let mut rest = Bytes::new(ipco);
    let mut index = 0_u16;
    while let Some((kind, payload)) = next_box(&mut rest)? {
        // Counted from 1; 0 means none. More than 32,767 cannot be named.
        index = index.saturating_add(1);
        if !wanted.contains(&index) {
            continue;
        }
        let mut payload = Bytes::new(payload);
        match &kind {
            b"ispe" => {
                version_and_flags(&mut payload)?;
                found.size = Some((payload.u32_be()?, payload.u32_be()?));
            }
            b"irot" => {
                // Counted in quarter turns against the clock.
                found.orientation = match payload.u8()? & 3 {
                    0 => Orientation::NoTransforms,
                    1 => Orientation::Rotate270,
                    2 => Orientation::Rotate180,
                    _ => Orientation::Rotate90,
                };
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The numbers of an item's properties; at most 255 of them.
fn associations(ipma: &[u8], item: u32) -> Result<Vec<u16>, Short> {
    let mut rest = Bytes::new(ipma);
    let (version, flags) = version_and_flags(&mut rest)?;
    let is_wide = flags & 1 != 0;
    for _ in 0..rest.u32_be()? {
        let entry = item_id(&mut rest, version > 0)?;
        let count = usize::from(rest.u8()?);
        let numbers = rest.take(if is_wide { count * 2 } else { count })?;
        if entry == item {
            return Ok(if is_wide {
                numbers.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair) & 0x7fff).collect()
            } else {
                numbers.iter().map(|number| u16::from(number & 0x7f)).collect()
            });
        }
    }
    Ok(Vec::new())
}

/// Where the last byte that an item occupies in the file is, plus one.
fn extents_end(iloc: &[u8]) -> Result<u64, Short> {
    let mut end = 0;
    locations::each(iloc, |extent| {
        // The others are in a box of `meta`, or made from other items.
        if extent.place == locations::Place::File {
            end = end.max(extent.start.saturating_add(extent.length));
        }
    })?;
    Ok(end)
}

/// The picture track of a `moov` box.
fn sequence(moov: &[u8], file_bytes: u64) -> Result<Option<Picture>, Short> {
    let mut rest = Bytes::new(moov);
    while let Some((kind, trak)) = next_box(&mut rest)? {
        if &kind == b"trak" {
            let (Some(tkhd), Some(mdia)) = (find(trak, *b"tkhd")?, find(trak, *b"mdia")?) else { continue };
            if handler(mdia)?.as_ref() != Some(b"pict") {
                continue;
            }
            let Some((frames, end)) = samples(mdia)? else { continue };
            let (width, height) = track_size(tkhd)?;
            let is_whole = end <= file_bytes;
            return Ok(Some(Picture { width, height, frames, orientation: Orientation::NoTransforms, is_whole }));
        }
    }
    Ok(None)
}

fn handler(mdia: &[u8]) -> Result<Option<Kind>, Short> {
    let Some(hdlr) = find(mdia, *b"hdlr")? else { return Ok(None) };
    let mut hdlr = Bytes::new(hdlr);
    hdlr.take(8)?;
    hdlr.array().map(Some)
}

/// How many samples a track has, each a frame, and where the last byte of them is in the file, plus one.
fn samples(mdia: &[u8]) -> Result<Option<(u32, u64)>, Short> {
    let Some(minf) = find(mdia, *b"minf")? else { return Ok(None) };
    let Some(stbl) = find(minf, *b"stbl")? else { return Ok(None) };
    let (Some(sample_sizes), Some(runs)) = (find(stbl, *b"stsz")?, find(stbl, *b"stsc")?) else { return Ok(None) };
    let (chunks, offset_bytes) = match (find(stbl, *b"stco")?, find(stbl, *b"co64")?) {
        (Some(stco), _) => (stco, 4),
        (None, Some(co64)) => (co64, 8),
        (None, None) => return Ok(None),
    };
    let mut sizes = Bytes::new(sample_sizes);
    version_and_flags(&mut sizes)?;
    let common_size = sizes.u32_be()?;
    let count = sizes.u32_be()?;
    let mut chunks = Bytes::new(chunks);
    version_and_flags(&mut chunks)?;
    let mut runs = Runs::read(runs)?;
    let mut left = count;
    let mut end = 0_u64;
    for chunk in 1..=chunks.u32_be()? {
        let mut at = chunks.uint_be(offset_bytes)?;
        let in_chunk = runs.samples_in(chunk)?.min(left);
        left -= in_chunk;
        if common_size > 0 {
            at = at.saturating_add(u64::from(common_size) * u64::from(in_chunk));
        } else {
            for _ in 0..in_chunk {
                at = at.saturating_add(sizes.u32_be()?.into());
            }
        }
        end = end.max(at);
    }
    // Samples that are in no chunk are nowhere.
    Ok(if left == 0 { Some((count, end)) } else { None })
}

/// How many samples are in each chunk, told as runs of chunks that have as many.
struct Runs<'a> {
    rest: Bytes<'a>,
    left: u32,
    samples: u32,
    next_first_chunk: u32,
}

impl<'a> Runs<'a> {
    fn read(stsc: &'a [u8]) -> Result<Self, Short> {
        let mut rest = Bytes::new(stsc);
        version_and_flags(&mut rest)?;
        let left = rest.u32_be()?;
        let next_first_chunk = if left > 0 { rest.u32_be()? } else { u32::MAX };
        Ok(Self { rest, left, samples: 0, next_first_chunk })
    }

    /// For chunks in their order, counted from 1.
    fn samples_in(&mut self, chunk: u32) -> Result<u32, Short> {
        while self.left > 0 && self.next_first_chunk <= chunk {
            self.samples = self.rest.u32_be()?;
            let _description = self.rest.u32_be()?;
            self.left -= 1;
            if self.left > 0 {
                self.next_first_chunk = self.rest.u32_be()?;
            }
        }
        Ok(self.samples)
    }
}

/// Whole pixels of a track header's fixed-point measures.
fn track_size(tkhd: &[u8]) -> Result<(u32, u32), Short> {
    let mut tkhd = Bytes::new(tkhd);
    let (version, _) = version_and_flags(&mut tkhd)?;
    let times = if version == 0 { 20 } else { 32 };
    tkhd.take(times + 52)?;
    Ok((tkhd.u32_be()? >> 16, tkhd.u32_be()? >> 16))
}
