//! Numbers that are the same on every machine, in every version and for ever: what seeds and walks are made of.
//!
//! Changing anything here changes what every seed gives, which breaks a promise; the tests pin it.

use std::f64::consts::{LN_2, SQRT_2};

/// An endless sequence of 64-bit numbers that look random, any of which can be had at once: `SplitMix64`
/// (Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>) as a function of the position.
#[derive(Clone, Copy)]
pub(super) struct Stream(u64);

impl Stream {
    /// The sequence of a key; different keys, unrelated sequences.
    pub(super) const fn new(key: u64) -> Self {
        Self(key)
    }

    /// One of many unrelated sequences of a 128-bit key.
    pub(super) const fn lane(key: (u64, u64), lane: u64) -> Self {
        Self(finalise(key.0 ^ Self(key.1).at(lane)))
    }

    /// The number at a position.
    pub(super) const fn at(self, position: u64) -> u64 {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        finalise(self.0.wrapping_add(position.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// The number at a position as two: its upper and its lower half.
    #[allow(clippy::cast_possible_truncation, reason = "the halves are meant")]
    pub(super) const fn halves_at(self, position: u64) -> (u32, u32) {
        let word = self.at(position);
        ((word >> 32) as u32, word as u32)
    }
}

const fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in (0, 1), evenly spread, from 32 random bits; exact.
pub(super) fn unit_32(bits: u32) -> f64 {
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

/// A number in (0, 1), evenly spread, from the upper 52 of 64 random bits; exact.
#[allow(clippy::cast_precision_loss, reason = "52 bits fit into the 53 of a double")]
pub(super) fn unit_64(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0
}

/// The natural logarithm of a normal, positive number.
///
/// Of additions, multiplications and divisions alone, which IEEE 754 defines to the last bit, whereas the logarithm of
/// the platform's library differs between platforms. Its error is below 1e-15 of the result or absolute, whichever is
/// larger, which no count of choices could ever show.
#[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "an exponent has 11 bits")]
pub(super) fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mantissa = f64::from_bits(bits & MANTISSA | 1.0f64.to_bits());
    let exponent = (bits >> 52) as i32 - 1_023;
    let (mantissa, exponent) = if mantissa > SQRT_2 { (mantissa / 2.0, exponent + 1) } else { (mantissa, exponent) };
    // ln m = 2 artanh z with z = (m - 1) / (m + 1), |z| < 0.172, so that z^21 / 21 is below 1e-17.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let mut series = 0.0;
    for odd in (0..=10).rev().map(|term| f64::from(2 * term + 1)) {
        series = series * (z * z) + 1.0 / odd;
    }
    2.0 * z * series + f64::from(exponent) * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // From the reference implementation, <https://prng.di.unimi.it/splitmix64.c>.
        assert_eq!(Stream::new(0).at(0), 0xe220_a839_7b1d_cdaf);
        let first: Vec<_> = (0..3).map(|position| Stream::new(1_234_567).at(position)).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn the_logarithm_is_one() {
        let stream = Stream::new(7);
        let draws = (0..100_000).map(|position| unit_64(stream.at(position)));
        for x in draws.chain([1e-250, 1e-20, 0.5, SQRT_2 / 2.0, 1.0 - 1e-15, 1.0, 2.0, 1e200]) {
            assert!((ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(1.0), "ln {x:e}");
        }
    }

    #[test]
    fn draws_are_inside_of_0_and_1() {
        for (smallest, largest) in [(unit_32(0), unit_32(u32::MAX)), (unit_64(0), unit_64(u64::MAX))] {
            assert!(0.0 < smallest && smallest < 1e-9 && 1.0 - 1e-9 < largest && largest < 1.0);
        }
    }
}
