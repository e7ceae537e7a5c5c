//! Where the bytes of items are: the `iloc` box; ISO/IEC 14496-12, section 8.11.3.

use super::super::bytes::{Bytes, Short};
use super::{item_id, version_and_flags};

/// What an extent's start is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The start of the file.
    File,
    /// The start of the `idat` box beside.
    Data,
    /// Another item, or another file.
    Elsewhere,
}

/// A run of bytes of an item.
pub(super) struct Extent {
    pub(super) item: u32,
    pub(super) place: Place,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// Visits every extent of every item.
pub(super) fn each(iloc: &[u8], mut visit: impl FnMut(Extent)) -> Result<(), Short> {
    let mut rest = Bytes::new(iloc);
    let (version, _) = version_and_flags(&mut rest)?;
    let [widths, more_widths] = rest.array()?;
    let (offset_bytes, length_bytes) = (usize::from(widths >> 4), usize::from(widths & 15));
    let (base_bytes, index_bytes) = (usize::from(more_widths >> 4), usize::from(more_widths & 15));
    let has_method = matches!(version, 1 | 2);
    for _ in 0..item_id(&mut rest, version > 1)? {
        let item = item_id(&mut rest, version > 1)?;
        let method = if has_method { rest.u16_be()? & 15 } else { 0 };
        let data_reference = rest.u16_be()?;
        let place = match (method, data_reference) {
            (0, 0) => Place::File,
            (1, _) => Place::Data,
            _ => Place::Elsewhere,
        };
        let base = rest.uint_be(base_bytes)?;
        let extents = rest.u16_be()?;
        // One that takes no bytes to tell says the same as all others: telling 65,535 of them costs time and no bytes.
        let told = if offset_bytes + length_bytes == 0 { extents.min(1) } else { extents };
        for _ in 0..told {
            if has_method {
                rest.take(index_bytes)?;
            }
            let start = base.saturating_add(rest.uint_be(offset_bytes)?);
            let length = rest.uint_be(length_bytes)?;
            visit(Extent { item, place, start, length });
        }
    }
    Ok(())
}
