//! Orion as a camera sees it: true stars and colours, the nebulae of the sword and belt, Barnard's Loop.

use crate::canvas::Canvas;
use crate::catalogue::{View, radians, stars};
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{bell, length, pow, smoothstep};
use crate::noise::{fbm, ridged, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "orion",
    title: "Orion",
    alt: "The constellation Orion: orange Betelgeuse above, blue Rigel below, three stars in a row between them, and the pink nebula of the sword.",
    tags: &["stars", "constellation", "orion", "nebula", "night"],
    encoding: Encoding::Avif { quality: 74.0 },
    draw,
};

const WIDTH: usize = 800;
const HEIGHT: usize = 1200;
const VIEW: View = View {
    aim: (83.6, 0.6),
    centre: (400.0, 600.0),
    scale: 44.0,
    tilt: 8.0,
};

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[(0.0, 0x06_07_1a), (0.5, 0x0a_10_2a), (1.0, 0x0d_1a_36)]);
    let loop_centre = place(86.2, -2.2);
    let head = place(83.8, 9.9);
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let dust = warped(x / 260.0, y / 260.0, 1.2, 6, 31);
        let veil = smoothstep(-0.1, 0.75, dust);
        let base = gradient.at(y / HEIGHT as f32) * (0.75 + 0.35 * dust);
        base + Rgb::new(0.017, 0.010, 0.016) * veil
            + barnard(x - loop_centre.0, y - loop_centre.1)
            + Rgb::new(0.050, 0.010, 0.012)
                * (bell(length(x - head.0, y - head.1), 105.0) * (0.6 + 0.5 * dust))
    });
    clouds(&mut canvas);
    let mut rng = Rng::new(42);
    let fine = Lens {
        core: 0.55,
        glow: 0.0,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        5200,
        (0.028, 0.7, 0.5),
        &fine,
        |x, y| 0.45 + 0.55 * smoothstep(0.4, -0.5, warped(x / 260.0, y / 260.0, 1.2, 4, 31)),
    );
    for s in stars() {
        let Some(at) = VIEW.project(s.place) else {
            continue;
        };
        let flux = 5.6 * pow(s.flux(), 0.46);
        let large = smoothstep(1.4, 4.0, flux);
        let lens = Lens {
            core: 1.0 + 1.0 * large,
            halo: 5.0 + 8.0 * large,
            glow: 0.05 + 0.03 * large,
            ..Lens::EYE
        };
        star(&mut canvas, at, flux, star_colour(s.b_v), &lens);
    }
    vec![canvas]
}

fn place(ra: f32, dec: f32) -> (f32, f32) {
    VIEW.project((radians(ra), radians(dec)))
        .unwrap_or((0.0, 0.0))
}

/// The great faint arc east of the belt, open to the west.
fn barnard(dx: f32, dy: f32) -> Rgb {
    let radius = length(dx, dy * 0.92);
    let wisps = ridged(dx / 170.0, dy / 170.0, 0.0, 6, 88);
    let ring =
        bell(radius - 268.0 - 34.0 * (wisps - 0.5), 24.0) + 0.35 * bell(radius - 235.0, 60.0);
    let open = smoothstep(
        -0.25,
        0.7,
        -dx / radius.max(1.0) + 0.35 * dy / radius.max(1.0),
    );
    let uneven = 0.25 + wisps * wisps * 1.3;
    Rgb::new(0.115, 0.016, 0.026) * (0.62 * ring * open * uneven)
}

/// The bright nebulae: the sword, the one east of Alnitak, and the reflection beside it.
fn clouds(canvas: &mut Canvas) {
    let clouds = [
        (place(83.82, -5.39), 30.0, Rgb::new(0.85, 0.24, 0.42), 71),
        (place(83.82, -5.33), 11.0, Rgb::new(0.85, 0.80, 0.95), 72),
        (place(83.90, -4.80), 15.0, Rgb::new(0.15, 0.24, 0.50), 73),
        (place(85.35, -1.95), 24.0, Rgb::new(0.42, 0.14, 0.10), 74),
        (place(85.15, -2.50), 30.0, Rgb::new(0.24, 0.03, 0.06), 75),
        (place(86.68, 0.05), 15.0, Rgb::new(0.12, 0.19, 0.38), 76),
    ];
    for (at, size, tint, seed) in clouds {
        canvas.touch(at, size * 5.0, |x, y, under| {
            let (dx, dy) = (x - at.0, y - at.1);
            let wisp = fbm(x / size * 0.9, y / size * 0.9, 0.0, 5, seed);
            let spread = length(dx + size * 0.9 * wisp, dy - size * 0.7 * wisp);
            let lobes = 0.55 + 0.9 * ridged(x / size * 0.45, y / size * 0.45, 0.0, 5, seed + 9);
            under + tint * (lobes * (bell(spread, size * 0.62) + 0.22 * bell(spread, size * 1.5)))
        });
    }
}
