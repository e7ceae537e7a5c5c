//! Selections that were asked for recently, in one snapshot.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use roaring::RoaringBitmap;

use crate::domain::Filter;

/// What all selections of a snapshot may take together.
const MAX_BYTES: usize = 32 << 20;
/// The most selections, however small.
const MAX_ENTRIES: usize = 512;
/// The fewest places, whatever the size of the catalogue.
const MIN_ENTRIES: usize = 16;
/// The places that one filter can be in.
const WAYS: usize = 4;

/// A cache without a lock: every filter hashes to four places, each of which is swapped atomically.
///
/// Bounded by construction: a set of numbers below `n` takes at most about `n / 8` bytes, and there are no more places
/// than such sets fit into 32 MiB (at a million images 256), at most 512 and at least 16. When the four places are
/// taken, the one goes that has not been asked for since it was last looked at (second chance), so that a flood of
/// filters asked for once does not displace those in use. It lives and dies with its snapshot: nothing is ever stale.
pub(super) struct SelectionCache {
    hasher: RandomState,
    places: Box<[ArcSwapOption<Entry>]>,
}

struct Entry {
    filter: Filter,
    numbers: Arc<RoaringBitmap>,
    asked_again: AtomicBool,
}

impl Default for SelectionCache {
    fn default() -> Self {
        Self::for_numbers_up_to(0)
    }
}

impl SelectionCache {
    pub(super) fn for_numbers_up_to(largest: u32) -> Self {
        let set_bytes = (largest as usize / 8).max(1);
        let entries = (MAX_BYTES / set_bytes).clamp(MIN_ENTRIES, MAX_ENTRIES) / WAYS * WAYS;
        Self { hasher: RandomState::new(), places: (0..entries).map(|_| ArcSwapOption::empty()).collect() }
    }

    /// The set of numbers that a filter selects. Two requests that miss at the same time both compute it.
    pub(super) fn get_or_insert_with(
        &self,
        filter: &Filter,
        select: impl FnOnce() -> RoaringBitmap,
    ) -> Arc<RoaringBitmap> {
        let places = self.places_of(filter);
        for place in places {
            if let Some(entry) = &*place.load()
                && entry.filter == *filter
            {
                // Written once, so that cores which read the same entry do not take its cache line from each other.
                if !entry.asked_again.load(Ordering::Relaxed) {
                    entry.asked_again.store(true, Ordering::Relaxed);
                }
                return Arc::clone(&entry.numbers);
            }
        }
        let numbers = Arc::new(select());
        let entry =
            Entry { filter: filter.clone(), numbers: Arc::clone(&numbers), asked_again: AtomicBool::new(false) };
        if let Some(place) = victim(places) {
            place.store(Some(Arc::new(entry)));
        }
        numbers
    }

    fn places_of(&self, filter: &Filter) -> &[ArcSwapOption<Entry>] {
        let sets = (self.places.len() / WAYS).max(1) as u64;
        let set = usize::try_from(self.hasher.hash_one(filter) % sets).unwrap_or(0);
        self.places.get(set * WAYS..(set + 1) * WAYS).unwrap_or_default()
    }
}

/// A free place, or the first whose selection was not asked for again; each one passed over loses its second chance.
fn victim(places: &[ArcSwapOption<Entry>]) -> Option<&ArcSwapOption<Entry>> {
    places
        .iter()
        .find(|place| place.load().is_none())
        .or_else(|| {
            places.iter().find(|place| match &*place.load() {
                Some(entry) => !entry.asked_again.swap(false, Ordering::Relaxed),
                None => true,
            })
        })
        .or(places.first())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::filter;
    use super::*;

    fn unused() -> RoaringBitmap {
        unreachable!("it is in the cache")
    }

    fn tag(number: u32) -> Filter {
        filter(&[&format!("tag-{number}"), "b"], &[], None)
    }

    #[test]
    fn a_selection_is_made_once() {
        let cache = SelectionCache::default();
        let made = cache.get_or_insert_with(&tag(1), || [1, 2].into_iter().collect());
        assert!(Arc::ptr_eq(&made, &cache.get_or_insert_with(&tag(1), unused)));
    }

    #[test]
    fn the_more_there_is_to_choose_from_the_fewer_selections_are_kept() {
        let places = |largest| SelectionCache::for_numbers_up_to(largest).places.len();
        assert_eq!([places(0), places(100_000), places(1_048_576), places(u32::MAX)], [512, 512, 256, 16]);
    }

    #[test]
    fn what_is_asked_for_again_outlives_a_flood_of_what_is_not() {
        let cache = SelectionCache::default();
        cache.get_or_insert_with(&tag(0), RoaringBitmap::new);
        for other in 1..5_000 {
            cache.get_or_insert_with(&tag(0), unused);
            cache.get_or_insert_with(&tag(other), RoaringBitmap::new);
        }
        assert!(cache.places.iter().all(|place| place.load().is_some()), "the flood fills every place");
    }
}
