//! `[cache]`: the cache of image bytes.

use super::declare::settings;
use super::kind::size;

settings! {
    /// `[cache]`
    pub struct Cache {
        /// The most memory for image bytes; 0 keeps none.
        max_bytes: u64 = 64 << 20 => size(0..=1 << 40);
        /// The largest picture that is kept; larger ones are streamed from the store.
        max_object_bytes: u64 = 4 << 20 => size(0..=1 << 30);
    }
}
