//! `[pictures]`: what a picture may be.

use super::declare::settings;
use super::kind::{count, size};

settings! {
    /// `[pictures]`
    pub struct Pictures {
        /// The largest file.
        max_bytes: u64 = 32 << 20 => size(1 << 10..=1 << 30);
        /// The largest width and height, in pixels.
        max_side: u32 = 20_000 => count(1..=65_535);
        /// The most pixels of one frame.
        max_pixels: u64 = 100_000_000 => count(1..=1_000_000_000);
        /// The most frames.
        max_frames: u32 = 1_000 => count(1..=100_000);
        /// The most pixels of all frames together.
        max_total_pixels: u64 = 1_000_000_000 => count(1..=100_000_000_000);
    }
}
