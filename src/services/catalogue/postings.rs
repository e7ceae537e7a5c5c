//! Which images carry what: a set of numbers for each tag and kind, that successive snapshots share.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::RandomState;
use roaring::RoaringBitmap;

use super::arrivals::{self, Arrivals};
use crate::domain::{Image, Kind, Tag};

/// Persistent sets: a clone shares them all, a change copies those that it touches.
#[derive(Clone, Default)]
pub(super) struct Postings {
    all: Arc<RoaringBitmap>,
    still: Arc<RoaringBitmap>,
    animated: Arc<RoaringBitmap>,
    /// No set in it is empty.
    tags: Arc<HashMap<Tag, Arc<RoaringBitmap>, RandomState>>,
    /// Its keys in the order of their spelling, once it is finished.
    sorted: Arc<[Tag]>,
    /// Those that most images carry, the most used first, once it is finished.
    popular: Arc<[Tag]>,
}

/// How many tags are kept in the order of their use: as many as a page can offer.
const POPULAR_TAGS: usize = 48;

impl Postings {
    pub(super) fn all(&self) -> &RoaringBitmap {
        &self.all
    }

    pub(super) fn of_kind(&self, kind: Kind) -> &RoaringBitmap {
        match kind {
            Kind::Still => &self.still,
            Kind::Animated => &self.animated,
        }
    }

    pub(super) fn of_tag(&self, tag: &Tag) -> Option<&RoaringBitmap> {
        self.tags.get(tag).map(AsRef::as_ref)
    }

    /// Every tag that an image carries, in the order of their spelling.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&Tag, &RoaringBitmap)> {
        self.sorted.iter().filter_map(|tag| Some((tag, self.of_tag(tag)?)))
    }

    /// How many tags there are.
    pub(super) fn tag_count(&self) -> usize {
        self.sorted.len()
    }

    /// The tags that most images carry, at most 48, the most used first and among equals by their spelling.
    pub(super) fn popular(&self) -> impl Iterator<Item = (&Tag, &RoaringBitmap)> {
        self.popular.iter().filter_map(|tag| Some((tag, self.of_tag(tag)?)))
    }

    /// The spelling of a tag that the images here share.
    pub(super) fn spelling(&self, tag: &Tag) -> Option<Tag> {
        self.tags.get_key_value(tag).map(|(known, _)| known.clone())
    }

    /// Adds images, none of which is in.
    pub(super) fn insert(&mut self, arrivals: &Arrivals) {
        arrivals::enter(&mut self.all, &arrivals.all);
        arrivals::enter(&mut self.still, &arrivals.still);
        arrivals::enter(&mut self.animated, &arrivals.animated);
        let mut arrived = arrivals.tags().peekable();
        if arrived.peek().is_none() {
            return;
        }
        let tags = Arc::make_mut(&mut self.tags);
        for (tag, numbers) in arrived {
            arrivals::enter(tags.entry(tag.clone()).or_default(), numbers);
        }
    }

    /// Takes out an image that is in.
    pub(super) fn remove(&mut self, image: &Image) {
        let number = image.number.0;
        Arc::make_mut(&mut self.all).remove(number);
        if let Some(numbers) = self.kind_mut(image) {
            numbers.remove(number);
        }
        if image.facts.tags.is_empty() {
            return;
        }
        let tags = Arc::make_mut(&mut self.tags);
        for tag in &image.facts.tags {
            if let Entry::Occupied(mut entry) = tags.entry(tag.clone()) {
                let numbers = Arc::make_mut(entry.get_mut());
                numbers.remove(number);
                if numbers.is_empty() {
                    entry.remove();
                }
            }
        }
    }

    /// To be called after the last change.
    pub(super) fn finish(&mut self) {
        // The set of all numbers has hardly a hole: written as stretches it is small, and choosing from it scans nothing.
        Arc::make_mut(&mut self.all).optimize();
        let same = self.sorted.len() == self.tags.len() && self.sorted.iter().all(|tag| self.tags.contains_key(tag));
        if !same {
            let mut tags: Vec<_> = self.tags.keys().cloned().collect();
            tags.sort_unstable();
            self.sorted = tags.into();
        }
        let mut by_use: Vec<_> = self.tags.iter().map(|(tag, numbers)| (Reverse(numbers.len()), tag)).collect();
        if by_use.len() > POPULAR_TAGS {
            by_use.select_nth_unstable(POPULAR_TAGS);
            by_use.truncate(POPULAR_TAGS);
        }
        by_use.sort_unstable();
        self.popular = by_use.into_iter().map(|(_, tag)| tag.clone()).collect();
    }

    fn kind_mut(&mut self, image: &Image) -> Option<&mut RoaringBitmap> {
        image
            .facts
            .content
            .animated()
            .map(|animated| Arc::make_mut(if animated { &mut self.animated } else { &mut self.still }))
    }
}
