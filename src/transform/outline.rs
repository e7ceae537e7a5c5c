//! The outline of a picture: its format, measures and wholeness, told without decoding a pixel.

use image::metadata::Orientation;

use super::edits::Edits;
use super::{Measure, Rejected, avif, gif, jpeg, png, webp};
use crate::config::Pictures;
use crate::domain::Format;

/// What the container says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) format: Format,
    /// As stored, before the orientation.
    pub(super) width: u32,
    /// As stored, before the orientation.
    pub(super) height: u32,
    pub(super) frames: u32,
    pub(super) orientation: Orientation,
    /// The most memory that decoding takes beside the file.
    pub(super) decoder_bytes: u64,
}

impl Outline {
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Holds a picture in a file of this length to the limits.
    pub(super) fn check(&self, file_bytes: u64, limits: &Pictures) -> Result<(), Rejected> {
        Measure::Side.check(self.width.max(self.height).into(), limits.max_side.into())?;
        Measure::Pixels.check(self.pixels(), limits.max_pixels)?;
        Measure::Frames.check(self.frames.into(), limits.max_frames.into())?;
        // A viewer composes each frame on the whole canvas, however small the part that changes.
        let total = self.pixels().saturating_mul(self.frames.into());
        Measure::TotalPixels.check(total, limits.max_total_pixels)?;
        Measure::Memory.check(self.decoder_bytes.saturating_add(file_bytes), limits.max_memory)
    }

    /// The width and the height as the picture is to be shown.
    pub(super) fn shown(&self) -> (u32, u32) {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (self.height, self.width),
            Orientation::NoTransforms
            | Orientation::Rotate180
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical => (self.width, self.height),
        }
    }
}

/// Reads the container, and notes what of the file is not the picture.
pub(super) fn outline(bytes: &[u8], edits: &mut Edits, limits: &Pictures) -> Result<Outline, Rejected> {
    Measure::Bytes.check(bytes.len() as u64, limits.max_bytes)?;
    let format = recognise(bytes)?;
    let outline = match format {
        Format::Avif => avif::outline(bytes, edits),
        Format::Gif => gif::outline(bytes, edits),
        Format::Jpeg => jpeg::outline(bytes, edits, limits),
        Format::Png => png::outline(bytes, edits, limits),
        Format::Webp => webp::outline(bytes, edits, limits),
    }?;
    if edits.is_too_many() {
        return Err(Rejected::damaged(format, "there are more comments and other metadata in it than can be removed"));
    }
    if outline.width == 0 || outline.height == 0 {
        return Err(Rejected::damaged(format, format!("it measures {} x {} pixels", outline.width, outline.height)));
    }
    if outline.frames == 0 {
        return Err(Rejected::damaged(format, "it has no frame"));
    }
    Ok(outline)
}

/// Tells the format by the first bytes.
pub(super) fn recognise(bytes: &[u8]) -> Result<Format, Rejected> {
    match bytes {
        [] => Err(Rejected::Empty),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Webp),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => avif::recognise(bytes),
        _ => Err(not_served(bytes).map_or(Rejected::NotAPicture, Rejected::NotServed)),
    }
}

/// Pictures of formats that browsers do not all show, so that their owners learn what to do.
fn not_served(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"BM", "BMP"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\x01\0", "ICO"),
        (b"8BPS", "PSD"),
        (b"qoif", "QOI"),
    ];
    let by_signature = KNOWN.iter().find(|(signature, _)| bytes.starts_with(signature)).map(|(_, name)| *name);
    by_signature.or_else(|| {
        let head = &bytes[..bytes.len().min(1_024)];
        head.windows(4).any(|window| window == b"<svg").then_some("SVG")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_served_is_named() {
        assert_eq!(recognise(b""), Err(Rejected::Empty));
        assert_eq!(recognise(b"hello"), Err(Rejected::NotAPicture));
        assert_eq!(recognise(b"BM1234"), Err(Rejected::NotServed("BMP")));
        assert_eq!(recognise(b"<?xml version=\"1.0\"?>\n<svg/>"), Err(Rejected::NotServed("SVG")));
        assert_eq!(recognise(b"\0\0\0\x14ftypheic\0\0\0\0mif1"), Err(Rejected::NotServed("HEIC")));
        assert_eq!(
            Rejected::NotServed("BMP").to_string(),
            "BMP is not served: convert it to AVIF, GIF, JPEG, PNG or WebP"
        );
    }

    #[test]
    fn a_limit_names_its_setting() {
        let error = Measure::Pixels.check(101, 100).unwrap_err();
        assert_eq!(error.to_string(), "101 pixels are too many: `pictures.max_pixels` allows 100");
    }
}
