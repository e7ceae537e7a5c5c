//! Sunrise from orbit: the thin bright line of air, cities still in the dark.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{bell, exp, length, mix, smoothstep};
use crate::noise::{fbm, ridged, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "sunrise-from-orbit",
    title: "Sunrise from orbit",
    alt: "The sun breaks over the curved edge of the Earth; a thin band of air glows blue and orange, and city lights shine gold on the dark ground below.",
    tags: &["planet", "earth", "sun", "dawn", "stars"],
    encoding: Encoding::Avif { quality: 68.0 },
    draw,
};

const WIDTH: usize = 1280;
const HEIGHT: usize = 720;
const RADIUS: f32 = 1750.0;
const CENTRE: (f32, f32) = (500.0, 2060.0);
/// Where on the limb the sun comes up.
const SUN: (f32, f32) = (905.0, 351.0);

fn draw() -> Vec<Canvas> {
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |_, y| {
        Rgb::hex(0x03_05_10) * (1.2 - y / 900.0)
    });
    let mut rng = Rng::new(23);
    let lens = Lens {
        core: 0.62,
        halo: 3.0,
        glow: 0.02,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        900,
        (0.03, 1.2, 0.55),
        &lens,
        |x, y| {
            smoothstep(10.0, 130.0, altitude(x, y))
                * (1.0 - 0.8 * bell(length(x - SUN.0, y - SUN.1), 240.0))
        },
    );
    let air = Gradient::new(&[
        (0.0, 0xff_f2_d2),
        (0.10, 0xff_c0_6a),
        (0.22, 0xf0_7a_40),
        (0.36, 0x8a_78_90),
        (0.52, 0x3c_8a_d8),
        (0.75, 0x1c_48_a8),
        (1.0, 0x08_14_48),
    ]);
    canvas.reshade(|x, y, stars| {
        let height = altitude(x, y);
        let near = dawn(x, y);
        if height < 0.0 {
            return ground(x, -height, near);
        }
        let thick = 46.0 + 20.0 * near;
        let glow =
            air.at(height / thick) * (exp(-height / (13.0 + 9.0 * near)) * (0.05 + 1.5 * near));
        let blue = Rgb::new(0.05, 0.22, 0.75) * (exp(-height / 26.0) * (0.10 + 0.50 * near));
        let layer = Rgb::new(0.10, 0.26, 0.12) * (0.12 * bell(height - 30.0, 3.5) * (1.0 - near));
        stars + glow + blue + layer
    });
    let soft = canvas.clone();
    canvas.reshade(|x, y, light| {
        // Half a pixel of softness where ground and air meet.
        let height = altitude(x, y);
        if height.abs() < 2.0 {
            light
                .mix(soft.sample(x, y - 1.0), 0.5)
                .mix(soft.sample(x, y + 1.0), 0.25)
        } else {
            light
        }
    });
    sun(&mut canvas);
    vec![canvas]
}

fn altitude(x: f32, y: f32) -> f32 {
    length(x - CENTRE.0, y - CENTRE.1) - RADIUS
}

/// How near the dawn is, 0 to 1.
fn dawn(x: f32, y: f32) -> f32 {
    let away = length(x - SUN.0, (y - SUN.1) * 0.8);
    0.75 * exp(-away / 210.0) + 0.25 * exp(-away / 620.0)
}

fn ground(x: f32, depth: f32, near: f32) -> Rgb {
    // Foreshortened towards the limb, as on a sphere seen from low orbit.
    let far = 1.0 / (0.055 + depth / 420.0);
    let (u, v) = (
        (x - 640.0) * far / 300.0 * (0.25 + depth / 330.0),
        far * 1.6,
    );
    let land = smoothstep(-0.06, 0.10, warped(u * 0.55 + 1.7, v * 0.55, 0.8, 5, 81));
    let cloud = smoothstep(0.08, 0.75, warped(u * 0.9, v * 0.9 + 4.0, 1.3, 6, 95));
    let night = Rgb::hex(0x05_0b_1c).mix(Rgb::hex(0x0a_10_1a), land);
    let limb = exp(-depth / 24.0);
    let lit = Rgb::new(1.0, 0.46, 0.20) * (near * near * (0.10 + 1.1 * cloud))
        + Rgb::new(0.16, 0.30, 0.62) * (0.05 * cloud + 0.16 * limb)
        + Rgb::new(0.10, 0.30, 0.75) * (near * (0.10 + 0.5 * limb));
    let rim = Rgb::new(1.0, 0.62, 0.30) * (exp(-depth / 5.0) * (0.06 + 1.2 * near));
    let towns = cities(u, v, land)
        * (1.0 - 0.75 * cloud)
        * smoothstep(0.34, 0.10, near)
        * smoothstep(2.0, 60.0, depth);
    night + lit + rim + Rgb::new(1.0, 0.60, 0.22) * towns
}

/// Lights: dense in towns, strung along roads between them.
fn cities(u: f32, v: f32, land: f32) -> f32 {
    let people = smoothstep(-0.15, 0.45, fbm(u * 1.1, v * 1.1, 3.0, 4, 120)) * land;
    let roads = smoothstep(0.84, 0.97, ridged(u * 2.4, v * 2.4, 0.0, 2, 131)) * 0.5;
    let sparks = smoothstep(0.30, 0.75, fbm(u * 13.0, v * 13.0, 0.0, 3, 140));
    let towns = smoothstep(0.25, 0.8, fbm(u * 4.2, v * 4.2, 0.0, 3, 150));
    people * (4.5 * sparks * mix(0.25, 1.5, towns) + roads * (0.25 + sparks) + 0.35 * towns * towns)
}

fn sun(canvas: &mut Canvas) {
    let lens = Lens {
        core: 4.2,
        halo: 44.0,
        glow: 0.10,
        spikes: 62.0,
        turn: 0.25,
    };
    star(canvas, SUN, 4.4, Rgb::new(1.05, 0.95, 0.80), &lens);
    let lens = Lens {
        core: 2.0,
        halo: 10.0,
        glow: 0.0,
        spikes: 50.0,
        turn: 1.03,
    };
    star(canvas, SUN, 2.2, Rgb::new(1.05, 0.90, 0.70), &lens);
}
