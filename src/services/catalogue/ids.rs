//! From an id to its number: sorted arrays, one for each prefix of ids, that successive snapshots share.

use std::sync::Arc;

use crate::domain::{Image, ImageId, ImageNumber};

/// The head of an id and a number of an image with such an id; the image itself has the rest of the id.
pub(super) type Entry = (u64, ImageNumber);

/// What a shard holds on average when the shards have just been made, and when they are split again.
const FRESH_SHARD: usize = 512;
const FULL_SHARD: usize = 1_024;

/// A persistent index: a clone shares every shard, a change copies those that it touches.
#[derive(Clone)]
pub(super) struct Ids {
    /// 2 ^ `bits` of them; an id is in the one that its first `bits` bits say.
    shards: Vec<Arc<[Entry]>>,
    bits: u32,
    len: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self { shards: vec![Arc::default()], bits: 0, len: 0 }
    }
}

impl Ids {
    /// The entry of an image.
    pub(super) fn entry(image: &Image) -> Entry {
        (image.facts.id.head(), image.number)
    }

    /// The numbers of the images whose ids begin like this one: hardly ever more than one.
    pub(super) fn candidates(&self, id: ImageId) -> impl Iterator<Item = ImageNumber> {
        let head = id.head();
        let shard = self.shards.get(shard_of(head, self.bits)).map_or(&[][..], |shard| shard);
        let first = shard.partition_point(|entry| entry.0 < head);
        shard[first..].iter().take_while(move |entry| entry.0 == head).map(|entry| entry.1)
    }

    /// The index after a change. `removed` must be in it, `added` must not.
    pub(super) fn changed(&self, mut removed: Vec<Entry>, mut added: Vec<Entry>) -> Self {
        removed.sort_unstable();
        added.sort_unstable();
        let len = (self.len + added.len()).saturating_sub(removed.len());
        if len > FULL_SHARD << self.bits {
            let bits = (len / FRESH_SHARD).next_power_of_two().ilog2();
            let everything = self.shards.iter().flat_map(|shard| shard.iter());
            let shards = split(&merge(everything, &removed, &added), bits);
            return Self { shards, bits, len };
        }
        let shards = self.shards.iter().enumerate().map(|(index, shard)| {
            let (removed, added) = (within(&removed, index, self.bits), within(&added, index, self.bits));
            if removed.is_empty() && added.is_empty() {
                return Arc::clone(shard);
            }
            merge(shard.iter(), removed, added).into()
        });
        Self { shards: shards.collect(), bits: self.bits, len }
    }
}

fn shard_of(head: u64, bits: u32) -> usize {
    // A shift by all 64 bits is not defined; without a bit there is only one shard.
    head.checked_shr(u64::BITS - bits).map_or(0, |shard| usize::try_from(shard).unwrap_or(usize::MAX))
}

/// Those of sorted `entries` that belong to a shard.
fn within(entries: &[Entry], shard: usize, bits: u32) -> &[Entry] {
    let first = entries.partition_point(|entry| shard_of(entry.0, bits) < shard);
    let after = entries.partition_point(|entry| shard_of(entry.0, bits) <= shard);
    &entries[first..after]
}

fn merge<'a>(old: impl Iterator<Item = &'a Entry>, removed: &[Entry], added: &[Entry]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = old.filter(|entry| removed.binary_search(entry).is_err()).copied().collect();
    entries.extend_from_slice(added);
    entries.sort_unstable();
    entries
}

fn split(entries: &[Entry], bits: u32) -> Vec<Arc<[Entry]>> {
    (0..1 << bits).map(|shard| within(entries, shard, bits).into()).collect()
}
