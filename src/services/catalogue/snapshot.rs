//! The catalogue at one moment, immutable: everything that an answer needs, without asking the database.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::cache::SelectionCache;
use super::ids::Ids;
use super::images::Images;
use super::postings::Postings;
use super::selection::{self, Selection};
use crate::domain::{Filter, Image, ImageId, ImageNumber, Tag};
use crate::store::{ChangeNumber, Changes};

/// The catalogue after a change, with all that can be asked of it.
///
/// A later snapshot shares with this one whatever has not changed, so following the database costs in proportion to
/// what changes there.
#[derive(Default)]
pub struct Snapshot {
    images: Images,
    ids: Ids,
    pub(super) postings: Postings,
    pub(super) cache: SelectionCache,
    up_to: ChangeNumber,
}

impl Snapshot {
    /// The image of that id.
    #[must_use]
    pub fn get(&self, id: ImageId) -> Option<&Arc<Image>> {
        self.ids.candidates(id).filter_map(|number| self.by_number(number)).find(|image| image.facts.id == id)
    }

    /// The image of that number.
    #[must_use]
    pub fn by_number(&self, number: ImageNumber) -> Option<&Arc<Image>> {
        self.images.get(number)
    }

    /// What a filter selects; from the cache if it was asked for recently.
    #[must_use]
    pub fn select(&self, filter: &Filter) -> Selection<'_> {
        Selection::new(self, selection::numbers(&self.postings, &self.cache, filter))
    }

    /// All images.
    #[must_use]
    pub fn everything(&self) -> Selection<'_> {
        Selection::new(self, selection::Numbers::Kept(self.postings.all()))
    }

    /// How many images there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.postings.all().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.postings.all().is_empty()
    }

    /// The number of the newest image.
    #[must_use]
    pub fn newest(&self) -> Option<ImageNumber> {
        self.postings.all().max().map(ImageNumber)
    }

    /// Every tag that an image carries and how many carry it, in the order of their spelling.
    #[must_use]
    pub fn tags(&self) -> impl ExactSizeIterator<Item = (&Tag, u64)> {
        self.postings.tags().map(|(tag, numbers)| (tag, numbers.len()))
    }

    /// The change after which this is the catalogue.
    #[must_use]
    pub fn up_to(&self) -> ChangeNumber {
        self.up_to
    }

    /// Begins the next snapshot, which shares with this one what does not change.
    #[must_use]
    pub fn edit(&self) -> Builder {
        Builder {
            base: self.images.clone(),
            images: self.images.clone(),
            ids: self.ids.clone(),
            postings: self.postings.clone(),
            touched: RoaringBitmap::new(),
            up_to: self.up_to,
        }
    }
}

/// A snapshot in the making: takes any number of changes, then freezes.
pub struct Builder {
    /// The images before the first change.
    base: Images,
    images: Images,
    /// As before the first change: brought up to date at the end, in one pass.
    ids: Ids,
    postings: Postings,
    touched: RoaringBitmap,
    up_to: ChangeNumber,
}

impl Builder {
    /// Applies a stretch of the catalogue's history, in the order in which the store gives them.
    pub fn apply(&mut self, changes: Changes) {
        for image in changes.images {
            self.put(image);
        }
        for number in changes.removed {
            if let Some(removed) = self.images.remove(number) {
                self.touched.insert(number.0);
                self.postings.remove(&removed);
            }
        }
        self.up_to = changes.up_to;
    }

    /// The finished snapshot.
    #[must_use]
    pub fn freeze(mut self) -> Snapshot {
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        for number in self.touched.iter().map(ImageNumber) {
            let entry = |images: &Images| images.get(number).map(|image| Ids::entry(image));
            match (entry(&self.base), entry(&self.images)) {
                (before, after) if before == after => {}
                (before, after) => {
                    removed.extend(before);
                    added.extend(after);
                }
            }
        }
        self.postings.compact();
        let cache = SelectionCache::for_numbers_up_to(self.postings.all().max().unwrap_or(0));
        Snapshot {
            images: self.images,
            ids: self.ids.changed(removed, added),
            postings: self.postings,
            cache,
            up_to: self.up_to,
        }
    }

    fn put(&mut self, mut image: Image) {
        self.touched.insert(image.number.0);
        if let Some(before) = self.images.remove(image.number) {
            self.postings.remove(&before);
        }
        self.postings.insert(&mut image);
        self.images.insert(Arc::new(image));
    }
}
