//! A great comet in the dusk over the sea: a curved tail of dust, a straight blue one of ions.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::Ridge;
use crate::math::{bell, cos, exp, length, mix, pow, sin, smoothstep};
use crate::noise::{fbm, noise, ridged, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "comet-at-dusk",
    title: "A comet at dusk",
    alt: "A bright comet with a fanned golden tail and a thin blue one stands over the sea at dusk, and its light lies on the water between dark headlands.",
    tags: &["comet", "stars", "night", "landscape", "sea"],
    encoding: Encoding::Jpeg {
        quality: 83,
        grain: 0.8,
    },
    draw,
};

const WIDTH: usize = 1200;
const HEIGHT: usize = 800;
const HORIZON: f32 = 628.0;
const HEAD: (f32, f32) = (452.0, 428.0);

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[
        (0.0, 0x06_0b_26),
        (0.35, 0x10_26_58),
        (0.62, 0x24_56_86),
        (0.80, 0x6a_93_9c),
        (0.92, 0xe0_b0_7c),
        (1.0, 0xf4_8e_58),
    ]);
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let glow = 0.05 * bell(x - 380.0, 420.0) - 0.03;
        let t = (y / HORIZON).min(1.0) + glow;
        let cloud =
            smoothstep(0.05, 0.6, warped(x / 330.0, y / 34.0, 0.7, 5, 3)) * bell(y - 566.0, 30.0);
        gradient.at(t).mix(Rgb::hex(0x5c_56_7c), 0.55 * cloud) + tails(x, y)
    });
    let mut rng = Rng::new(8);
    let fade = |y: f32| smoothstep(500.0, 180.0, y);
    scatter(
        &mut canvas,
        &mut rng,
        1500,
        (0.03, 0.5, 0.5),
        &Lens {
            core: 0.58,
            glow: 0.0,
            ..Lens::EYE
        },
        |_, y| fade(y),
    );
    scatter(
        &mut canvas,
        &mut rng,
        60,
        (0.3, 2.4, 0.7),
        &Lens {
            halo: 3.5,
            ..Lens::EYE
        },
        |_, y| fade(y),
    );
    let lens = Lens {
        core: 2.5,
        halo: 11.0,
        glow: 0.09,
        ..Lens::EYE
    };
    star(&mut canvas, HEAD, 3.4, Rgb::new(0.92, 1.05, 0.92), &lens);
    canvas.bloom(0.65, 9.0, 0.3);
    let mut canvas = sea(&canvas);
    headlands(&mut canvas);
    vec![canvas]
}

/// Away from the sun, which is below the horizon to the left.
fn tails(x: f32, y: f32) -> Rgb {
    let lean = 0.98_f32;
    let (dx, dy) = (x - HEAD.0, HEAD.1 - y);
    let (along, across) = (
        dx * cos(lean) + dy * sin(lean),
        dy * cos(lean) - dx * sin(lean),
    );
    let far = along / 520.0;
    let open = smoothstep(-6.0, 14.0, along);
    // Dust lags behind on a curve, the farther the more; its edges are streaked.
    let curve = across + 0.00042 * along * along.abs();
    let width = 7.0 + 0.235 * along.max(0.0);
    let place = curve / width + 0.35;
    let streaks = 0.72 + 0.42 * ridged(place * 2.6, 0.4 + far * 0.35, 0.0, 4, 27);
    let edge = smoothstep(1.55, 0.1, place) * smoothstep(-1.9, 0.35, place);
    let dust = open
        * streaks
        * edge
        * exp(-2.3 * far.max(0.0))
        * pow(22.0 / (22.0 + along.max(0.0)), 0.34)
        * 1.25;
    // Ions fly straight.
    let kink = across - 0.045 * along - 3.0 * noise(along / 70.0, 2.0, 0.0, 9) * far;
    let thin = 2.6 + 0.030 * along.max(0.0);
    let knots = 0.62 + 0.55 * fbm(along / 60.0, kink / thin, 0.0, 4, 70);
    let rays = bell(kink, thin)
        + 0.55 * bell(kink - 0.034 * along, thin * 0.6)
        + 0.4 * bell(kink + 0.03 * along, thin * 0.6);
    let ions = open * knots * rays * exp(-1.75 * far.max(0.0)) * 0.42;
    let coma = 0.42 * exp(-length(dx, dy) / 17.0);
    Rgb::new(1.0, 0.86, 0.62) * dust
        + Rgb::new(0.22, 0.55, 1.0) * ions
        + Rgb::new(0.55, 1.0, 0.80) * coma
}

/// The sky again in the water, in strokes that lengthen towards the eye.
fn sea(above: &Canvas) -> Canvas {
    Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let depth = y - HORIZON;
        if depth < 0.0 {
            return above.sample(x, y);
        }
        let near = depth / (HEIGHT as f32 - HORIZON);
        let swell = noise(
            x / mix(14.0, 120.0, near),
            depth / mix(0.9, 7.0, near),
            0.0,
            5,
        ) + 0.7
            * noise(
                x / mix(7.0, 46.0, near),
                depth / mix(0.5, 3.0, near),
                3.0,
                6,
            );
        let mut light = Rgb::BLACK;
        for tap in 0..5_u8 {
            let spread = (f32::from(tap) - 2.0) * mix(2.0, 22.0, near);
            let tilt = swell * mix(6.0, 62.0, near) + spread;
            light += above.sample(
                x + 0.12 * tilt,
                HORIZON - 2.0 - depth * 1.25 + tilt.min(depth * 1.2),
            ) * 0.2;
        }
        let deep = Rgb::hex(0x0a_1a_38);
        let mirror = mix(0.86, 0.50, near) + 0.10 * swell;
        deep.mix(light, mirror.clamp(0.2, 0.95))
    })
}

fn headlands(canvas: &mut Canvas) {
    let far = Ridge {
        base: 632.0,
        relief: 70.0,
        span: 210.0,
        sharp: 0.35,
        seed: 19,
    };
    let near = Ridge {
        base: 664.0,
        relief: 120.0,
        span: 230.0,
        sharp: 0.45,
        seed: 28,
    };
    let (far_tint, near_tint, mist) = (
        Rgb::hex(0x3a_46_68),
        Rgb::hex(0x0a_11_26),
        Rgb::hex(0xb0_8a_80),
    );
    canvas.reshade(|x, y, under| {
        let land = smoothstep(690.0, 980.0, x);
        let top = HORIZON + 1.0 - (632.0 - far.row(x)) * land;
        let cover = (y - top + 0.5).clamp(0.0, 1.0) * (HORIZON + 1.5 - y).clamp(0.0, 1.0);
        let back = under.mix(far_tint.mix(mist, 0.5 * smoothstep(590.0, 632.0, y)), cover);
        let shore = smoothstep(250.0, -30.0, x) + smoothstep(1010.0, 1240.0, x);
        let rock = 812.0 - (900.0 - near.row(x)) * pow(shore.min(1.0), 0.8) * 0.72
            + 34.0 * fbm(x / 52.0, 0.3, 0.0, 6, 57) * shore.min(1.0);
        back.mix(near_tint, (y - rock + 0.5).clamp(0.0, 1.0))
    });
}
