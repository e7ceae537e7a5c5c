//! The phases of the moon in a row, from a thin crescent to full and back.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{PI, bell, cos, length, sin, smoothstep};
use crate::noise::{fbm, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter};

pub const PICTURE: Picture = Picture {
    name: "moon-phases",
    title: "Phases of the moon",
    alt: "Seven moons in a shallow arc on a dark slate sky: a thin crescent grows to a large full moon in the middle and shrinks again.",
    tags: &["moon", "night", "stars"],
    encoding: Encoding::Png {
        colours: 72,
        dither: 0.014,
    },
    draw,
};

const WIDTH: usize = 1280;
const HEIGHT: usize = 560;

/// A crater: its direction from the moon's middle and its angular radius.
struct Crater {
    axis: [f32; 3],
    radius: f32,
    rays: f32,
}

fn draw() -> Vec<Canvas> {
    let craters = craters();
    let sky = Rgb::hex(0x0f_16_26);
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |_, _| sky);
    let mut rng = Rng::new(4);
    scatter(
        &mut canvas,
        &mut rng,
        150,
        (0.10, 0.9, 0.5),
        &Lens {
            core: 0.62,
            glow: 0.0,
            ..Lens::EYE
        },
        |_, _| 1.0,
    );
    for i in 0..7_u8 {
        let step = f32::from(i) - 3.0;
        let radius = [128.0, 82.0, 66.0, 52.0][step.abs() as usize];
        let shift = [0.0, 248.0, 420.0, 560.0][step.abs() as usize];
        let centre = (640.0 + shift * step.signum(), 268.0 + 5.0 * step * step);
        // The sun's bearing: behind us in the middle, beside us at the quarters.
        let phase = [0.0, 0.36, 0.56, 0.80][step.abs() as usize] * PI * -step.signum();
        moon(&mut canvas, centre, radius, phase, &craters);
    }
    vec![canvas]
}

fn moon(canvas: &mut Canvas, centre: (f32, f32), radius: f32, phase: f32, craters: &[Crater]) {
    let sun = [sin(phase), 0.0, cos(phase)];
    let paper = Gradient::new(&[
        (0.0, 0x1b_22_33),
        (0.35, 0x6c_6c_70),
        (0.7, 0xc9_c0_ae),
        (1.0, 0xff_f6_e0),
    ]);
    canvas.touch(centre, radius + 2.0, |x, y, under| {
        let (u, v) = ((x - centre.0) / radius, (centre.1 - y) / radius);
        let away = length(u, v);
        let cover = ((1.0 - away) * radius + 0.5).clamp(0.0, 1.0);
        if cover <= 0.0 {
            return under;
        }
        let w = (1.0 - (u * u + v * v).min(1.0)).sqrt();
        let (relief, albedo) = surface([u, v, w], craters);
        let day = u * sun[0] + v * sun[1] + w * sun[2];
        let slope = relief[0] * sun[0] + relief[1] * sun[1] + relief[2] * sun[2];
        // The moon is nearly as bright at its limb as in the middle: no cosine, only a quick fall at the terminator.
        let lit = smoothstep(-0.03, 0.34, day + 0.55 * slope) * (0.86 + 0.14 * w);
        let ashen = 0.035 + 0.03 * albedo;
        under.mix(paper.at((lit * albedo).max(ashen * 2.0)), cover)
    });
}

/// The tilt of the ground at a place, and how bright it is.
fn surface(p: [f32; 3], craters: &[Crater]) -> ([f32; 3], f32) {
    let [u, v, w] = p;
    let maria = smoothstep(
        -0.02,
        0.42,
        warped(u * 1.5 + 0.9, v * 1.5 + 2.2, 0.7, 4, 66) + 0.30 * v - 0.22 * u,
    );
    let rough = fbm(u * 9.0, v * 9.0, w * 9.0, 4, 3);
    let mut albedo = 0.93 - 0.36 * maria + 0.07 * rough;
    let mut tilt = [0.0; 3];
    for crater in craters {
        let facing: f32 = (0..3).map(|i| crater.axis[i] * p[i]).sum();
        let away = (2.0 - 2.0 * facing).max(0.0).sqrt() / crater.radius;
        if away < 1.7 {
            let wall = bell(away - 0.86, 0.13) - 0.75 * bell(away - 1.12, 0.15);
            for i in 0..3 {
                tilt[i] += (crater.axis[i] - p[i]) / crater.radius * wall * 0.9;
            }
            albedo += 0.05 * bell(away - 1.0, 0.16) - 0.05 * bell(away, 0.5);
        }
        if crater.rays > 0.0 {
            let reach = away * crater.radius;
            let (dx, dy) = (u - crater.axis[0], v - crater.axis[1]);
            let spoke = fbm(
                dx / reach.max(0.01) * 3.0,
                dy / reach.max(0.01) * 3.0,
                0.0,
                3,
                12,
            );
            albedo += crater.rays * smoothstep(0.0, 0.5, spoke) * bell(reach, 0.34);
        }
    }
    (tilt, albedo.clamp(0.0, 1.0))
}

fn craters() -> Vec<Crater> {
    let mut rng = Rng::new(58);
    let mut craters: Vec<Crater> = (0..210)
        .filter_map(|_| {
            let (u, v) = (rng.between(-1.0, 1.0), rng.between(-1.0, 1.0));
            // More of them in the south, as on the moon.
            let v = if rng.unit() < 0.45 { -v.abs() } else { v };
            let w = (1.0 - u * u - v * v).max(0.0).sqrt();
            let radius = 0.022 / (1.0 - 0.86 * rng.unit());
            (u * u + v * v < 0.99).then_some(Crater {
                axis: [u, v, w],
                radius,
                rays: 0.0,
            })
        })
        .collect();
    craters.push(Crater {
        axis: [-0.12, -0.70, 0.704],
        radius: 0.075,
        rays: 0.42,
    });
    craters.push(Crater {
        axis: [-0.34, 0.14, 0.93],
        radius: 0.060,
        rays: 0.26,
    });
    craters
}
