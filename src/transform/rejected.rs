//! Why bytes are no picture that Sirius serves, in words for the one who brought them.

use std::fmt;
use std::time::Duration;

use crate::domain::Format;
use crate::telemetry::catalogue::values::RejectedReason;
use crate::telemetry::events::PictureRejected;

/// A reason not to take a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Nothing that is known to be a picture.
    #[error("not a picture: its content is none of AVIF, GIF, JPEG, PNG and WebP, which Sirius serves")]
    NotAPicture,
    /// A picture, but not for every browser.
    #[error("{0} is not served: convert it to AVIF, GIF, JPEG, PNG or WebP")]
    NotServed(&'static str),
    /// The file ends before the picture does.
    #[error("the {} is cut short: the end of the file is missing", title(*.0))]
    Truncated(Format),
    /// The file contradicts its format.
    #[error("the {} is damaged: {reason}", title(*format))]
    Damaged {
        /// Told by the first bytes.
        format: Format,
        /// What does not fit.
        reason: String,
    },
    /// Decoding it takes longer than the settings allow.
    #[error("decoding it takes longer than the {} s that `pictures.max_decode_time` allows", .0.as_secs_f32())]
    TooSlow(Duration),
    /// More than the settings allow.
    #[error("{found} {measure} are too many: `{}` allows {limit}", measure.setting())]
    TooMuch {
        /// Of what there is too much.
        measure: Measure,
        /// What the file has.
        found: u64,
        /// What is allowed.
        limit: u64,
    },
}

impl Rejected {
    /// Tells that a picture was not taken.
    pub(super) fn tell(&self) {
        let reason = match self {
            Self::Empty => RejectedReason::Empty,
            Self::NotAPicture | Self::NotServed(_) => RejectedReason::Format,
            Self::Truncated(_) | Self::Damaged { .. } => RejectedReason::Damaged,
            Self::TooSlow(_) => RejectedReason::TooSlow,
            Self::TooMuch { .. } => RejectedReason::TooMuch,
        };
        PictureRejected { reason }.emit();
    }
}

/// What of a picture is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The length of the file.
    Bytes,
    /// The longer side.
    Side,
    /// Of one frame.
    Pixels,
    /// Of an animation.
    Frames,
    /// Of all frames together.
    TotalPixels,
    /// That the file and its decoder take.
    Memory,
}

impl Measure {
    /// The name of the setting that limits it.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Bytes => "pictures.max_bytes",
            Self::Side => "pictures.max_side",
            Self::Pixels => "pictures.max_pixels",
            Self::Frames => "pictures.max_frames",
            Self::TotalPixels => "pictures.max_total_pixels",
            Self::Memory => "pictures.max_memory",
        }
    }

    /// Holds a measure to its limit.
    ///
    /// # Errors
    /// When there is more than `limit`.
    pub fn check(self, found: u64, limit: u64) -> Result<(), Rejected> {
        if found > limit { Err(Rejected::TooMuch { measure: self, found, limit }) } else { Ok(()) }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Side => "pixels on one side",
            Self::Pixels => "pixels",
            Self::Frames => "frames",
            Self::TotalPixels => "pixels in all frames together",
            Self::Memory => "bytes of memory to decode it",
        })
    }
}

impl Rejected {
    /// A file that contradicts its format.
    pub(super) fn damaged(format: Format, reason: impl Into<String>) -> Self {
        Self::Damaged { format, reason: reason.into() }
    }
}

/// The name of a format as people write it.
const fn title(format: Format) -> &'static str {
    match format {
        Format::Avif => "AVIF",
        Format::Gif => "GIF",
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Webp => "WebP",
    }
}
