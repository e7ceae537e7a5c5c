//! A picture made small while its rows come.

use image::{Rgba, RgbaImage};

/// The longer side of what colour and placeholder are made from, in pixels: the placeholder keeps 7 waves a side, and
/// its cost grows with the pixels.
pub(super) const SIDE: u32 = 32;

/// The most pixels, along each side of a box, that one pixel of the small picture is averaged from.
const MAX_SAMPLES: u32 = 4;

/// Averages boxes of pixels into one each; of a large box, pixels at regular distances.
pub(super) struct Small {
    columns: Side,
    rows: Side,
    /// Red, green, blue (each times alpha) and alpha of all pixels of a box.
    sums: Vec<[u32; 4]>,
}

impl Small {
    /// For a picture of these measures, decoded at those of `decoded`.
    pub(super) fn new((width, height): (u32, u32), decoded: (u32, u32)) -> Self {
        let longer = width.max(height).max(1);
        let small = |side: u32| {
            if longer <= SIDE {
                return side;
            }
            // At most SIDE, because `side` is at most `longer`.
            let small = u64::from(side) * u64::from(SIDE) / u64::from(longer);
            u32::try_from(small).unwrap_or(SIDE).max(1)
        };
        let (columns, rows) = (Side::new(small(width), decoded.0), Side::new(small(height), decoded.1));
        let sums = vec![[0; 4]; columns.counts.len() * rows.counts.len()];
        Self { columns, rows, sums }
    }

    /// Takes what it needs of a row; `pixel` gives red, green, blue and alpha of one, counted from 0.
    pub(super) fn row(&mut self, y: u32, pixel: impl Fn(usize) -> Option<[u8; 4]>) {
        self.sparse_row(y, 0, 1, pixel);
    }

    /// The same for a row that begins at `first` and has one pixel in every `step`.
    pub(super) fn sparse_row(&mut self, y: u32, first: u32, step: u32, pixel: impl Fn(usize) -> Option<[u8; 4]>) {
        let Ok(index) = self.rows.samples.binary_search_by_key(&y, |sample| sample.0) else { return };
        let row = self.rows.samples[index].1 * self.columns.counts.len();
        for &(x, column) in &self.columns.samples {
            let Some(distance) = x.checked_sub(first).filter(|distance| distance.is_multiple_of(step)) else {
                continue;
            };
            let Some(rgba) = pixel((distance / step) as usize) else { continue };
            let [rgb @ .., alpha] = rgba.map(u32::from);
            let [sums @ .., opacity] = &mut self.sums[row + column];
            // Colours count as much as they are seen.
            sums.iter_mut().zip(rgb).for_each(|(sum, channel)| *sum += channel * alpha);
            *opacity += alpha;
        }
    }

    /// The small picture; transparent where no pixel came.
    pub(super) fn finish(self) -> RgbaImage {
        let Self { columns, rows, sums } = self;
        let side = |side: &Side| u32::try_from(side.counts.len()).unwrap_or(SIDE);
        RgbaImage::from_fn(side(&columns), side(&rows), |x, y| {
            let (column, row) = (x as usize, y as usize);
            let [rgb @ .., opacity] = sums[row * columns.counts.len() + column];
            let mean = |sum: u32, of: u32| u8::try_from(sum / of.max(1)).unwrap_or(u8::MAX);
            let [red, green, blue] = rgb.map(|sum| mean(sum, opacity));
            Rgba([red, green, blue, mean(opacity, columns.counts[column] * rows.counts[row])])
        })
    }
}

/// Which pixels along a side are looked at, and for which box.
struct Side {
    /// Position and box, in the order of positions.
    samples: Vec<(u32, usize)>,
    /// How many there are in each box.
    counts: Vec<u32>,
}

impl Side {
    fn new(boxes: u32, side: u32) -> Self {
        let edge = |index: u32| (u64::from(index) * u64::from(side) / u64::from(boxes)).try_into().unwrap_or(side);
        let mut found = Self { samples: Vec::new(), counts: Vec::new() };
        for index in 0..boxes {
            let from: u32 = edge(index);
            let to = edge(index + 1).max(from + 1);
            let before = found.samples.len();
            let stride = (to - from).div_ceil(MAX_SAMPLES) as usize;
            found.samples.extend((from..to).step_by(stride).map(|position| (position, index as usize)));
            found.counts.push(u32::try_from(found.samples.len() - before).unwrap_or(MAX_SAMPLES));
        }
        found
    }
}
