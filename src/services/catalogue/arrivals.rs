//! Images on their way into the postings: gathered first, then entered, a set at a time.
//!
//! A million images bring millions of tags, but a page of them brings the same few hundred again and again, and within
//! a page each is one text in memory. Whoever gathers looks at the address of that text, hardly ever at its letters, and
//! a set takes all its numbers at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use roaring::RoaringBitmap;

use crate::domain::{Image, Tag};

/// The images since the last time that they were entered. No number comes twice.
#[derive(Default)]
pub(super) struct Arrivals {
    pub(super) all: Vec<u32>,
    pub(super) still: Vec<u32>,
    pub(super) animated: Vec<u32>,
    /// By the address of the spelling.
    tags: HashMap<usize, Carried, RandomState>,
    /// Those that nobody knew before.
    new_tags: HashSet<Tag, RandomState>,
}

/// A spelling and the images that carry it.
struct Carried {
    /// As it came. Held so that no other text gets its address.
    _came: Tag,
    /// As the postings have it.
    tag: Tag,
    numbers: Vec<u32>,
}

impl Arrivals {
    /// Takes an image, and makes it share the spelling of its tags with those that `known` gives for them.
    pub(super) fn push(&mut self, image: &mut Image, known: impl Fn(&Tag) -> Option<Tag>) {
        let number = image.number.0;
        self.all.push(number);
        match image.facts.content.animated() {
            Some(true) => self.animated.push(number),
            Some(false) => self.still.push(number),
            None => {}
        }
        for tag in &mut image.facts.tags {
            let carried = self.tags.entry(tag.as_str().as_ptr().addr()).or_insert_with(|| {
                let shared = known(tag).or_else(|| self.new_tags.get(tag).cloned()).unwrap_or_else(|| {
                    self.new_tags.insert(tag.clone());
                    tag.clone()
                });
                Carried { _came: tag.clone(), tag: shared, numbers: Vec::new() }
            });
            *tag = carried.tag.clone();
            carried.numbers.push(number);
        }
    }

    /// Every tag that came with the images that carry it; one that came as several texts comes several times.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&Tag, &[u32])> {
        self.tags.values().map(|carried| (&carried.tag, &carried.numbers[..]))
    }
}

/// Adds numbers to a set, quickest when they come in order and after all that are in it.
pub(super) fn enter(set: &mut Arc<RoaringBitmap>, numbers: &[u32]) {
    if numbers.is_empty() {
        return;
    }
    let set = Arc::make_mut(set);
    if let Err(error) = set.append(numbers.iter().copied()) {
        let entered = usize::try_from(error.valid_until()).unwrap_or(0);
        set.extend(numbers.iter().skip(entered));
    }
}
