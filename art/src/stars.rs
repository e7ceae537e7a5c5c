//! Points of light: how a star falls on the canvas, and fields of them scattered at random.

use crate::canvas::Canvas;
use crate::colour::{Rgb, star_colour};
use crate::math::{TAU, bell, cos, exp, length, pow, sin};
use crate::rng::Rng;

/// How a lens draws a star of flux 1.
#[derive(Clone, Copy)]
pub struct Lens {
    /// Deviation of the core, in pixels.
    pub core: f32,
    /// Reach of the halo that bright stars have, in pixels at flux 1.
    pub halo: f32,
    /// Strength of the halo, 0 for none.
    pub glow: f32,
    /// Length of the four spikes at flux 1, in pixels, 0 for none.
    pub spikes: f32,
    /// By how much the spikes are turned, in radians.
    pub turn: f32,
}

impl Lens {
    pub const EYE: Self = Self {
        core: 0.72,
        halo: 5.0,
        glow: 0.05,
        spikes: 0.0,
        turn: 0.0,
    };
}

/// Adds one star. `flux` 1 just reaches white in the middle; the core of a brighter one grows only slowly.
pub fn star(canvas: &mut Canvas, place: (f32, f32), flux: f32, colour: Rgb, lens: &Lens) {
    let size = pow(flux.max(1.0), 0.25);
    let core = lens.core * size;
    let halo = lens.halo * size;
    let spike = lens.spikes * pow(flux, 0.4);
    let peak = flux.min(4.0);
    let reach = (core * 5.0)
        .max(if lens.glow > 0.0 { halo * 9.0 } else { 0.0 })
        .max(spike * 1.6);
    let (axis_x, axis_y) = (cos(lens.turn), sin(lens.turn));
    canvas.touch(place, reach, |x, y, under| {
        let (dx, dy) = (x - place.0, y - place.1);
        let distance = length(dx, dy);
        let mut light = peak * bell(distance, core);
        if lens.glow > 0.0 {
            let t = distance / halo;
            let edge = (1.0 - distance / reach).max(0.0);
            light += flux.min(8.0) * lens.glow * edge * edge / (1.0 + t * t);
        }
        if spike > 0.0 {
            let (u, v) = (dx * axis_x + dy * axis_y, dy * axis_x - dx * axis_y);
            let arm = |along: f32, across: f32| {
                exp(-2.6 * along.abs() / spike) * bell(across, core * 0.55)
            };
            light += 0.55 * peak * (arm(u, v) + arm(v, u));
        }
        // White where it burns, coloured around.
        under + colour.mix(Rgb::WHITE, (light - 0.6).clamp(0.0, 0.6)) * light
    });
}

/// A random star's flux: each fainter step has more of them, as in the sky; `steep` 1 is gentle, 0.5 very steep.
pub fn random_flux(rng: &mut Rng, faintest: f32, brightest: f32, steep: f32) -> f32 {
    (faintest * pow(1.0 - rng.unit(), -steep)).min(brightest)
}

/// A random star's colour: many blue-white ones, some golden, few red.
pub fn random_colour(rng: &mut Rng) -> Rgb {
    star_colour(0.35 + 0.45 * rng.normal()).mix(Rgb::WHITE, 0.3)
}

/// A field of faint stars; where `density` (0 to 1) is low, most of them are left out.
pub fn scatter(
    canvas: &mut Canvas,
    rng: &mut Rng,
    count: usize,
    (faintest, brightest, steep): (f32, f32, f32),
    lens: &Lens,
    density: impl Fn(f32, f32) -> f32,
) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    for _ in 0..count {
        let place = (rng.between(0.0, width), rng.between(0.0, height));
        let flux = random_flux(rng, faintest, brightest, steep);
        let colour = random_colour(rng);
        if rng.unit() < density(place.0, place.1) {
            star(canvas, place, flux, colour, lens);
        }
    }
}

/// A point on a circle, for what is arranged in rings.
pub fn on_circle(centre: (f32, f32), radius: f32, turn: f32) -> (f32, f32) {
    let angle = turn * TAU;
    (
        centre.0 + radius * cos(angle),
        centre.1 + radius * sin(angle),
    )
}
