//! The look of a picture: its first frame, decoded for the dominant colour and the placeholder.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageResult, Limits, RgbaImage};

use super::outline::Outline;
use super::{Inspected, Rejected, colour};
use crate::domain::{Format, Thumbhash};

/// The longer side of what colour and placeholder are made from, in pixels: the placeholder keeps 7 waves a side, and
/// its cost grows with the pixels.
const SMALL_SIDE: u32 = 32;

/// The most pixels, along each side of a box, that one pixel of the small picture is averaged from.
const MAX_SAMPLES: u32 = 4;

/// What decoders may need beside the pixels themselves: tables, rows, and a second copy of the frame.
const SPARE_BYTES: u64 = 16 << 20;

/// Decodes the first frame.
pub(super) fn look(bytes: &[u8], outline: &Outline) -> Result<Inspected, Rejected> {
    let (width, height) = outline.shown();
    let Outline { format, frames, .. } = *outline;
    let mut inspected = Inspected { format, width, height, frames, colour: None, thumbhash: None };
    if let Some(small) = decode_small(bytes, outline)? {
        inspected.colour = colour::dominant(small.as_raw());
        inspected.thumbhash = Some(thumbhash(&small));
    }
    Ok(inspected)
}

/// The most memory that [`look`] takes for a picture, in bytes.
pub(super) fn cost_bytes(outline: &Outline) -> u64 {
    match outline.format {
        Format::Avif => 0,
        // A progressive one holds 16 bits for each coefficient of three components beside the pixels.
        Format::Jpeg => outline.pixels() * 9,
        // Four channels of 16 bits, or a frame and its canvas.
        Format::Png | Format::Gif | Format::Webp => outline.pixels() * 8,
    }
}

fn thumbhash(small: &RgbaImage) -> Thumbhash {
    // Both are at most `SMALL_SIDE`.
    let (width, height) = (small.width() as usize, small.height() as usize);
    Thumbhash(thumbhash::rgba_to_thumb_hash(width, height, small.as_raw()).into())
}

/// The first frame, small and turned as it is to be shown; none where the format is not decoded.
fn decode_small(bytes: &[u8], outline: &Outline) -> Result<Option<RgbaImage>, Rejected> {
    let limits = limits(outline);
    let input = Cursor::new(bytes);
    let small = match outline.format {
        Format::Avif => return Ok(None),
        Format::Gif => GifDecoder::new(input).and_then(|decoder| shrink(decoder, outline, &limits)),
        Format::Jpeg => JpegDecoder::new(input).and_then(|decoder| shrink(decoder, outline, &limits)),
        Format::Png => {
            PngDecoder::with_limits(input, limits.clone()).and_then(|decoder| shrink(decoder, outline, &limits))
        }
        Format::Webp => WebPDecoder::new(input).and_then(|decoder| shrink(decoder, outline, &limits)),
    };
    let small = small.map_err(|error| rejected(outline.format, &error))?;
    let mut small = DynamicImage::ImageRgba8(small);
    small.apply_orientation(outline.orientation);
    Ok(Some(small.into_rgba8()))
}

/// What a decoder may allocate; the measures were held to the settings before, so they are the limits now.
fn limits(outline: &Outline) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(outline.width);
    limits.max_image_height = Some(outline.height);
    limits.max_alloc = Some(cost_bytes(outline).saturating_mul(2).saturating_add(SPARE_BYTES));
    limits
}

fn rejected(format: Format, error: &ImageError) -> Rejected {
    Rejected::damaged(format, format!("it cannot be decoded ({error})"))
}

/// Decodes and averages boxes of pixels into one each.
fn shrink(mut decoder: impl ImageDecoder, outline: &Outline, limits: &Limits) -> ImageResult<RgbaImage> {
    decoder.set_limits(limits.clone())?;
    let (width, height) = decoder.dimensions();
    let bytes = decoder.total_bytes();
    // What the decoder is about to fill, not what the container announced.
    limits.clone().reserve(bytes)?;
    if (width, height) != (outline.width, outline.height) {
        return Err(mismatch());
    }
    let colour = decoder.color_type();
    let mut pixels = vec![0; usize::try_from(bytes).map_err(|_| mismatch())?];
    decoder.read_image(&mut pixels)?;
    let picture = Pixels { width, height, bytes: &pixels };
    Ok(match colour {
        ColorType::L8 => picture.small(|&[l]| [l, l, l, 255]),
        ColorType::La8 => picture.small(|&[l, a]| [l, l, l, a]),
        ColorType::Rgb8 => picture.small(|&[r, g, b]| [r, g, b, 255]),
        ColorType::Rgba8 => picture.small(|&pixel| pixel),
        ColorType::L16 => picture.small(|&[l0, l1]| [high(l0, l1); 3].into_opaque()),
        ColorType::La16 => picture.small(|&[l0, l1, a0, a1]| {
            let l = high(l0, l1);
            [l, l, l, high(a0, a1)]
        }),
        ColorType::Rgb16 => {
            picture.small(|&[r0, r1, g0, g1, b0, b1]| [high(r0, r1), high(g0, g1), high(b0, b1)].into_opaque())
        }
        ColorType::Rgba16 => {
            picture.small(|&[r0, r1, g0, g1, b0, b1, a0, a1]| [high(r0, r1), high(g0, g1), high(b0, b1), high(a0, a1)])
        }
        _ => return Err(mismatch()),
    })
}

fn mismatch() -> ImageError {
    let kind = image::error::ParameterErrorKind::DimensionMismatch;
    ImageError::Parameter(image::error::ParameterError::from_kind(kind))
}

/// The upper byte of a 16-bit channel in the machine's order.
const fn high(first: u8, second: u8) -> u8 {
    (u16::from_ne_bytes([first, second]) >> 8) as u8
}

trait IntoOpaque {
    fn into_opaque(self) -> [u8; 4];
}

impl IntoOpaque for [u8; 3] {
    fn into_opaque(self) -> [u8; 4] {
        let [r, g, b] = self;
        [r, g, b, 255]
    }
}

struct Pixels<'a> {
    width: u32,
    height: u32,
    bytes: &'a [u8],
}

impl Pixels<'_> {
    /// Scales to `SMALL_SIDE`; `rgba` reads one pixel of `N` bytes.
    fn small<const N: usize>(&self, rgba: impl Fn(&[u8; N]) -> [u8; 4]) -> RgbaImage {
        let pixels = self.bytes.as_chunks::<N>().0;
        let longer = self.width.max(self.height).max(1);
        let scaled = |side: u32| {
            if longer <= SMALL_SIDE {
                return side;
            }
            // At most SMALL_SIDE, because `side` is at most `longer`.
            let small = u64::from(side) * u64::from(SMALL_SIDE) / u64::from(longer);
            u32::try_from(small).unwrap_or(SMALL_SIDE).max(1)
        };
        let (small_width, small_height) = (scaled(self.width), scaled(self.height));
        let columns = boxes(self.width, small_width);
        RgbaImage::from_fn(small_width, small_height, |x, y| {
            let mut sum = [0_u32; 4];
            let mut count = 0;
            let (from_x, to_x) = columns[x as usize];
            let (from_y, to_y) = edges(self.height, small_height, y);
            for row in (from_y..to_y).step_by(stride(from_y, to_y)) {
                let start = row as usize * self.width as usize;
                let row = pixels.get(start + from_x as usize..start + to_x as usize).unwrap_or_default();
                for pixel in row.iter().step_by(stride(from_x, to_x)) {
                    let [r, g, b, a] = rgba(pixel).map(u32::from);
                    // Colours count as much as they are seen.
                    sum = [sum[0] + r * a, sum[1] + g * a, sum[2] + b * a, sum[3] + a];
                    count += 1;
                }
            }
            let [r, g, b, a] = sum;
            let channel = |sum: u32| u8::try_from(sum / a.max(1)).unwrap_or(u8::MAX);
            image::Rgba([channel(r), channel(g), channel(b), u8::try_from(a / count.max(1)).unwrap_or(u8::MAX)])
        })
    }
}

/// The first pixel and the one after the last of each box along a side.
fn boxes(side: u32, small: u32) -> Vec<(u32, u32)> {
    (0..small).map(|index| edges(side, small, index)).collect()
}

fn edges(side: u32, small: u32, index: u32) -> (u32, u32) {
    let edge = |index: u32| (u64::from(index) * u64::from(side) / u64::from(small)).try_into().unwrap_or(side);
    let from = edge(index);
    (from, edge(index + 1).max(from + 1))
}

fn stride(from: u32, to: u32) -> usize {
    ((to - from).div_ceil(MAX_SAMPLES)) as usize
}
