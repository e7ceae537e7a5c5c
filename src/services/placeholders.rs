//! What stands in for pictures until they have arrived: thumbhashes, unfolded once for as long as they are asked for.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use moka::sync::Cache;

use crate::domain::Thumbhash;
use crate::transform;

/// How many unfolded placeholders are kept, each of about 1 KB: unfolding one takes longer than the rest of a page.
const MAX_KEPT: u64 = 4_096;

/// Unfolds thumbhashes, and remembers those that it unfolded.
pub struct Placeholders(Cache<Thumbhash, Option<Arc<str>>>);

impl Default for Placeholders {
    fn default() -> Self {
        Self(Cache::new(MAX_KEPT))
    }
}

impl Placeholders {
    /// The placeholder as a small PNG in base 64; nothing when the hash is none.
    #[must_use]
    pub fn png(&self, hash: &Thumbhash) -> Option<Arc<str>> {
        // Two requests that miss at the same time both unfold it: neither waits for the other.
        if let Some(known) = self.0.get(hash) {
            return known;
        }
        let png = transform::unfold(hash).map(|png| Arc::from(STANDARD.encode(png)));
        self.0.insert(hash.clone(), png.clone());
        png
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_unfolded_once() {
        let placeholders = Placeholders::default();
        let hash =
            Thumbhash([0x3c, 0x08, 0x0a, 0x17, 0x84, 0x78, 0x78, 0x88, 0x78, 0x87, 0x77, 0x77].as_slice().into());
        let first = placeholders.png(&hash);
        let second = placeholders.png(&hash);
        assert_eq!(first.is_some(), second.is_some());
        if let (Some(first), Some(second)) = (first, second) {
            assert!(Arc::ptr_eq(&first, &second));
        }
        assert_eq!(placeholders.png(&Thumbhash([].into())), None);
    }
}
