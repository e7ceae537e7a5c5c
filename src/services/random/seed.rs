//! Choosing by a seed: the same seed, the same image, on every replica, after every restart, while the catalogue grows.
//!
//! Each seed makes every number that an image can ever have run a race: the time at which a number arrives depends on
//! the seed and the number alone, exponentially distributed with mean 1. The choice is the matching number that arrives
//! first. From that follow, exactly:
//! - each matching image is chosen by the same share of seeds;
//! - an image that is added takes over its fair share of seeds and disturbs no other;
//! - of an image that is removed (or no longer matches) the seeds move, each to the second of its race, and no other;
//! - the image that a seed gives without a filter is also the one with any filter that it passes.
//!
//! (On a ring of hashes, the usual answer, images get very unequal shares: the luckiest of a million gets fourteen
//! times its own.)
//!
//! What is left is to find the winner without running a million. The numbers fall into blocks: the first 65,536, as
//! many again, twice as many, and so on, so that a growing catalogue only begins new blocks. In each block arrivals are
//! simulated in the order of time: the next arrival is due after an exponential time with mean 1 / size, at a number
//! drawn evenly, and of each number only the first arrival counts. Where many match, one of the first few arrivals
//! does. After about as many arrivals as the square root of the size the simulation ends, and whoever has not arrived
//! gets a time of their own from then on, exponential with mean 1: that is the same distribution, because waiting time
//! has no memory. Only where few match does it come to that, and of few the times are quickly compared.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use roaring::RoaringBitmap;
use siphasher::sip128::SipHasher24;

use super::mix::{Stream, ln, unit_32, unit_64};
use crate::domain::{Image, ImageNumber};
use crate::services::catalogue::Selection;

/// The first `count` images of a seed, or all if there are fewer, all distinct. The first one is that of `count` 1.
#[must_use]
pub fn seeded<'s>(selection: &Selection<'s>, seed: &str, count: usize) -> Vec<&'s Arc<Image>> {
    winners(selection.numbers(), seed, count)
        .into_iter()
        .filter_map(|number| selection.image(ImageNumber(number)))
        .collect()
}

/// The first `count` of the `matching` numbers to arrive, in their order.
fn winners(matching: &RoaringBitmap, seed: &str, count: usize) -> Vec<u32> {
    let Some(largest) = matching.max().filter(|_| count > 0) else { return Vec::new() };
    let hash = SipHasher24::new_with_key(b"sirius seeds, 1\0").hash(seed.as_bytes());
    let mut arrivals: Vec<_> = Block::all()
        .take_while(|block| *block.numbers().start() <= largest)
        .flat_map(|block| Race::new(block, (hash.h1, hash.h2)).first(matching, count))
        .collect();
    // Stable: within a block the order of arrival stands, even where two times round to the same.
    arrivals.sort_by(|one, other| one.time.total_cmp(&other.time));
    arrivals.into_iter().take(count).map(|arrival| arrival.number).collect()
}

/// When a number arrived, and that it did.
struct Arrival {
    time: f64,
    number: u32,
}

/// A block of numbers: 0 is `0..2^16`, 1 is `2^16..2^17`, 2 is `2^17..2^18`, up to 16.
#[derive(Clone, Copy)]
struct Block(u32);

impl Block {
    /// All of them, which together are all numbers, in ascending order.
    fn all() -> impl Iterator<Item = Self> {
        (0..=16).map(Self)
    }

    /// The size is 2 to this power.
    fn bits(self) -> u32 {
        (self.0 + 15).max(16)
    }

    fn size(self) -> u32 {
        1 << self.bits()
    }

    fn start(self) -> u32 {
        if self.0 == 0 { 0 } else { self.size() }
    }

    fn numbers(self) -> RangeInclusive<u32> {
        self.start()..=self.start() + (self.size() - 1)
    }
}

/// The race of a seed in one block.
struct Race {
    block: Block,
    /// Who arrives next, and how long after the one before.
    course: Stream,
    /// How long each one takes that has not arrived by the end of the simulation.
    stragglers: Stream,
}

impl Race {
    fn new(block: Block, key: (u64, u64)) -> Self {
        let lane = 2 * u64::from(block.0);
        Self { block, course: Stream::lane(key, lane), stragglers: Stream::lane(key, lane + 1) }
    }

    /// The first `count` of the matching numbers in this block, in the order of arrival.
    fn first(&self, matching: &RoaringBitmap, count: usize) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        if matching.range(self.block.numbers()).next().is_none() {
            return arrivals;
        }
        let mut clock = Clock { time: 0.0, pending: 1.0, speed: f64::from(self.block.size()) };
        for position in 0..1 << self.block.bits().div_ceil(2) {
            let (wait, place) = self.course.halves_at(position);
            clock.wait(unit_32(wait));
            let number = self.block.start() + (place & (self.block.size() - 1));
            if matching.contains(number) && !arrivals.iter().any(|arrival: &Arrival| arrival.number == number) {
                arrive(&mut arrivals, clock.now(), number);
                if arrivals.len() == count {
                    return arrivals;
                }
            }
        }
        self.straggle(matching, count, clock.now(), &mut arrivals);
        arrivals
    }

    /// Adds those that have not arrived by the `end` of the simulation, until there are `count`.
    fn straggle(&self, matching: &RoaringBitmap, count: usize, end: f64, arrivals: &mut Vec<Arrival>) {
        let wanted = count - arrivals.len();
        // The largest draws are the shortest times. On top of the heap is the smallest draw that is still wanted.
        let mut soonest = BinaryHeap::with_capacity(wanted + 1);
        let mut least = 0;
        let mut numbers = matching.range(self.block.numbers());
        // In batches, because there may be many: one by one, taking them out of the set would cost the most.
        let mut batch = [0; 256];
        loop {
            let numbers = numbers.next_many(&mut batch);
            if numbers.is_empty() {
                break;
            }
            for &mut number in numbers {
                let draw = self.stragglers.at(number.into());
                if draw < least || arrivals.iter().any(|arrival| arrival.number == number) {
                    continue;
                }
                soonest.push(Reverse((draw, Reverse(number))));
                if soonest.len() > wanted {
                    soonest.pop();
                    least = soonest.peek().map_or(0, |Reverse((draw, _))| *draw);
                }
            }
        }
        for Reverse((draw, Reverse(number))) in soonest.into_sorted_vec() {
            arrive(arrivals, end - ln(unit_64(draw)), number);
        }
    }
}

/// Notes an arrival, not before the last one: the rounding of a logarithm must not change the order.
fn arrive(arrivals: &mut Vec<Arrival>, time: f64, number: u32) {
    let time = arrivals.last().map_or(time, |last| last.time.max(time));
    arrivals.push(Arrival { time, number });
}

/// Adds up exponential waiting times, which are logarithms of even draws, with one logarithm for many: that of their
/// product.
struct Clock {
    time: f64,
    pending: f64,
    speed: f64,
}

impl Clock {
    fn wait(&mut self, draw: f64) {
        self.pending *= draw;
        // Long before the product is too small to be exact.
        if self.pending < 1e-250 {
            self.time = self.now();
            self.pending = 1.0;
        }
    }

    fn now(&self) -> f64 {
        self.time - ln(self.pending) / self.speed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::super::tests::assert_uniform;
    use super::*;

    /// What the race means, without any of its short cuts: the time of each number by itself.
    fn time_of(number: u32, seed: &str) -> f64 {
        let hash = SipHasher24::new_with_key(b"sirius seeds, 1\0").hash(seed.as_bytes());
        let block = Block::all().find(|block| block.numbers().contains(&number)).unwrap();
        let race = Race::new(block, (hash.h1, hash.h2));
        let mut time = 0.0;
        for position in 0..1 << block.bits().div_ceil(2) {
            let (wait, place) = race.course.halves_at(position);
            time -= unit_32(wait).ln() / f64::from(block.size());
            if block.start() + place % block.size() == number {
                return time;
            }
        }
        time - unit_64(race.stragglers.at(number.into())).ln()
    }

    /// Sets in which some blocks are full, some sparse and some empty.
    fn catalogues() -> impl Strategy<Value = BTreeSet<u32>> {
        let dense = (0..1_200_000u32, 1..200u32).prop_map(|(from, len)| (from..from + len).collect::<BTreeSet<_>>());
        (btree_set(0..1_200_000u32, 0..60), dense).prop_map(|(sparse, dense)| &sparse | &dense)
    }

    fn bitmap(numbers: &BTreeSet<u32>) -> RoaringBitmap {
        numbers.iter().copied().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_short_cuts_change_nothing(numbers in catalogues(), seed in ".{0,12}", count in 1..12usize) {
            let mut times: Vec<_> = numbers.iter().map(|&number| (time_of(number, &seed), number)).collect();
            times.sort_by(|one, other| one.0.total_cmp(&other.0));
            let expected: Vec<_> = times.into_iter().take(count).map(|(_, number)| number).collect();
            prop_assert_eq!(winners(&bitmap(&numbers), &seed, count), expected);
        }

        #[test]
        fn the_first_of_several_is_the_one(numbers in catalogues(), seed in ".{0,12}", count in 1..200usize) {
            let several = winners(&bitmap(&numbers), &seed, count);
            prop_assert_eq!(several.len(), count.min(numbers.len()));
            prop_assert_eq!(several.iter().collect::<BTreeSet<_>>().len(), several.len());
            prop_assert_eq!(&winners(&bitmap(&numbers), &seed, 1), &several[..1]);
        }

        #[test]
        fn added_images_take_over_and_removed_ones_give_back(numbers in catalogues(), more in catalogues(), seeds: [u32; 8]) {
            let together = &numbers | &more;
            for seed in seeds.map(|seed| seed.to_string()) {
                let (before, after) = (winners(&bitmap(&numbers), &seed, 1), winners(&bitmap(&together), &seed, 1));
                // Read forwards, `more` is added; read backwards, it is removed.
                prop_assert!(before == after || !numbers.contains(&after[0]));
            }
        }
    }

    #[test]
    fn every_image_has_the_same_share_of_seeds() {
        // Twelve, as in a new installation; as many in each of several blocks; full blocks beside a block just begun.
        let few: Vec<_> = (1..=12).collect();
        let spread: Vec<_> = [0, 70_000, 140_000, 900_000].into_iter().flat_map(|start| start..start + 10).collect();
        for numbers in [few, spread] {
            let matching = numbers.iter().copied().collect();
            let mut counts = vec![0; numbers.len()];
            for seed in 0..numbers.len() * 100 {
                let winner = winners(&matching, &seed.to_string(), 1)[0];
                counts[numbers.binary_search(&winner).unwrap()] += 1;
            }
            assert_uniform(&counts);
        }
        let matching = (0..140_000).collect();
        let mut counts = vec![0; 140];
        for seed in 0..7_000 {
            counts[winners(&matching, &seed.to_string(), 1)[0] as usize / 1_000] += 1;
        }
        assert_uniform(&counts);
    }

    #[test]
    fn an_image_more_in_a_hundred_moves_one_seed_in_a_hundred() {
        let before: RoaringBitmap = (1..=100_000).collect();
        let after: RoaringBitmap = (1..=101_000).collect();
        let moved = (0..20_000)
            .filter(|seed| winners(&before, &seed.to_string(), 1) != winners(&after, &seed.to_string(), 1))
            .count();
        // 1,000 of 101,000 are 198 of 20,000, give or take five standard deviations.
        assert!((128..=268).contains(&moved), "{moved}");
    }

    #[test]
    fn what_a_seed_gives_is_a_promise() {
        let [few, many]: [RoaringBitmap; 2] = [12, 1_000_000].map(|newest| (1..=newest).collect());
        // So few that most are found among the stragglers.
        let rare: RoaringBitmap = (600_000..1_000_000).step_by(4_000).collect();
        for (seed, of_few, of_many, of_rare) in [
            ("", [1, 12, 4], [259_537, 20_122, 946_073], [768_000, 968_000, 740_000]),
            ("sirius", [2, 7, 4], [488_532, 942_097, 715_596], [960_000, 684_000, 976_000]),
            ("2026-11-21", [11, 6, 9], [4_389, 696_856, 317_870], [772_000, 840_000, 984_000]),
            ("Ærø", [10, 3, 5], [220_699, 526_926, 854_610], [672_000, 656_000, 820_000]),
        ] {
            assert_eq!(winners(&few, seed, 3), of_few);
            assert_eq!(winners(&many, seed, 3), of_many);
            assert_eq!(winners(&rare, seed, 3), of_rare);
        }
    }

    #[test]
    fn the_largest_number_takes_part() {
        let matching: RoaringBitmap = [0, 65_535, 65_536, u32::MAX - 1, u32::MAX].into_iter().collect();
        let mut all = winners(&matching, "x", 9);
        all.sort_unstable();
        assert!(all.into_iter().eq(&matching));
        assert!(winners(&matching, "x", 0).is_empty());
        assert!(winners(&RoaringBitmap::new(), "x", 3).is_empty());
    }
}
