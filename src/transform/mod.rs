//! Reading pictures: what they are, their measures, colour and placeholder. The only place that may name image codecs.
//!
//! Three steps, in this order. The *outline* walks the container of a format (`jpeg`, `png`, `gif`, `webp`, `avif`)
//! without decoding a pixel: it tells the measures and whether the file is whole, and notes what of the file is not the
//! picture (`edits`, `metadata`). [`Clean`] takes that out. Only when the measures are within the limits, the *look*
//! decodes the first frame, for the colour and the placeholder and because a picture that does not decode is none. [`inspect`] does
//! all three and is a pure function; [`Pool`] runs the last off the async threads, bounded in processors and in memory.
//! Where bytes come from and where they go is not known here.

mod avif;
mod bytes;
mod clean;
mod colour;
mod edits;
mod gif;
mod jpeg;
mod look;
mod metadata;
mod outline;
mod placeholder;
mod png;
mod pool;
mod rejected;
mod vp8l;
mod webp;

pub use clean::Clean;
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

/// Reads a picture, within the limits; also gives its bytes as they are to be stored.
///
/// Takes as long as decoding its first frame does: from async code, call [`Clean::read`] where blocking is allowed and
/// then [`Pool::inspect`].
///
/// # Errors
/// When the bytes are no whole picture of a format that Sirius serves, or exceed a limit.
pub fn inspect(bytes: Vec<u8>, limits: &Pictures) -> Result<(Clean, Inspected), Rejected> {
    let clean = Clean::read(bytes, limits)?;
    clean.check(limits)?;
    let inspected = look::look(&clean, limits)?;
    Ok((clean, inspected))
}

#[cfg(test)]
mod tests;
