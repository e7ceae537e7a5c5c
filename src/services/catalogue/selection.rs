//! What a filter selects in one snapshot.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::cache::SelectionCache;
use super::postings::Postings;
use super::snapshot::Snapshot;
use crate::domain::{Filter, Image, ImageNumber};

/// The images of one snapshot that a filter selects, in the order of their numbers.
pub struct Selection<'s> {
    snapshot: &'s Snapshot,
    numbers: Numbers<'s>,
}

/// A set of numbers.
pub(super) enum Numbers<'s> {
    /// One that the snapshot holds anyway.
    Kept(&'s RoaringBitmap),
    /// One made for a filter.
    Made(Arc<RoaringBitmap>),
}

impl<'s> Selection<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, numbers: Numbers<'s>) -> Self {
        Self { snapshot, numbers }
    }

    /// How many images there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.numbers().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers().is_empty()
    }

    /// The image with exactly `rank` others before it.
    #[must_use]
    pub fn nth(&self, rank: u32) -> Option<&'s Arc<Image>> {
        self.image(ImageNumber(self.numbers().select(rank)?))
    }

    /// The numbers of the images.
    #[must_use]
    pub fn numbers(&self) -> &RoaringBitmap {
        match &self.numbers {
            Numbers::Kept(numbers) => numbers,
            Numbers::Made(numbers) => numbers,
        }
    }

    /// The image of a number that is in [`Selection::numbers`].
    #[must_use]
    pub fn image(&self, number: ImageNumber) -> Option<&'s Arc<Image>> {
        self.snapshot.by_number(number)
    }
}

/// What a filter selects. Only what has to be computed goes through the cache.
pub(super) fn numbers<'s>(postings: &'s Postings, cache: &SelectionCache, filter: &Filter) -> Numbers<'s> {
    let mut required = Vec::with_capacity(filter.tags().len() + 1);
    for tag in filter.tags() {
        match postings.of_tag(tag) {
            Some(numbers) => required.push(numbers),
            None => return Numbers::Made(Arc::default()),
        }
    }
    required.extend(filter.kind().map(|kind| postings.of_kind(kind)));
    let excluded: Vec<_> = filter.without().iter().filter_map(|tag| postings.of_tag(tag)).collect();
    match (&*required, &*excluded) {
        ([], []) => Numbers::Kept(postings.all()),
        ([only], []) => Numbers::Kept(only),
        _ => Numbers::Made(cache.get_or_insert_with(filter, || intersect(postings.all(), required, &excluded))),
    }
}

fn intersect(all: &RoaringBitmap, mut required: Vec<&RoaringBitmap>, excluded: &[&RoaringBitmap]) -> RoaringBitmap {
    // The smallest first: no step then costs more than the first one.
    required.sort_by_key(|numbers| numbers.len());
    let mut selected = match *required {
        [] => all.clone(),
        [only] => only.clone(),
        [first, second, ..] => first & second,
    };
    for numbers in required.into_iter().skip(2) {
        selected &= numbers;
    }
    for numbers in excluded {
        selected -= *numbers;
    }
    selected
}
