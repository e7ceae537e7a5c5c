//! Canis Major with its figure drawn in gold, Sirius at the heart of it.

use crate::canvas::Canvas;
use crate::catalogue::{CANIS_MAJOR, View, stars};
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{bell, length, mix, pow, segment_distance, smoothstep};
use crate::noise::warped;
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "canis-major",
    title: "Canis Major, the Great Dog",
    alt: "The stars of Canis Major joined by fine golden lines into the figure of a dog, with Sirius by far the brightest at its chest.",
    tags: &["stars", "constellation", "sirius", "night"],
    encoding: Encoding::Jpeg {
        quality: 84,
        grain: 0.8,
    },
    draw,
};

const SIZE: usize = 1000;
const VIEW: View = View {
    aim: (103.6, -21.3),
    centre: (500.0, 500.0),
    scale: 42.0,
    tilt: 0.0,
};

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[
        (0.0, 0x1c_3f_74),
        (0.45, 0x12_26_54),
        (0.8, 0x0a_12_33),
        (1.0, 0x06_09_20),
    ]);
    let mut canvas = Canvas::shaded(SIZE, SIZE, |x, y| {
        let drift = warped(x / 340.0, y / 340.0, 1.0, 6, 8);
        let away = length(x - 560.0, y - 400.0) / 700.0 - 0.10 * drift;
        let milk = bell(
            (x - 150.0) * 0.86 + (y - 500.0) * 0.20 + 60.0 * drift,
            150.0,
        );
        let dust = smoothstep(0.15, 0.6, warped(x / 210.0 + 4.0, y / 300.0, 1.1, 5, 44));
        gradient.at(away)
            + Rgb::new(0.075, 0.095, 0.19) * (milk * (0.65 + 0.5 * drift) * (1.0 - 0.6 * dust))
    });
    let mut rng = Rng::new(5);
    let fine = Lens {
        core: 0.56,
        glow: 0.0,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        5200,
        (0.03, 0.5, 0.45),
        &fine,
        |x, y| 0.22 + 0.8 * bell((x - 150.0) * 0.86 + (y - 500.0) * 0.20, 190.0),
    );
    let all = stars();
    figure(&mut canvas, &VIEW.lines(&all, CANIS_MAJOR));
    for s in &all {
        let Some(at) = VIEW.project(s.place) else {
            continue;
        };
        if s.hipparcos == 32349 {
            let lens = Lens {
                core: 2.3,
                halo: 17.0,
                glow: 0.075,
                spikes: 58.0,
                turn: 0.0,
            };
            star(&mut canvas, at, 4.6, Rgb::new(0.66, 0.83, 1.18), &lens);
            continue;
        }
        let flux = 3.6 * pow(s.flux(), 0.5);
        let lens = Lens {
            core: 1.0 + 0.30 * flux.min(2.0),
            halo: 7.0,
            glow: 0.06,
            spikes: 7.0 * (flux - 0.7).max(0.0),
            turn: 0.0,
        };
        star(&mut canvas, at, flux, star_colour(s.b_v), &lens);
    }
    vec![canvas]
}

/// Lines of light that stop short of the stars and are brightest next to them.
fn figure(canvas: &mut Canvas, lines: &[((f32, f32), (f32, f32))]) {
    let gold = Rgb::new(1.0, 0.70, 0.30);
    canvas.reshade(|x, y, under| {
        let mut light = 0.0_f32;
        for &(from, to) in lines {
            let (away, along) = segment_distance((x, y), from, to);
            let long = length(to.0 - from.0, to.1 - from.1);
            let end = along.min(1.0 - along) * long;
            let shown = smoothstep(13.0, 30.0, end) * mix(0.55, 1.0, smoothstep(160.0, 20.0, end));
            light = light.max(shown * (0.62 * smoothstep(1.5, 0.5, away) + 0.10 * bell(away, 5.0)));
        }
        under + gold * light
    });
}
