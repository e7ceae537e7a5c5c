//! From linear light to what a file holds: highlights rolled off, a breath of film grain, values encoded as sRGB.

use crate::canvas::Canvas;
use crate::colour::to_srgb;
use crate::rng::hash_unit;

/// The same canvas with sRGB-encoded channels of 0 to 1. `grain` is the deviation of the grain, in 255ths.
pub fn developed(canvas: &Canvas, grain: f32) -> Canvas {
    let mut film = canvas.clone();
    film.reshade(|x, y, light| {
        let value = light.map(|channel| to_srgb(shoulder(channel)));
        // Least in the highlights and in black, as on film.
        let room = (value.luminance() * (1.0 - value.luminance())).sqrt() + 0.35;
        let speck = grain / 255.0 * room * 1.2 * triangular(x, y, 77);
        value.map(|channel| (channel + speck).clamp(0.0, 1.0))
    });
    film
}

/// Eight-bit RGB; the rounding is dithered by less than one step, so that gradients do not band.
pub fn dithered_bytes(film: &Canvas) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(film.pixels.len() * 3);
    for (i, pixel) in film.pixels.iter().enumerate() {
        let (x, y) = ((i % film.width) as f32, (i / film.width) as f32);
        for (channel, seed) in [(pixel.r, 1), (pixel.g, 2), (pixel.b, 3)] {
            let value = channel * 255.0 + 0.5 * triangular(x, y, seed);
            bytes.push((value + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
    bytes
}

/// Eight-bit RGB, plainly rounded: flat areas stay flat.
pub fn rounded_bytes(film: &Canvas) -> Vec<u8> {
    let byte = |channel: f32| (channel * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    film.pixels
        .iter()
        .flat_map(|pixel| [byte(pixel.r), byte(pixel.g), byte(pixel.b)])
        .collect()
}

/// Leaves what is below 0.6 as it is and bends the rest towards 1.
fn shoulder(light: f32) -> f32 {
    const KNEE: f32 = 0.6;
    if light <= KNEE {
        light
    } else {
        1.0 - (1.0 - KNEE) * crate::math::exp((KNEE - light) / (1.0 - KNEE))
    }
}

/// Noise of -1 to 1 whose mean is 0.
fn triangular(x: f32, y: f32, seed: u32) -> f32 {
    let (x, y) = (x as i32, y as i32);
    hash_unit(x, y, seed * 2) - hash_unit(x, y, seed * 2 + 1)
}
