//! A meteor shower over a bay, animated: each meteor flares, fades and leaves the night as it was.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::Ridge;
use crate::math::{bell, mix, segment_distance, sin, smoothstep};
use crate::noise::fbm;
use crate::rng::Rng;
use crate::stars::{Lens, scatter};

pub const PICTURE: Picture = Picture {
    name: "meteor-shower",
    title: "Meteor shower over a bay",
    alt: "Meteors streak one after another from a common point across a violet evening sky and fade above dark hills and a calm bay.",
    tags: &["meteors", "stars", "night", "landscape", "sea"],
    encoding: Encoding::Gif {
        colours: 112,
        dither: 0.018,
        delay_hundredths: 6,
    },
    draw,
};

const WIDTH: usize = 540;
const HEIGHT: usize = 360;
const FRAMES: usize = 36;
const RADIANT: (f32, f32) = (372.0, 20.0);

/// When a meteor starts, where it begins and ends, and how bright it is.
struct Meteor {
    start: f32,
    from: (f32, f32),
    to: (f32, f32),
    strength: f32,
}

fn draw() -> Vec<Canvas> {
    let night = bay();
    let meteors = shower();
    (0..FRAMES)
        .map(|frame| {
            let mut canvas = night.clone();
            for meteor in &meteors {
                // The loop begins with a meteor on its way, because a still thumbnail shows the first frame.
                let age = (frame as f32 + 5.0 - meteor.start).rem_euclid(FRAMES as f32);
                if age < 9.0 {
                    streak(&mut canvas, meteor, age);
                }
            }
            canvas
        })
        .collect()
}

fn shower() -> Vec<Meteor> {
    [
        (1.0, 2.75, 70.0, 190.0, 1.0),
        (7.0, 1.20, 120.0, 80.0, 0.6),
        (11.0, 2.10, 90.0, 130.0, 0.75),
        (17.0, 2.98, 150.0, 150.0, 0.7),
        (21.0, 0.62, 60.0, 90.0, 0.6),
        (26.0, 2.42, 130.0, 170.0, 1.0),
    ]
    .map(|(start, angle, begin, long, strength)| {
        let at = |away: f32| crate::stars::on_circle(RADIANT, away, angle / crate::math::TAU);
        Meteor {
            start,
            from: at(begin),
            to: at(begin + long),
            strength,
        }
    })
    .into()
}

/// The head runs for five frames; the trail behind it cools from white to green to red and fades.
fn streak(canvas: &mut Canvas, meteor: &Meteor, age: f32) {
    let run = smoothstep(-0.6, 4.6, age);
    let tail = smoothstep(1.6, 8.8, age) * 0.9;
    let fade = smoothstep(9.0, 3.5, age);
    let along = |t: f32| {
        (
            mix(meteor.from.0, meteor.to.0, t),
            mix(meteor.from.1, meteor.to.1, t),
        )
    };
    let (back, head) = (along(tail.min(run - 0.02)), along(run));
    let middle = along(0.5);
    canvas.touch(middle, 130.0, |x, y, under| {
        let (away, t) = segment_distance((x, y), back, head);
        let thick = 0.45 + 0.75 * t;
        let light = meteor.strength * fade * t * (1.5 * bell(away, thick) + 0.10 * bell(away, 5.0));
        let light = if light < 0.006 { 0.0 } else { light };
        let tint =
            Rgb::new(1.0, 0.45, 0.50).mix(Rgb::new(0.45, 1.0, 0.85), smoothstep(0.0, 0.5, t));
        under + tint.mix(Rgb::WHITE, smoothstep(0.5, 1.0, t)) * light
    });
}

fn bay() -> Canvas {
    let gradient = Gradient::new(&[
        (0.0, 0x0a_0c_2c),
        (0.35, 0x1f_1d_56),
        (0.65, 0x4e_35_7e),
        (0.86, 0xa8_5c_8c),
        (1.0, 0xf0_9a_84),
    ]);
    let shore = 268.0;
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |_, y| gradient.at(y / shore));
    let mut rng = Rng::new(14);
    let lens = Lens {
        core: 0.62,
        glow: 0.02,
        halo: 2.0,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        420,
        (0.07, 1.2, 0.6),
        &lens,
        |_, y| smoothstep(235.0, 90.0, y),
    );
    let hills = [
        (
            Ridge {
                base: 270.0,
                relief: 58.0,
                span: 180.0,
                sharp: 0.45,
                seed: 7,
            },
            0x5a_3a_74,
        ),
        (
            Ridge {
                base: 274.0,
                relief: 40.0,
                span: 120.0,
                sharp: 0.2,
                seed: 16,
            },
            0x33_24_56,
        ),
    ];
    let tints = hills.each_ref().map(|hill| Rgb::hex(hill.1));
    canvas.reshade(|x, y, sky| {
        hills
            .iter()
            .zip(tints)
            .fold(sky, |under, ((hill, _), tint)| {
                under.mix(tint, hill.cover(x, y))
            })
    });
    let above = canvas.clone();
    canvas.reshade(|x, y, under| {
        let depth = y - shore;
        if depth < 0.0 {
            return under;
        }
        let wave = fbm(x / (20.0 + depth), depth / (1.0 + depth * 0.05), 0.0, 3, 40)
            * (1.0 + depth * 0.07);
        let mirror = above.sample(x + wave, shore - 1.0 - depth * 1.5 + 2.0 * wave);
        mirror * Rgb::new(0.62, 0.62, 0.78) * mix(0.95, 0.7, depth / 92.0)
    });
    let bank = |x: f32| {
        352.0 - 34.0 * smoothstep(200.0, -40.0, x)
            + 5.0 * sin(x / 30.0)
            + 5.0 * fbm(x / 22.0, 0.0, 0.0, 4, 2)
    };
    let ink = Rgb::hex(0x10_0b_26);
    canvas.reshade(|x, y, under| under.mix(ink, (y - bank(x) + 0.5).clamp(0.0, 1.0)));
    // Three lamps of a village on the far shore, and their light in the water.
    for (x, b_v) in [(402.0, 1.3), (414.0, 1.0), (433.0, 1.5)] {
        let lamp = star_colour(b_v);
        canvas.touch((x, shore), 40.0, |px, py, under| {
            let glow = 0.9 * bell(px - x, 0.8) * bell(py - shore + 2.5, 0.8);
            let path = 0.22
                * bell(px - x, 1.1)
                * smoothstep(0.0, 2.0, py - shore)
                * smoothstep(30.0, 2.0, py - shore);
            under + lamp * (glow + path)
        });
    }
    canvas
}
