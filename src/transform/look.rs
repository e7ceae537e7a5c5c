//! The look of a picture: its first frame, decoded for the dominant colour and the placeholder.
//!
//! Nothing is decoded into a whole picture that need not be. PNG and GIF come row by row, of which a few pixels are
//! taken; JPEG is decoded at a fraction of its size. What WebP and progressive JPEG take in full was held to
//! `max_memory` before. A decoder cannot be stopped from outside: it is told that the file ends in an error when its
//! time is over, and reads on sooner or later (`watched`).

mod gif;
mod jpeg;
mod png;
mod small;
mod watched;
mod webp;

use std::time::Instant;

use image::{DynamicImage, RgbaImage};

use self::small::Small;
use self::watched::Watched;
use super::clean::Clean;
use super::outline::Outline;
use super::{Inspected, Rejected, colour};
use crate::config::Pictures;
use crate::domain::{Format, Thumbhash};

/// The first frame made small, or why there is none.
type Decoded = Result<Small, Box<dyn std::error::Error>>;

/// Decodes the first frame.
pub(super) fn look(picture: &Clean, limits: &Pictures) -> Result<Inspected, Rejected> {
    let outline = &picture.outline;
    let (width, height) = outline.shown();
    let Outline { format, frames, .. } = *outline;
    let mut inspected = Inspected { format, width, height, frames, colour: None, thumbhash: None };
    let deadline = Instant::now() + limits.max_decode_time;
    match decode(picture, deadline) {
        Some(Ok(small)) => {
            let small = turned(small, outline);
            inspected.colour = colour::dominant(small.as_raw());
            inspected.thumbhash = Some(thumbhash(&small));
        }
        Some(Err(_)) if Instant::now() > deadline => return Err(Rejected::TooSlow(limits.max_decode_time)),
        Some(Err(error)) => return Err(Rejected::damaged(format, format!("it cannot be decoded ({error})"))),
        None => {}
    }
    Ok(inspected)
}

/// None where the format is not decoded.
fn decode(picture: &Clean, deadline: Instant) -> Option<Decoded> {
    let file = Watched::new(picture.bytes(), deadline);
    let outline = &picture.outline;
    match outline.format {
        Format::Avif => None,
        Format::Gif => Some(gif::decode(file, outline)),
        Format::Jpeg => Some(jpeg::decode(file, outline)),
        Format::Png => Some(png::decode(file, outline)),
        Format::Webp => Some(webp::decode(file, outline)),
    }
}

/// As it is to be shown.
fn turned(small: Small, outline: &Outline) -> RgbaImage {
    let mut small = DynamicImage::ImageRgba8(small.finish());
    small.apply_orientation(outline.orientation);
    small.into_rgba8()
}

fn thumbhash(small: &RgbaImage) -> Thumbhash {
    // Both are at most `small::SIDE`.
    let (width, height) = (small.width() as usize, small.height() as usize);
    Thumbhash(thumbhash::rgba_to_thumb_hash(width, height, small.as_raw()).into())
}

/// The decoder found another picture than the container announced.
fn mismatch<T>() -> Result<T, Box<dyn std::error::Error>> {
    Err("its measures are not those that its container announces".into())
}
