//! The Milky Way standing over a desert hill with a small observatory.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::Ridge;
use crate::math::{PI, bell, cos, mix, pow, sin, smoothstep};
use crate::noise::{fbm, ridged, warped};
use crate::rng::Rng;
use crate::shape::polygons;
use crate::stars::{Lens, scatter};

pub const PICTURE: Picture = Picture {
    name: "milky-way-over-an-observatory",
    title: "The Milky Way over an observatory",
    alt: "The Milky Way rises like smoke, cut by dark lanes of dust, over a hill where a small observatory stands with its dome open.",
    tags: &["milky-way", "stars", "night", "landscape", "observatory"],
    encoding: Encoding::Jpeg {
        quality: 80,
        grain: 0.8,
    },
    draw,
};

const WIDTH: usize = 800;
const HEIGHT: usize = 1200;

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[
        (0.0, 0x05_07_18),
        (0.40, 0x0a_12_2c),
        (0.66, 0x15_27_45),
        (0.80, 0x33_4a_5e),
        (0.88, 0x8a_6a_58),
        (0.94, 0xd0_8a_54),
    ]);
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let glow = 0.045 * bell(x - 620.0, 330.0);
        gradient.at(y / HEIGHT as f32 + glow - 0.02) + galaxy(x, y)
    });
    let mut rng = Rng::new(11);
    let thin = |y: f32| 1.0 - 0.85 * smoothstep(720.0, 1040.0, y);
    let lens = Lens {
        core: 0.55,
        glow: 0.0,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        30_000,
        (0.045, 0.7, 0.40),
        &lens,
        |x, y| {
            let (band, dust) = structure(x, y);
            thin(y) * (0.12 + 1.2 * band * (1.0 - dust)).min(1.0)
        },
    );
    let lens = Lens {
        halo: 3.6,
        glow: 0.05,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        420,
        (0.16, 2.6, 0.72),
        &lens,
        |_, y| thin(y),
    );
    canvas.bloom(0.55, 7.0, 0.25);
    desert(&mut canvas);
    observatory(&mut canvas);
    vec![canvas]
}

/// Along the band (upwards) and across it, in hundreds of pixels.
fn axes(x: f32, y: f32) -> (f32, f32) {
    let (dx, dy) = ((x - 400.0) / 100.0, (760.0 - y) / 100.0);
    let lean = 0.42;
    let (along, across) = (
        dx * sin(lean) + dy * cos(lean),
        dx * cos(lean) - dy * sin(lean),
    );
    (along, across + 0.018 * along * along - 0.12 * along)
}

/// How bright the band is and how much dust lies before it, each 0 to 1.
fn structure(x: f32, y: f32) -> (f32, f32) {
    let (along, across) = axes(x, y);
    let cloud = warped(along * 0.42, across * 0.8, 1.1, 6, 61);
    let bulge = bell(along - 0.6, 2.3);
    let width = 0.72 + 0.75 * bulge;
    let band = bell(across + 0.25 * cloud, width)
        * (0.62 + 0.55 * cloud).clamp(0.1, 1.0)
        * (0.55 + 0.6 * bulge);
    let bend = across + 0.16 + 0.42 * fbm(along * 0.5, 0.2, 0.0, 4, 7);
    let wisps = ridged(along * 0.42 + 0.5 * cloud, across * 1.15, 0.3, 6, 15);
    let lane = bell(bend, 0.30 + 0.16 * bulge) * smoothstep(0.34, 0.72, wisps + 0.12);
    let branches = bell(across, width) * smoothstep(0.60, 0.86, wisps) * 0.75;
    (band.clamp(0.0, 1.0), (lane + branches).clamp(0.0, 1.0))
}

fn galaxy(x: f32, y: f32) -> Rgb {
    let (band, dust) = structure(x, y);
    let (along, across) = axes(x, y);
    let core = bell(along - 1.2, 1.9) * bell(across, 0.9);
    let tint = Rgb::hex(0x86_a0_ea).mix(Rgb::hex(0xff_c8_86), (0.25 + 0.9 * core).min(1.0));
    let light = tint * (0.62 * pow(band, 1.35) + 0.42 * core * band);
    let through = light * Rgb::new(1.0 - 0.80 * dust, 1.0 - 0.90 * dust, 1.0 - 0.93 * dust);
    let rose = smoothstep(0.25, 0.62, fbm(along * 1.3, across * 1.3, 0.9, 4, 90)) * band;
    let haze = 1.0 - 0.75 * smoothstep(780.0, 1060.0, y);
    (through + Rgb::new(0.055, 0.010, 0.026) * rose) * haze
}

fn desert(canvas: &mut Canvas) {
    let layers = [
        (
            Ridge {
                base: 1052.0,
                relief: 60.0,
                span: 260.0,
                sharp: 0.55,
                seed: 3,
            },
            0x5e_4c_56,
        ),
        (
            Ridge {
                base: 1092.0,
                relief: 62.0,
                span: 330.0,
                sharp: 0.25,
                seed: 14,
            },
            0x30_28_36,
        ),
    ];
    let tints = layers.each_ref().map(|layer| Rgb::hex(layer.1));
    let warm = Rgb::hex(0x86_5a_4c);
    canvas.reshade(|x, y, sky| {
        layers
            .iter()
            .zip(tints)
            .fold(sky, |under, ((ridge, _), tint)| {
                let below = (y - ridge.row(x)).max(0.0);
                under.mix(
                    tint.mix(warm, 0.8 * smoothstep(0.0, 80.0, below)),
                    ridge.cover(x, y),
                )
            })
    });
    let earth = Gradient::new(&[(0.0, 0x17_15_20), (1.0, 0x07_07_0e)]);
    canvas.reshade(|x, y, under| {
        let cover = (y - hill(x) + 0.5).clamp(0.0, 1.0);
        let rough = fbm(x / 26.0, (y - hill(x)) / 9.0, 0.0, 5, 33);
        let ground = earth.at((y - hill(x)) / 130.0) * (1.0 + 0.45 * rough);
        under.mix(ground, cover)
    });
}

fn hill(x: f32) -> f32 {
    1128.0 - 68.0 * bell(x - 250.0, 190.0)
        + 16.0 * sin(x / 210.0)
        + 7.0 * fbm(x / 80.0, 0.0, 0.0, 5, 6)
}

fn observatory(canvas: &mut Canvas) {
    let (x, y, radius) = (258.0, 1040.0, 43.0);
    let wall = vec![
        (x - 38.0, y),
        (x + 38.0, y),
        (x + 38.0, y + 42.0),
        (x - 38.0, y + 42.0),
    ];
    let annex = vec![
        (x + 34.0, y + 17.0),
        (x + 82.0, y + 17.0),
        (x + 82.0, y + 46.0),
        (x + 34.0, y + 46.0),
    ];
    let roof = vec![
        (x + 32.0, y + 14.0),
        (x + 86.0, y + 14.0),
        (x + 86.0, y + 18.0),
        (x + 32.0, y + 18.0),
    ];
    let ring = vec![
        (x - 45.0, y - 5.0),
        (x + 45.0, y - 5.0),
        (x + 45.0, y + 3.0),
        (x - 45.0, y + 3.0),
    ];
    let mut dome: Vec<(f32, f32)> = (0..=48)
        .map(|i| PI * i as f32 / 48.0)
        .map(|angle| (x + radius * cos(angle), y - 4.0 - radius * sin(angle)))
        .collect();
    dome.push((x - radius, y - 3.0));
    let mask = |outline: Vec<(f32, f32)>| polygons(WIDTH, HEIGHT, &[outline]);
    let (body, shell, edge) = (mask(wall), mask(dome), mask(ring));
    let lit = |from: u32, to: u32, centre: f32, width: f32| {
        let (from, to) = (Rgb::hex(from), Rgb::hex(to));
        move |column: f32| from.mix(to, smoothstep(-width, width, column - centre))
    };
    let shade = lit(0x1c_22_35, 0x8a_78_78, x + 6.0, 46.0);
    paint(canvas, &mask(annex), |column| shade(column - 46.0) * 0.45);
    paint(canvas, &mask(roof), |_| Rgb::hex(0x2a_2c_3c));
    paint(canvas, &body, |column| shade(column) * 0.6);
    paint(canvas, &shell, |column| shade(column) * 1.15);
    let slit = vec![
        (x - 21.0, y - 38.0),
        (x - 9.0, y - 45.0),
        (x + 3.0, y - 8.0),
        (x - 11.0, y - 8.0),
    ];
    paint(canvas, &mask(slit), |_| Rgb::hex(0x05_05_0c));
    let tube = vec![
        (x - 19.0, y - 48.0),
        (x - 11.5, y - 51.0),
        (x - 2.0, y - 12.0),
        (x - 9.0, y - 12.0),
    ];
    paint(canvas, &mask(tube), |_| Rgb::hex(0x3c_42_56));
    paint(canvas, &edge, |column| shade(column) * 0.8);
    let door = vec![
        (x - 6.0, y + 18.0),
        (x + 7.0, y + 18.0),
        (x + 7.0, y + 42.0),
        (x - 6.0, y + 42.0),
    ];
    let window = vec![
        (x + 52.0, y + 24.0),
        (x + 64.0, y + 24.0),
        (x + 64.0, y + 32.0),
        (x + 52.0, y + 32.0),
    ];
    paint(canvas, &mask(door), |_| Rgb::hex(0xd8_3c_20) * 1.2);
    paint(canvas, &mask(window), |_| Rgb::hex(0xff_9a_44));
    for (place, reach, strength) in [
        ((x, y + 34.0), 34.0, 0.16),
        ((x + 58.0, y + 29.0), 26.0, 0.16),
    ] {
        canvas.touch(place, reach * 3.0, |px, py, under| {
            let away =
                bell(px - place.0, reach * 0.6) * bell(py - place.1, reach * mix(0.5, 0.3, 0.5));
            under + Rgb::new(1.0, 0.26, 0.08) * (strength * away)
        });
    }
}

fn paint(canvas: &mut Canvas, mask: &[f32], tint: impl Fn(f32) -> Rgb) {
    let width = canvas.width;
    for (i, (pixel, &cover)) in canvas.pixels.iter_mut().zip(mask).enumerate() {
        if cover > 0.0 {
            *pixel = pixel.mix(tint((i % width) as f32), cover);
        }
    }
}
