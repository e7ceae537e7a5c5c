//! Reading pictures: what they are, their measures, colour and placeholder. The only place that may name image codecs.
//!
//! Two steps, in this order. The *outline* walks the container of a format (`jpeg`, `png`, `gif`, `webp`, `avif`) without
//! decoding a pixel: it tells the measures and whether the file is whole, and is held to the limits. Only then the
//! *look* decodes the first frame, for the colour and the placeholder and because a picture that does not decode is
//! none. [`inspect`] does both and is a pure function; [`Pool`] runs it off the async threads, bounded in processors
//! and in memory. Where bytes come from and where they go is not known here.

mod avif;
mod bytes;
mod colour;
mod gif;
mod jpeg;
mod look;
mod outline;
mod placeholder;
mod png;
mod pool;
mod rejected;
mod webp;

pub use placeholder::unfold;
pub use pool::{Pool, processors};
pub use rejected::{Measure, Rejected};

use crate::config::Pictures;
use crate::domain::{Colour, Format, Thumbhash};

/// What the bytes of a picture say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Told by the content.
    pub format: Format,
    /// In pixels, as it is to be shown: after the orientation that its metadata ask for.
    pub width: u32,
    /// In pixels, as it is to be shown.
    pub height: u32,
    /// 1 for a still picture.
    pub frames: u32,
    /// The dominant colour of the first frame; unknown where the format is not decoded or the frame is transparent.
    pub colour: Option<Colour>,
    /// The placeholder of the first frame; unknown where the format is not decoded.
    pub thumbhash: Option<Thumbhash>,
}

/// Reads a picture, within the limits.
///
/// Takes as long as decoding its first frame does, and as much memory: call it through a [`Pool`] from async code.
///
/// # Errors
/// When the bytes are no whole picture of a format that Sirius serves, or exceed a limit.
pub fn inspect(bytes: &[u8], limits: &Pictures) -> Result<Inspected, Rejected> {
    let outline = outline::outline(bytes, limits)?;
    look::look(bytes, &outline)
}

#[cfg(test)]
mod tests;
