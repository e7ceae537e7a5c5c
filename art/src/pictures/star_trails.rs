//! An hour and a half of stars turning about the pole, above firs and a lit tent.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::{Ridge, fir};
use crate::math::{TAU, bell, exp, length, mix, smoothstep};
use crate::noise::fbm;
use crate::rng::Rng;
use crate::shape::polygons;
use crate::stars::{on_circle, random_flux};

pub const PICTURE: Picture = Picture {
    name: "star-trails-around-the-pole",
    title: "Star trails around the pole",
    alt: "Hundreds of stars have drawn arcs around the celestial pole in a long exposure, above dark firs and a small tent that glows from within.",
    tags: &["stars", "star-trails", "night", "landscape", "forest"],
    encoding: Encoding::Jpeg {
        quality: 78,
        grain: 0.0,
    },
    draw,
};

const WIDTH: usize = 800;
const HEIGHT: usize = 1200;
const POLE: (f32, f32) = (430.0, 470.0);

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[
        (0.0, 0x08_0d_2e),
        (0.40, 0x12_25_5c),
        (0.68, 0x2c_4f_8a),
        (0.86, 0x6f_86_a6),
        (1.0, 0xc8_a0_88),
    ]);
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let away = length(x - POLE.0, y - POLE.1);
        gradient.at(y / 1080.0) * (1.0 + 0.28 * bell(away, 260.0))
    });
    let mut trails = Canvas::shaded(WIDTH, HEIGHT, |_, _| Rgb::BLACK);
    let mut rng = Rng::new(15);
    for _ in 0..620 {
        let radius = 1080.0 * rng.unit().sqrt() + 6.0;
        let flux = random_flux(&mut rng, 0.10, 1.0, 0.5);
        let colour = star_colour(0.5 + 0.6 * rng.normal());
        trail(&mut trails, radius, rng.unit(), flux, colour);
    }
    trail(&mut trails, 9.0, 0.1, 1.0, star_colour(0.6));
    canvas.add(&trails, 1.0);
    canvas.add(&trails.blurred(3.0), 0.35);
    ground(&mut canvas, &mut rng);
    vec![canvas]
}

fn trail(canvas: &mut Canvas, radius: f32, start: f32, flux: f32, colour: Rgb) {
    const SWEEP: f32 = 0.085;
    let steps = (SWEEP * TAU * radius / 0.35).max(40.0) as usize;
    for step in 0..steps {
        let t = step as f32 / steps as f32;
        let at = on_circle(POLE, radius, start + SWEEP * t);
        // The sky brightens towards the horizon and drowns the faint ones.
        let fade =
            smoothstep(1060.0, 700.0, at.1) * smoothstep(0.0, 0.03, t) * smoothstep(1.0, 0.97, t);
        let share = 0.35 / (SWEEP * TAU * radius / steps as f32).max(0.35);
        canvas.touch(at, 2.0, |x, y, under| {
            let light = flux * fade * 0.36 * bell(length(x - at.0, y - at.1), 0.58) * share;
            under + colour * light
        });
    }
}

fn ground(canvas: &mut Canvas, rng: &mut Rng) {
    let hills = [
        (
            Ridge {
                base: 1010.0,
                relief: 90.0,
                span: 300.0,
                sharp: 0.4,
                seed: 12,
            },
            0x56_68_90,
        ),
        (
            Ridge {
                base: 1052.0,
                relief: 80.0,
                span: 240.0,
                sharp: 0.15,
                seed: 31,
            },
            0x2c_3b_60,
        ),
        (
            Ridge {
                base: 1090.0,
                relief: 60.0,
                span: 300.0,
                sharp: 0.0,
                seed: 45,
            },
            0x13_1e_38,
        ),
    ];
    let tints = hills.each_ref().map(|hill| Rgb::hex(hill.1));
    let mist = Rgb::hex(0xa6_94_9c);
    canvas.reshade(|x, y, sky| {
        hills
            .iter()
            .zip(tints)
            .fold(sky, |under, ((hill, _), tint)| {
                let low = 0.42 * smoothstep(0.0, 110.0, y - hill.row(x));
                under.mix(tint.mix(mist, low), hill.cover(x, y))
            })
    });
    let tent = (505.0, 1118.0);
    let meadow =
        |x: f32| 1120.0 + 10.0 * fbm(x / 180.0, 0.0, 0.0, 4, 3) - 22.0 * smoothstep(300.0, 0.0, x);
    canvas.reshade(|x, y, under| {
        let cover = (y - meadow(x) + 0.5).clamp(0.0, 1.0);
        let rough = 0.7 + 0.5 * fbm(x / 5.0, y / 9.0, 0.0, 3, 8);
        let lit = exp(-length((x - tent.0) / 95.0, (y - tent.1 - 8.0) / 30.0)) * 0.42;
        let grass = Rgb::hex(0x07_0d_18) + Rgb::new(1.0, 0.52, 0.16) * (lit * rough);
        under.mix(grass, cover)
    });
    let mut forest = Vec::new();
    for (from, to, tall) in [
        (-20.0, 330.0, 250.0),
        (640.0, 830.0, 190.0),
        (300.0, 450.0, 70.0),
        (560.0, 660.0, 60.0),
    ] {
        let mut x: f32 = from;
        while x < to {
            let edge = mix(
                0.45,
                1.0,
                if from < 300.0 {
                    smoothstep(to, from, x)
                } else {
                    smoothstep(from, to, x)
                },
            );
            let height = tall * edge * rng.between(0.6, 1.1);
            forest.push(fir(rng, (x, meadow(x) + 8.0), height));
            x += rng.between(0.13, 0.28) * tall * edge;
        }
    }
    canvas.lay(&polygons(WIDTH, HEIGHT, &forest), Rgb::hex(0x04_08_12));
    pitch(canvas, tent);
}

/// The tent: two panels, the nearer one brighter from the lamp inside.
fn pitch(canvas: &mut Canvas, (x, y): (f32, f32)) {
    let top = (x, y - 46.0);
    let front = vec![top, (x + 27.0, y + 12.0), (x - 31.0, y + 12.0)];
    let side = vec![
        top,
        (x + 34.0, y - 40.0),
        (x + 66.0, y + 6.0),
        (x + 27.0, y + 12.0),
    ];
    let door = vec![
        (x - 1.0, y - 34.0),
        (x + 8.0, y + 12.0),
        (x - 11.0, y + 12.0),
    ];
    for (outline, colour) in [
        (side, Rgb::new(0.50, 0.19, 0.05)),
        (front, Rgb::new(0.86, 0.36, 0.09)),
        (door, Rgb::new(1.35, 0.86, 0.40)),
    ] {
        canvas.lay(&polygons(WIDTH, HEIGHT, &[outline]), colour);
    }
    canvas.touch((x, y), 150.0, |px, py, under| {
        let glow = bell(length(px - x - 10.0, py - y + 8.0), 42.0);
        under + Rgb::new(1.0, 0.48, 0.14) * (0.13 * glow)
    });
}
