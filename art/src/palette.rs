//! A palette for the formats that hold few colours, and the dither that hides that they are few.

use crate::canvas::Canvas;
use crate::colour::{Rgb, from_oklab, to_linear, to_oklab, to_srgb};
use crate::rng::Rng;

pub struct Palette {
    lab: Vec<[f32; 3]>,
    /// Eight-bit RGB, three bytes a colour.
    pub bytes: Vec<u8>,
}

impl Palette {
    /// The `colours` that stand best for the frames (k-means in `OKLab`, on a sample of the pixels).
    pub fn of(frames: &[Canvas], colours: usize) -> Self {
        const SAMPLE: usize = 24_000;
        let mut rng = Rng::new(20);
        let sample: Vec<[f32; 3]> = (0..SAMPLE)
            .map(|_| {
                let frame = &frames[rng.next() as usize % frames.len()];
                lab(frame.pixels[rng.next() as usize % frame.pixels.len()])
            })
            .collect();
        let mut centres = spread(&sample, colours, &mut rng);
        for _ in 0..14 {
            improve(&mut centres, &sample);
        }
        centres.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let bytes = centres
            .iter()
            .flat_map(|&centre| {
                let colour = from_oklab(centre).map(to_srgb);
                [colour.r, colour.g, colour.b].map(|c| (c * 255.0 + 0.5).clamp(0.0, 255.0) as u8)
            })
            .collect();
        Self {
            lab: centres,
            bytes,
        }
    }

    /// The index of a colour for every pixel. `dither` is the spread in lightness, 0 for none; the pattern is fixed to
    /// the place, so that what does not change between two frames stays the same.
    pub fn indices(&self, film: &Canvas, dither: f32) -> Vec<u8> {
        film.pixels
            .iter()
            .enumerate()
            .map(|(i, &pixel)| {
                let mut wanted = lab(pixel);
                wanted[0] += dither * (threshold(i % film.width, i / film.width) - 0.5);
                self.nearest(wanted)
            })
            .collect()
    }

    fn nearest(&self, wanted: [f32; 3]) -> u8 {
        nearest(&self.lab, wanted) as u8
    }
}

fn lab(pixel: Rgb) -> [f32; 3] {
    to_oklab(pixel.map(to_linear))
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let [l, x, y] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    l * l + 1.6 * (x * x + y * y)
}

fn nearest(centres: &[[f32; 3]], wanted: [f32; 3]) -> usize {
    let mut best = (f32::MAX, 0);
    for (i, &centre) in centres.iter().enumerate() {
        let away = distance(centre, wanted);
        if away < best.0 {
            best = (away, i);
        }
    }
    best.1
}

/// First centres: each is the one of a few candidates that is farthest from all chosen before.
fn spread(sample: &[[f32; 3]], colours: usize, rng: &mut Rng) -> Vec<[f32; 3]> {
    let mut centres = vec![sample[0]];
    let mut away: Vec<f32> = sample.iter().map(|&s| distance(s, sample[0])).collect();
    while centres.len() < colours {
        let candidate = (0..40)
            .map(|_| rng.next() as usize % sample.len())
            .max_by(|&a, &b| away[a].total_cmp(&away[b]))
            .unwrap_or(0);
        let chosen = sample[candidate];
        for (least, &pixel) in away.iter_mut().zip(sample) {
            *least = least.min(distance(pixel, chosen));
        }
        centres.push(chosen);
    }
    centres
}

/// One step of Lloyd's algorithm.
fn improve(centres: &mut [[f32; 3]], sample: &[[f32; 3]]) {
    let mut sums = vec![([0.0_f32; 3], 0.0_f32); centres.len()];
    for &pixel in sample {
        let (sum, count) = &mut sums[nearest(centres, pixel)];
        for (total, channel) in sum.iter_mut().zip(pixel) {
            *total += channel;
        }
        *count += 1.0;
    }
    for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
        if count > 0.0 {
            *centre = sum.map(|total| total / count);
        }
    }
}

/// Interleaved gradient noise (Jimenez 2014): 0 to 1, even over every small neighbourhood.
fn threshold(x: usize, y: usize) -> f32 {
    let inner = 0.067_110_56 * x as f32 + 0.005_837_15 * y as f32;
    (52.982_918 * inner.fract()).fract()
}
