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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::services::catalogue::Snapshot;
    use crate::services::catalogue::fixtures::{change, filter, image, snapshot, snapshot_of};

    /// Pearson's test against the even distribution, five standard deviations wide: what passes is even to within
    /// chance, and the draws of a test are fixed, so that it passes always or never.
    pub(super) fn assert_uniform(counts: &[u32]) {
        let cells = f64::from(u32::try_from(counts.len()).unwrap());
        let mean = f64::from(counts.iter().sum::<u32>()) / cells;
        assert!(mean >= 10.0, "too few draws to tell");
        let chi_square: f64 = counts.iter().map(|&count| (f64::from(count) - mean).powi(2) / mean).sum();
        let freedom = cells - 1.0;
        assert!((chi_square - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "chi-square {chi_square} of {freedom}");
    }

    #[test]
    fn each_image_is_as_likely_as_any_other() {
        let numbers: Vec<_> = (1..=40).chain(70_000..70_040).chain((200_000..200_080).step_by(2)).collect();
        let snapshot =
            change(&snapshot(0..=250_000), [], (0..=250_000).filter(|number| numbers.binary_search(number).is_err()));
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = vec![0; numbers.len()];
        for _ in 0..60_000 {
            let chosen = one(&snapshot.everything(), &mut rng).unwrap();
            counts[numbers.binary_search(&chosen.number.0).unwrap()] += 1;
        }
        assert_uniform(&counts);
    }

    #[test]
    fn only_what_the_filter_selects_is_chosen() {
        let snapshot =
            snapshot_of((0..300).map(|number| image(number, if number % 3 == 0 { &["third"] } else { &[] }, 1)));
        let thirds = snapshot.select(&filter(&["third"], &[], None));
        let mut rng = StdRng::seed_from_u64(2);
        let mut counts = [0; 100];
        for _ in 0..10_000 {
            let chosen = one(&thirds, &mut rng).unwrap().number.0;
            assert_eq!(chosen % 3, 0);
            counts[chosen as usize / 3] += 1;
        }
        assert_uniform(&counts);
    }

    #[test]
    fn several_are_distinct_and_every_sequence_is_as_likely() {
        let snapshot = snapshot(0..6);
        let mut rng = StdRng::seed_from_u64(3);
        let mut sequences = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let chosen: Vec<_> =
                several(&snapshot.everything(), 3, &mut rng).iter().map(|image| image.number.0).collect();
            assert_eq!(chosen.iter().collect::<HashSet<_>>().len(), 3);
            *sequences.entry(chosen).or_insert(0) += 1;
        }
        assert_eq!(sequences.len(), 6 * 5 * 4);
        assert_uniform(&sequences.into_values().collect::<Vec<_>>());
    }

    #[test]
    fn more_than_there_are_gives_all_and_nothing_gives_nothing() {
        let mut rng = StdRng::seed_from_u64(4);
        let few = snapshot(0..5);
        assert_eq!(several(&few.everything(), 100, &mut rng).len(), 5);
        assert_eq!(several(&few.everything(), 0, &mut rng).len(), 0);
        let none = Snapshot::default();
        assert!(one(&none.everything(), &mut rng).is_none());
        assert!(several(&none.everything(), 3, &mut rng).is_empty());
    }
}
