//! A picture in linear light, and what is done to all of it: shading, light on top, blur and bloom.

use crate::colour::Rgb;

#[derive(Clone)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Rgb>,
}

impl Canvas {
    /// Shades every pixel by its centre. `shade` sees nothing but the place, so the rows may be shared between threads.
    pub fn shaded(width: usize, height: usize, shade: impl Fn(f32, f32) -> Rgb + Sync) -> Self {
        let mut canvas = Self {
            width,
            height,
            pixels: vec![Rgb::BLACK; width * height],
        };
        canvas.reshade(|x, y, _| shade(x, y));
        canvas
    }

    /// Shades again, with what is there already as the third argument.
    pub fn reshade(&mut self, shade: impl Fn(f32, f32, Rgb) -> Rgb + Sync) {
        let width = self.width;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let rows = self.height.div_ceil(threads);
        std::thread::scope(|scope| {
            for (part, pixels) in self.pixels.chunks_mut(rows * width).enumerate() {
                let shade = &shade;
                scope.spawn(move || {
                    for (i, pixel) in pixels.iter_mut().enumerate() {
                        let x = (i % width) as f32 + 0.5;
                        let y = (part * rows + i / width) as f32 + 0.5;
                        *pixel = shade(x, y, *pixel);
                    }
                });
            }
        });
    }

    /// Shades only the pixels within `reach` of a place.
    pub fn touch(&mut self, (x, y): (f32, f32), reach: f32, shade: impl Fn(f32, f32, Rgb) -> Rgb) {
        let clamp = |value: f32, limit: usize| value.clamp(0.0, limit as f32) as usize;
        for row in clamp(y - reach, self.height)..clamp(y + reach + 1.0, self.height) {
            for column in clamp(x - reach, self.width)..clamp(x + reach + 1.0, self.width) {
                let pixel = &mut self.pixels[row * self.width + column];
                *pixel = shade(column as f32 + 0.5, row as f32 + 0.5, *pixel);
            }
        }
    }

    /// Lays a colour over the canvas where the mask covers it.
    pub fn lay(&mut self, mask: &[f32], colour: Rgb) {
        for (pixel, &cover) in self.pixels.iter_mut().zip(mask) {
            if cover > 0.0 {
                *pixel = pixel.mix(colour, cover);
            }
        }
    }

    pub fn add(&mut self, light: &Self, strength: f32) {
        for (pixel, &extra) in self.pixels.iter_mut().zip(&light.pixels) {
            *pixel += extra * strength;
        }
    }

    /// The nearest pixel's light; outside the canvas, that of its edge.
    pub fn sample(&self, x: f32, y: f32) -> Rgb {
        let at = |value: f32, size: usize| value.clamp(0.0, size as f32 - 1.0);
        let (x, y) = (at(x - 0.5, self.width), at(y - 0.5, self.height));
        let (left, top) = (x as usize, y as usize);
        let right = (left + 1).min(self.width - 1);
        let below = (top + 1).min(self.height - 1);
        let pixel = |column: usize, row: usize| self.pixels[row * self.width + column];
        let share = x - left as f32;
        pixel(left, top).mix(pixel(right, top), share).mix(
            pixel(left, below).mix(pixel(right, below), share),
            y - top as f32,
        )
    }

    /// What is brighter than `threshold`, spread over about `radius` pixels and added: the glow of a lens.
    pub fn bloom(&mut self, threshold: f32, radius: f32, strength: f32) {
        let mut bright = self.clone();
        for pixel in &mut bright.pixels {
            let excess = (pixel.luminance() - threshold).max(0.0);
            *pixel = *pixel * (excess / pixel.luminance().max(1e-6));
        }
        self.add(&bright.blurred(radius), strength);
    }

    /// Three box blurs, which are near enough a Gaussian one of deviation `radius`.
    pub fn blurred(&self, radius: f32) -> Self {
        let half = (radius.max(0.5) as usize).max(1);
        let mut canvas = self.clone();
        for _ in 0..3 {
            for row in canvas.pixels.chunks_mut(self.width) {
                box_blur(row, half);
            }
            let mut column = vec![Rgb::BLACK; self.height];
            for x in 0..self.width {
                for (y, pixel) in column.iter_mut().enumerate() {
                    *pixel = canvas.pixels[y * self.width + x];
                }
                box_blur(&mut column, half);
                for (y, pixel) in column.iter().enumerate() {
                    canvas.pixels[y * self.width + x] = *pixel;
                }
            }
        }
        canvas
    }

    /// Half the size, each pixel the mean of four.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let at = 2 * y * self.width + 2 * x;
                let top = self.pixels[at] + self.pixels[at + 1];
                let below = self.pixels[at + self.width] + self.pixels[at + self.width + 1];
                pixels.push((top + below) * 0.25);
            }
        }
        Self {
            width,
            height,
            pixels,
        }
    }
}

/// The mean of the `2 * half + 1` around each, the edges standing for what lies beyond them.
fn box_blur(line: &mut [Rgb], half: usize) {
    let last = line.len() - 1;
    let source = line.to_vec();
    let share = 1.0 / (2 * half + 1) as f32;
    // In f64, because the sum runs along the whole line.
    let mut sum = [0.0_f64; 3];
    let mut shift = |pixel: Rgb, sign: f64| {
        for (total, channel) in sum.iter_mut().zip([pixel.r, pixel.g, pixel.b]) {
            *total += sign * f64::from(channel);
        }
        Rgb::new(sum[0] as f32, sum[1] as f32, sum[2] as f32)
    };
    for i in 0..=2 * half {
        shift(source[i.saturating_sub(half).min(last)], 1.0);
    }
    for (i, pixel) in line.iter_mut().enumerate() {
        *pixel = shift(Rgb::BLACK, 1.0) * share;
        shift(source[(i + half + 1).min(last)], 1.0);
        shift(source[i.saturating_sub(half)], -1.0);
    }
}
