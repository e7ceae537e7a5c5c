//! What an AVIF file holds beside its picture: Exif and XMP items, boxes for other programs, unused space.

use std::collections::HashMap;

use super::super::bytes::{Bytes, Short};
use super::super::edits::Edits;
use super::super::metadata::NO_EXIF;
use super::locations::{self, Place};
use super::{Kind, find, item_id, next_box, version_and_flags};

/// Overwrites all of it.
pub(super) fn blank(file: &[u8], edits: &mut Edits) -> Result<(), Short> {
    blank_boxes(file, file, edits, 0)
}

/// Boxes that hold boxes, as far down as metadata are found: `moov`, `trak` in it, `udta` in either.
fn blank_boxes(boxes: &[u8], file: &[u8], edits: &mut Edits, depth: u8) -> Result<(), Short> {
    let mut rest = Bytes::new(boxes);
    while let Some((kind, payload)) = next_box(&mut rest)? {
        match &kind {
            b"meta" => blank_items(payload, file, edits)?,
            b"moov" | b"trak" if depth < 2 => blank_boxes(payload, file, edits, depth + 1)?,
            _ if is_unused(kind) => edits.blank(file, payload, &[]),
            _ => {}
        }
    }
    Ok(())
}

/// Space for later, boxes of other programs, what users wrote.
fn is_unused(kind: Kind) -> bool {
    matches!(&kind, b"free" | b"skip" | b"uuid" | b"udta")
}

/// The items of a `meta` box that are not of the picture.
fn blank_items(meta: &[u8], file: &[u8], edits: &mut Edits) -> Result<(), Short> {
    let mut meta = Bytes::new(meta);
    version_and_flags(&mut meta)?;
    let meta = meta.rest();
    let mut boxes = Bytes::new(meta);
    while let Some((kind, payload)) = next_box(&mut boxes)? {
        if is_unused(kind) {
            edits.blank(file, payload, &[]);
        }
    }
    let (Some(iinf), Some(iloc)) = (find(meta, *b"iinf")?, find(meta, *b"iloc")?) else { return Ok(()) };
    let data = find(meta, *b"idat")?.unwrap_or_default();
    let items = foreign_items(iinf)?;
    if items.is_empty() {
        return Ok(());
    }
    let mut is_within = true;
    locations::each(iloc, |extent| {
        let Some(kind) = items.get(&extent.item) else { return };
        let whole = match extent.place {
            Place::File => file,
            Place::Data => data,
            Place::Elsewhere => &[],
        };
        let range = usize::try_from(extent.start).ok().zip(usize::try_from(extent.length).ok());
        match range.and_then(|(start, length)| whole.get(start..start.checked_add(length)?)) {
            Some(part) if !part.is_empty() => edits.blank(file, part, if kind == b"Exif" { NO_EXIF } else { &[] }),
            // Of no length means all there is: no program writes that for metadata.
            _ => is_within = false,
        }
    })?;
    if is_within { Ok(()) } else { Err(Short) }
}

/// The ids and kinds of what is neither coded picture nor put together from such.
fn foreign_items(iinf: &[u8]) -> Result<HashMap<u32, Kind>, Short> {
    let mut items = HashMap::new();
    let mut rest = Bytes::new(iinf);
    let (version, _) = version_and_flags(&mut rest)?;
    rest.take(if version == 0 { 2 } else { 4 })?;
    while let Some((kind, entry)) = next_box(&mut rest)? {
        let mut entry = Bytes::new(entry);
        let (version, _) = version_and_flags(&mut entry)?;
        if &kind == b"infe" && version >= 2 {
            let item = item_id(&mut entry, version > 2)?;
            let _protection = entry.u16_be()?;
            let kind: Kind = entry.array()?;
            if matches!(&kind, b"Exif" | b"mime" | b"uri ") && items.len() < MAX_ITEMS {
                items.insert(item, kind);
            }
        }
    }
    Ok(items)
}

/// More than any program writes; further ones are left as they are.
const MAX_ITEMS: usize = 1_000;
