//! The Pleiades in their blue haze, twinkling; the animation closes on itself.

use crate::canvas::Canvas;
use crate::catalogue::{View, stars};
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{TAU, bell, length, pow, sin, smoothstep};
use crate::noise::{ridged, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "twinkling-pleiades",
    title: "The Pleiades, twinkling",
    alt: "The Seven Sisters, a small cluster of blue-white stars in thin blue haze, twinkle one after another.",
    tags: &["stars", "star-cluster", "nebula", "night"],
    encoding: Encoding::Gif {
        colours: 80,
        dither: 0.016,
        delay_hundredths: 11,
    },
    draw,
};

const SIZE: usize = 480;
const FRAMES: usize = 18;

fn draw() -> Vec<Canvas> {
    let view = View {
        aim: (56.72, 24.10),
        centre: (232.0, 240.0),
        scale: 265.0,
        tilt: -6.0,
    };
    let cluster: Vec<_> = stars()
        .into_iter()
        .filter_map(|s| Some((view.project(s.place)?, s)))
        .filter(|(at, _)| (-20.0..500.0).contains(&at.0) && (-20.0..500.0).contains(&at.1))
        .collect();
    let night = haze(
        &cluster
            .iter()
            .map(|(at, s)| (*at, pow(s.flux(), 0.6)))
            .collect::<Vec<_>>(),
    );
    (0..FRAMES)
        .map(|frame| {
            let time = frame as f32 / FRAMES as f32;
            let mut canvas = night.clone();
            for (i, (at, s)) in cluster.iter().enumerate() {
                let beat = twinkle(time, i);
                let bright = smoothstep(5.6, 3.2, s.magnitude);
                let flux = (0.5 + 3.2 * bright) * beat;
                let lens = Lens {
                    core: 0.9 + 0.7 * bright,
                    halo: 4.0 + 2.0 * bright,
                    glow: 0.0,
                    spikes: 13.0 * bright * beat * beat,
                    turn: 0.0,
                };
                star(&mut canvas, *at, flux, star_colour(s.b_v - 0.12), &lens);
            }
            sparkle(&mut canvas, time);
            canvas
        })
        .collect()
}

/// Two waves of whole periods, out of step from star to star.
fn twinkle(time: f32, index: usize) -> f32 {
    let phase = index as f32 * 2.399;
    let quick = 2 + index % 2;
    1.0 + 0.20 * sin(TAU * time * quick as f32 + phase) + 0.14 * sin(TAU * time + phase * 1.7)
}

fn haze(cluster: &[((f32, f32), f32)]) -> Canvas {
    let gradient = Gradient::new(&[(0.0, 0x0d_18_3c), (0.55, 0x08_0e_28), (1.0, 0x0004_0616)]);
    let mut canvas = Canvas::shaded(SIZE, SIZE, |x, y| {
        let streak = ridged(x / 150.0 + y / 420.0, y / 330.0 - x / 900.0, 0.0, 5, 19);
        let drift = warped(x / 130.0, y / 130.0, 0.9, 5, 4);
        let veil: f32 = cluster
            .iter()
            .map(|&((sx, sy), weight)| {
                let away = length(x - sx + 16.0 * drift, y - sy - 10.0 * drift);
                weight * (bell(away, 30.0) * 1.5 + 0.55 * bell(away, 72.0))
            })
            .sum();
        let blue = Rgb::new(0.20, 0.44, 1.0)
            * (3.1 * veil * (0.22 + 0.85 * streak * streak) * (0.85 + 0.4 * drift));
        gradient.at(length(x - 235.0, y - 240.0) / 330.0) + blue
    });
    let mut rng = Rng::new(6);
    let lens = Lens {
        core: 0.6,
        glow: 0.0,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        260,
        (0.06, 0.5, 0.5),
        &lens,
        |_, _| 1.0,
    );
    canvas
}

/// A few faint stars that come and go.
fn sparkle(canvas: &mut Canvas, time: f32) {
    let mut rng = Rng::new(99);
    for i in 0..30 {
        let at = (rng.between(0.0, SIZE as f32), rng.between(0.0, SIZE as f32));
        let flux = rng.between(0.12, 0.5)
            * (0.55 + 0.45 * sin(TAU * (time * (1 + i % 3) as f32 + rng.unit())));
        let lens = Lens {
            core: 0.75,
            glow: 0.0,
            ..Lens::EYE
        };
        star(canvas, at, flux, star_colour(rng.between(-0.1, 1.2)), &lens);
    }
}
