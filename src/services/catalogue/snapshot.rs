//! The catalogue at one moment, immutable: everything that an answer needs, without asking the database.

use std::collections::HashSet;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use roaring::RoaringBitmap;

use super::arrivals::Arrivals;
use super::cache::SelectionCache;
use super::ids::Ids;
use super::images::Images;
use super::postings::Postings;
use super::selection::{self, Selection};
use crate::domain::{Attribution, Filter, Image, ImageId, ImageNumber, Tag};
use crate::store::{ChangeNumber, Changes};

/// The most texts that a builder looks for again: where hardly any is, looking costs more than it saves.
const MAX_TEXTS: usize = 100_000;

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
    pub fn tags(&self) -> impl Iterator<Item = (&Tag, u64)> {
        self.postings.tags().map(|(tag, numbers)| (tag, numbers.len()))
    }

    /// How many tags there are.
    #[must_use]
    pub fn tag_count(&self) -> usize {
        self.postings.tag_count()
    }

    /// The tags that most images of a selection carry, and how many of it carry them; at most 48, the most used of the
    /// whole catalogue first. A selection of rare images may have tags that are not among these.
    #[must_use]
    pub fn popular_tags(&self, within: &Selection<'_>) -> Vec<(&Tag, u64)> {
        let counted = self.postings.popular().map(|(tag, numbers)| (tag, numbers.intersection_len(within.numbers())));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The images whose numbers are the next above and the next below this one.
    #[must_use]
    pub fn neighbours(&self, of: ImageNumber) -> (Option<&Arc<Image>>, Option<&Arc<Image>>) {
        let all = self.postings.all();
        let newer = of.0.checked_add(1).and_then(|above| all.range(above..).next());
        let older = all.range(..of.0).next_back();
        (
            newer.and_then(|number| self.by_number(ImageNumber(number))),
            older.and_then(|n| self.by_number(ImageNumber(n))),
        )
    }

    /// The images whose numbers are in a range, in the order of their numbers.
    pub fn between(&self, numbers: Range<u32>) -> impl Iterator<Item = &Arc<Image>> {
        self.postings.all().range(numbers).filter_map(|number| self.by_number(ImageNumber(number)))
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
            arrivals: Arrivals::default(),
            touched: RoaringBitmap::new(),
            texts: HashSet::default(),
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
    /// Images that the postings do not have yet.
    arrivals: Arrivals,
    touched: RoaringBitmap,
    /// Texts that one image is likely to have in common with the next.
    texts: HashSet<Arc<str>, RandomState>,
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
                self.forget(&removed);
            }
        }
        self.enter_arrivals();
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
        self.postings.finish();
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
        self.share_texts(&mut image.facts.attribution);
        if let Some(before) = self.images.remove(image.number) {
            self.forget(&before);
        }
        let Self { arrivals, postings, .. } = self;
        arrivals.push(&mut image, |tag| postings.spelling(tag));
        self.images.insert(Arc::new(image));
    }

    fn forget(&mut self, image: &Image) {
        // It may be among them itself.
        self.enter_arrivals();
        self.touched.insert(image.number.0);
        self.postings.remove(image);
    }

    fn enter_arrivals(&mut self) {
        let arrivals = mem::take(&mut self.arrivals);
        self.postings.insert(&arrivals);
        self.touched.extend(&arrivals.all);
    }

    /// Makes images that come together hold a text once.
    fn share_texts(&mut self, Attribution { author, licence, .. }: &mut Attribution) {
        for text in [author, licence].into_iter().flatten() {
            match self.texts.get(text) {
                Some(known) => *text = Arc::clone(known),
                None if self.texts.len() < MAX_TEXTS => _ = self.texts.insert(Arc::clone(text)),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::fixtures::{change, filter, image, snapshot};
    use super::*;
    use crate::domain::Kind;

    const TAGS: [&str; 4] = ["comet", "moon", "night", "star"];

    /// An image of a number with some of the tags, or the removal of that number.
    #[derive(Debug, Clone)]
    enum Event {
        Put(u32, BTreeSet<usize>, u32),
        Remove(u32),
    }

    fn events() -> impl Strategy<Value = Vec<Vec<Event>>> {
        let number = || prop_oneof![0..30u32, 1_020..1_030u32, 70_000..70_010u32];
        let put = (number(), prop::collection::btree_set(0..TAGS.len(), 0..4), 0..3u32)
            .prop_map(|(number, tags, frames)| Event::Put(number, tags, frames));
        vec(vec(prop_oneof![3 => put, 1 => number().prop_map(Event::Remove)], 0..12), 1..12)
    }

    /// The catalogue as plain as can be.
    fn apply(model: &mut BTreeMap<u32, Image>, page: &[Event]) -> (Vec<Image>, Vec<u32>) {
        let (mut images, mut removed) = (Vec::new(), Vec::new());
        for event in page {
            match event {
                Event::Put(number, tags, frames) => {
                    let tags: Vec<_> = tags.iter().map(|&tag| TAGS[tag]).collect();
                    images.push(image(*number, &tags, *frames));
                }
                Event::Remove(number) => removed.push(*number),
            }
        }
        model.extend(images.iter().map(|image| (image.number.0, image.clone())));
        model.retain(|number, _| !removed.contains(number));
        (images, removed)
    }

    fn assert_holds(snapshot: &Snapshot, model: &BTreeMap<u32, Image>) {
        assert_eq!(snapshot.len(), model.len() as u64);
        assert_eq!(snapshot.newest().map(|number| number.0), model.keys().next_back().copied());
        for number in (0..30).chain(1_020..1_030).chain(70_000..70_010) {
            let (expected, id) = (model.get(&number), image(number, &[], 1).facts.id);
            assert_eq!(snapshot.by_number(ImageNumber(number)).map(AsRef::as_ref), expected);
            assert_eq!(snapshot.get(id).map(AsRef::as_ref), expected);
        }
        let mut tags = BTreeMap::new();
        for tag in model.values().flat_map(|image| &image.facts.tags) {
            *tags.entry(tag.clone()).or_insert(0) += 1;
        }
        assert!(snapshot.tags().map(|(tag, count)| (tag.clone(), count)).eq(tags));
        for (with, without, kind) in [
            (&[][..], &[][..], None),
            (&["star"], &[], None),
            (&["moon", "star"], &[], None),
            (&["comet", "moon", "star"], &["night"], None),
            (&[], &["night", "unknown"], None),
            (&["unknown", "star"], &[], None),
            (&[], &[], Some(Kind::Animated)),
            (&["star"], &["moon"], Some(Kind::Still)),
        ] {
            let selects = |image: &Image| {
                let has = |tag: &&str| image.facts.tags.iter().any(|own| own.as_str() == *tag);
                let animated = image.facts.content.animated();
                with.iter().all(has)
                    && !without.iter().any(has)
                    && kind.is_none_or(|kind| animated == Some(kind == Kind::Animated))
            };
            let expected = model.values().filter(|image| selects(image)).map(|image| image.number.0);
            // Twice: the second answer may come from the cache.
            for _ in 0..2 {
                let selection = snapshot.select(&filter(with, without, kind));
                assert!(selection.numbers().iter().eq(expected.clone()), "{with:?} {without:?} {kind:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn change_upon_change_is_the_same_as_all_at_once(pages in events()) {
            let mut model = BTreeMap::new();
            let mut step_by_step = Snapshot::default();
            let mut at_once = Snapshot::default().edit();
            for page in &pages {
                let before = (step_by_step.edit().freeze(), model.clone());
                let (images, removed) = apply(&mut model, page);
                at_once.apply(Changes {
                    images: images.clone(),
                    removed: removed.iter().copied().map(ImageNumber).collect(),
                    ..Changes::default()
                });
                step_by_step = change(&step_by_step, images, removed);
                assert_holds(&step_by_step, &model);
                // What is shared has not changed under the feet of those who still read the one before.
                assert_holds(&before.0, &before.1);
            }
            assert_holds(&at_once.freeze(), &model);
        }
    }

    #[test]
    fn every_id_is_found_however_many_there_are() {
        let mut snapshot = snapshot(0..3_000);
        for removed in [0..1_000, 1_500..2_900] {
            snapshot = change(&snapshot, (3_000..3_010).map(|number| image(number, &[], 1)), removed);
        }
        for number in 0..3_020 {
            let there = (1_000..1_500).contains(&number) || (2_900..3_010).contains(&number);
            assert_eq!(snapshot.get(image(number, &[], 1).facts.id).is_some(), there, "{number}");
        }
    }

    #[test]
    fn the_same_content_added_again_is_found_by_its_new_number() {
        let old = image(1, &["moon"], 1);
        let again = Image { number: ImageNumber(9), ..image(1, &["star"], 1) };
        let snapshot = change(&change(&Snapshot::default(), [old.clone()], []), [again.clone()], [1]);
        assert_eq!(snapshot.get(old.facts.id).map(AsRef::as_ref), Some(&again));
        assert_eq!(snapshot.len(), 1);
        assert_eq!(snapshot.tags().map(|(tag, _)| tag.as_str()).collect::<Vec<_>>(), ["star"]);
    }

    #[test]
    fn the_popular_tags_are_those_of_most_images_counted_within_a_selection() {
        let tags: Vec<_> = (0..60).map(|tag| format!("t{tag:02}")).collect();
        // Every image carries one of sixty tags, and the first thirty images the last of them, too.
        let snapshot = super::super::fixtures::snapshot_of((0..90).map(|number| {
            let own = [tags[number as usize % 60].as_str(), "t59"];
            image(number, &own[..if number < 30 { 2 } else { 1 }], 1)
        }));
        assert_eq!(snapshot.tag_count(), 60);
        let popular = snapshot.popular_tags(&snapshot.everything());
        let spelt = |tags: &[(&Tag, u64)]| tags.iter().map(|(tag, n)| format!("{tag} {n}")).collect::<Vec<_>>();
        assert_eq!((popular.len(), &spelt(&popular)[..3]), (48, &["t59 31", "t00 2", "t01 2"].map(String::from)[..]));
        let within = snapshot.select(&filter(&["t07"], &[], None));
        assert_eq!(spelt(&snapshot.popular_tags(&within)), ["t59 1", "t07 2"]);
        assert!(Snapshot::default().popular_tags(&Snapshot::default().everything()).is_empty());
    }

    #[test]
    fn neighbours_are_the_next_that_are_there() {
        let snapshot = snapshot([1, 5, u32::MAX]);
        let neighbours = |number| {
            let (newer, older) = snapshot.neighbours(ImageNumber(number));
            (newer.map(|image| image.number.0), older.map(|image| image.number.0))
        };
        assert_eq!(neighbours(1), (Some(5), None));
        assert_eq!(neighbours(3), (Some(5), Some(1)));
        assert_eq!(neighbours(u32::MAX), (None, Some(5)));
        assert_eq!(snapshot.between(1..5).map(|image| image.number.0).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_spelling_is_held_once() {
        let snapshot =
            change(&super::super::fixtures::snapshot_of([image(1, &["moon"], 1)]), [image(2, &["moon"], 1)], []);
        let spelling = |number| snapshot.by_number(ImageNumber(number)).unwrap().facts.tags[0].as_str().as_ptr();
        assert_eq!(spelling(1), spelling(2));
    }
}
