//! Which images carry what: a set of numbers for each tag and kind, that successive snapshots share.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::domain::{Image, Kind, Tag};

/// Persistent sets: a clone shares them all, a change copies those that it touches.
#[derive(Clone, Default)]
pub(super) struct Postings {
    all: Arc<RoaringBitmap>,
    still: Arc<RoaringBitmap>,
    animated: Arc<RoaringBitmap>,
    /// No set in it is empty.
    tags: Arc<BTreeMap<Tag, Arc<RoaringBitmap>>>,
}

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
    pub(super) fn tags(&self) -> impl ExactSizeIterator<Item = (&Tag, &RoaringBitmap)> {
        self.tags.iter().map(|(tag, numbers)| (tag, &**numbers))
    }

    /// Adds an image, and makes it share the spelling of its tags with all others.
    pub(super) fn insert(&mut self, image: &mut Image) {
        let number = image.number.0;
        Arc::make_mut(&mut self.all).insert(number);
        if let Some(numbers) = self.kind_mut(image) {
            numbers.insert(number);
        }
        if image.facts.tags.is_empty() {
            return;
        }
        let tags = Arc::make_mut(&mut self.tags);
        for tag in &mut image.facts.tags {
            match tags.entry(tag.clone()) {
                Entry::Occupied(mut entry) => {
                    *tag = entry.key().clone();
                    Arc::make_mut(entry.get_mut()).insert(number);
                }
                Entry::Vacant(entry) => {
                    entry.insert(Arc::new(RoaringBitmap::from_iter([number])));
                }
            }
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

    /// Writes the set of all numbers, which has hardly a hole, as stretches: choosing from it then scans nothing.
    pub(super) fn compact(&mut self) {
        Arc::make_mut(&mut self.all).optimize();
    }

    fn kind_mut(&mut self, image: &Image) -> Option<&mut RoaringBitmap> {
        image
            .facts
            .content
            .animated()
            .map(|animated| Arc::make_mut(if animated { &mut self.animated } else { &mut self.still }))
    }
}
