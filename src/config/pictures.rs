//! `[pictures]`: what a picture may be.

use std::time::Duration;

use super::declare::settings;
use super::kind::{count, duration, size};

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_mins(10);

settings! {
    /// `[pictures]`
    pub struct Pictures {
        /// The largest file.
        max_bytes: u64 = 32 << 20 => size(1 << 10..=1 << 30);
        /// The largest width and the largest height, in pixels.
        max_side: u32 = 20_000 => count(1..=65_535);
        /// The most pixels of one frame.
        max_pixels: u64 = 100_000_000 => count(1..=1_000_000_000);
        /// The most frames.
        max_frames: u32 = 1_000 => count(1..=100_000);
        /// The most pixels of all frames together.
        max_total_pixels: u64 = 1_000_000_000 => count(1..=100_000_000_000);
        /// The most memory that a picture may take while it is read, its file included, and that all pictures being decoded take together.
        max_memory: u64 = 48 << 20 => size(16 << 20..=16 << 30);
        /// The longest time for decoding a picture.
        max_decode_time: Duration = Duration::from_secs(10) => duration(SHORTEST..=LONGEST);
        /// The largest colour profile that is kept; a larger one is taken out.
        max_profile_bytes: u64 = 2 << 20 => size(0..=16 << 20);
    }
}
