//! All numbers below a size in an order that looks random, either way at once: nothing of it is kept.

use super::mix::Stream;

/// Rounds enough that an order by one key tells nothing of that by another, even of a handful of numbers.
const ROUNDS: usize = 8;
/// The fewest bits that a network is made of: parts of two or three bits hardly mix, so that some orders of a handful
/// of numbers would come up far more often than others. A longer walk along the cycle makes up for it.
const MIN_BITS: u32 = 8;

/// A keyed permutation of `0..size`: a Feistel network over a power of two that is no smaller (Luby and Rackoff 1988), walked along
/// its cycle until it comes back below the size (Black and Rogaway 2002).
pub(super) struct Permutation {
    size: u64,
    /// The bits of the upper and of the lower part.
    parts: (u32, u32),
    rounds: [Stream; ROUNDS],
}

impl Permutation {
    /// The permutation of the `size` smallest numbers, at least 1 and at most 2^32, that a key stands for.
    pub(super) fn new(key: u64, size: u64) -> Self {
        let bits = size.next_power_of_two().ilog2().max(MIN_BITS);
        let keys = Stream::new(key);
        Self {
            size,
            parts: (bits.div_ceil(2), bits / 2),
            rounds: std::array::from_fn(|round| Stream::new(keys.at(round as u64))),
        }
    }

    /// Where a number stands in the order.
    pub(super) fn position_of(&self, number: u64) -> u64 {
        self.walk(number, |value| {
            self.rounds.iter().enumerate().fold(value, |value, (round, stream)| self.round(round, *stream, value))
        })
    }

    /// The number that stands at a position.
    pub(super) fn number_at(&self, position: u64) -> u64 {
        self.walk(position, |value| {
            self.rounds.iter().enumerate().rev().fold(value, |value, (round, stream)| self.round(round, *stream, value))
        })
    }

    fn walk(&self, start: u64, permute: impl Fn(u64) -> u64) -> u64 {
        let mut value = permute(start);
        while value >= self.size {
            value = permute(value);
        }
        value
    }

    /// Changes one part by a function of the other, which is its own inverse.
    fn round(&self, round: usize, stream: Stream, value: u64) -> u64 {
        let (upper_bits, lower_bits) = self.parts;
        let (upper, lower) = (value >> lower_bits, value & ((1 << lower_bits) - 1));
        if round.is_multiple_of(2) {
            value ^ ((stream.at(lower) & ((1 << upper_bits) - 1)) << lower_bits)
        } else {
            value ^ (stream.at(upper) & ((1 << lower_bits) - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_uniform;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_number_has_one_position() {
        for size in (1..70).chain([1_000, 4_096, 4_097]) {
            let order = Permutation::new(size * 31, size);
            let mut numbers: Vec<_> = (0..size).map(|position| order.number_at(position)).collect();
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..size), "{size}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_at_its_position(key: u64, size in 1..=1u64 << 32, number: u32) {
            let number = u64::from(number) % size;
            let order = Permutation::new(key, size);
            let position = order.position_of(number);
            prop_assert!(position < size);
            prop_assert_eq!(order.number_at(position), number);
        }
    }

    #[test]
    fn of_a_few_numbers_every_beginning_is_equally_likely() {
        for size in [2, 5, 12] {
            let mut pairs = vec![0; size * size];
            for key in 0..8_000 {
                let order = Permutation::new(key, size as u64);
                let [first, second] =
                    [order.number_at(0), order.number_at(1)].map(|number| usize::try_from(number).unwrap());
                pairs[first * size + second] += 1;
            }
            let pairs: Vec<_> =
                (0..size * size).filter(|pair| pair / size != pair % size).map(|pair| pairs[pair]).collect();
            assert_uniform(&pairs);
        }
    }
}
