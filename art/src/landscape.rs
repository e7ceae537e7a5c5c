//! Ground under the sky: ridges as lines of height, and fir trees as polygons.

use crate::noise::{fbm, ridged};
use crate::rng::Rng;

/// A line of mountains: for a column the row where they begin.
pub struct Ridge {
    pub base: f32,
    pub relief: f32,
    /// Pixels from one summit to the next, about.
    pub span: f32,
    /// 0 for rolling hills, 1 for sharp peaks.
    pub sharp: f32,
    pub seed: u32,
}

impl Ridge {
    pub fn row(&self, x: f32) -> f32 {
        let u = x / self.span;
        let rolling = 0.5 + 0.5 * fbm(u, 0.3, 0.7, 5, self.seed);
        let peaks = ridged(u * 0.7, 0.9, 0.1, 7, self.seed);
        self.base - self.relief * (rolling * (1.0 - self.sharp) + peaks * self.sharp)
    }

    /// The share of a pixel that the mountains cover.
    pub fn cover(&self, x: f32, y: f32) -> f32 {
        (y - self.row(x) + 0.5).clamp(0.0, 1.0)
    }
}

/// A fir of `height` pixels that stands at `foot`, its branches a little ragged.
pub fn fir(rng: &mut Rng, foot: (f32, f32), height: f32) -> Vec<(f32, f32)> {
    let half = height * rng.between(0.15, 0.21);
    let tiers = (height / 7.0).clamp(5.0, 16.0) as usize;
    let lean = rng.between(-0.015, 0.015) * height;
    let mut left = Vec::new();
    let mut right = Vec::new();
    for tier in 1..=tiers {
        let t = tier as f32 / tiers as f32;
        let spread = half * (0.1 + 0.9 * t);
        let row = foot.1 - height * (0.94 - 0.88 * t);
        let centre = foot.0 + lean * (1.0 - t);
        for (side, points) in [(-1.0, &mut left), (1.0, &mut right)] {
            let reach = spread * rng.between(0.72, 1.1);
            points.push((centre + side * reach, row + height * 0.025 * rng.unit()));
            let inner = row - height * 0.022;
            points.push((centre + side * reach * rng.between(0.36, 0.5), inner));
        }
    }
    let mut outline = vec![(foot.0 + lean, foot.1 - height)];
    outline.extend(right);
    outline.push((foot.0 + half * 0.12, foot.1));
    outline.push((foot.0 - half * 0.12, foot.1));
    outline.extend(left.into_iter().rev());
    outline
}
