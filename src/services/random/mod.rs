//! Choosing: at random, by a seed, and walking without repeats.
//!
//! Everything here is a function of a snapshot and its arguments: no state, no clock, no input or output. What can be
//! chosen from belongs in `catalogue`.

mod mix;
mod permutation;
mod seed;
mod walk;

use std::sync::Arc;

use rand::{Rng, RngExt, seq};

pub use seed::seeded;
pub use walk::{Stride, Walk};

use super::catalogue::Selection;
use crate::domain::Image;

/// One image, each with the same probability; nothing from nothing.
pub fn one<'s>(selection: &Selection<'s>, rng: &mut impl Rng) -> Option<&'s Arc<Image>> {
    let last = u32::try_from(selection.len().checked_sub(1)?).ok()?;
    selection.nth(rng.random_range(0..=last))
}

/// `count` distinct images, or all if there are fewer, in random order: every such sequence with the same probability.
pub fn several<'s>(selection: &Selection<'s>, count: usize, rng: &mut impl Rng) -> Vec<&'s Arc<Image>> {
    let len = usize::try_from(selection.len()).unwrap_or(usize::MAX);
    seq::index::sample(rng, len, count.min(len))
        .into_iter()
        .filter_map(|rank| selection.nth(u32::try_from(rank).ok()?))
        .collect()
}
