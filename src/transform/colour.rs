//! The dominant colour of a picture.

use crate::domain::Colour;

/// Bits of each channel that tell one bin of the histogram from the next.
const BITS: u32 = 3;
const BINS: usize = 1 << (3 * BITS);

#[derive(Clone, Copy, Default)]
struct Bin {
    weight: u64,
    sums: [u64; 3],
}

/// The colour that covers most of the picture; none for a wholly transparent one.
///
/// The RGB cube is cut into 8 x 8 x 8 bins; each pixel (red, green, blue, alpha, 8 bits each) weighs as much as it is
/// opaque. A bin's share is its own weight plus half that of the six bins that touch it by a face, so that a colour on
/// the border of bins is not beaten by a smaller one in the middle of its own; the result is the weighted mean of the
/// pixels in the bin with the greatest share.
pub(super) fn dominant(rgba: &[u8]) -> Option<Colour> {
    let mut bins = [Bin::default(); BINS];
    for &[red, green, blue, alpha] in rgba.as_chunks::<4>().0 {
        let index =
            [red, green, blue].iter().fold(0, |index, channel| (index << BITS) | usize::from(channel >> (8 - BITS)));
        let bin = &mut bins[index % BINS];
        bin.weight += u64::from(alpha);
        for (sum, channel) in bin.sums.iter_mut().zip([red, green, blue]) {
            *sum += u64::from(alpha) * u64::from(channel);
        }
    }
    let (index, _) = (0..BINS).map(|index| (index, share(&bins, index))).filter(|(_, share)| *share > 0).max_by_key(
        // The first of equals, so that the result does not depend on how `max` breaks ties.
        |(index, share)| (*share, std::cmp::Reverse(*index)),
    )?;
    let Bin { weight, sums } = bins[index];
    let mean = |sum: u64| u8::try_from((sum + weight / 2) / weight.max(1)).unwrap_or(u8::MAX);
    Some(Colour(sums.map(mean)))
}

/// Twice the weight of a bin plus the weights of its neighbours; nothing for an empty bin.
fn share(bins: &[Bin; BINS], index: usize) -> u64 {
    const SIDE: usize = 1 << BITS;
    if bins[index].weight == 0 {
        return 0;
    }
    let neighbours = [1, SIDE, SIDE * SIDE].into_iter().flat_map(|stride| {
        let along = index / stride % SIDE;
        [(along > 0).then(|| index - stride), (along + 1 < SIDE).then(|| index + stride)]
    });
    2 * bins[index].weight + neighbours.flatten().map(|neighbour| bins[neighbour].weight).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(of: &[([u8; 4], usize)]) -> Vec<u8> {
        of.iter().flat_map(|(pixel, count)| pixel.repeat(*count)).collect()
    }

    #[test]
    fn the_colour_that_covers_most_wins() {
        let rgba = pixels(&[([200, 30, 30, 255], 60), ([10, 10, 80, 255], 40)]);
        assert_eq!(dominant(&rgba), Some(Colour([200, 30, 30])));
    }

    #[test]
    fn a_colour_on_the_border_of_bins_is_one_colour() {
        let rgba = pixels(&[([31, 16, 16, 255], 30), ([32, 16, 16, 255], 31), ([200, 200, 200, 255], 39)]);
        assert_eq!(dominant(&rgba), Some(Colour([32, 16, 16])));
    }

    #[test]
    fn what_is_transparent_does_not_count() {
        let rgba = pixels(&[([255, 0, 255, 0], 90), ([0, 128, 0, 128], 10)]);
        assert_eq!(dominant(&rgba), Some(Colour([0, 128, 0])));
        assert_eq!(dominant(&pixels(&[([9, 9, 9, 0], 4)])), None);
    }
}
