//! A total eclipse of the sun: the corona's streamers, the prominences, the last bead of light.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{atan2, bell, cos, exp, length, pow, sin, smoothstep};
use crate::noise::{fbm, ridged};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};

pub const PICTURE: Picture = Picture {
    name: "total-solar-eclipse",
    title: "Total eclipse of the sun",
    alt: "The black disc of the moon covers the sun; around it the pearly corona streams out in fine threads, and one bead of sunlight flashes at the rim.",
    tags: &["sun", "moon", "eclipse", "stars"],
    encoding: Encoding::Jpeg {
        quality: 84,
        grain: 0.7,
    },
    draw,
};

const SIZE: usize = 1000;
const CENTRE: f32 = 500.0;
const MOON: f32 = 142.0;

fn draw() -> Vec<Canvas> {
    let sky = Gradient::new(&[
        (0.0, 0x24_3f_66),
        (0.35, 0x12_22_44),
        (0.75, 0x09_11_28),
        (1.0, 0x05_08_18),
    ]);
    let mut canvas = Canvas::shaded(SIZE, SIZE, |x, y| {
        let away = length(x - CENTRE, y - CENTRE);
        sky.at(away / 720.0) + corona(x - CENTRE, y - CENTRE, away / MOON)
    });
    let mut rng = Rng::new(17);
    let lens = Lens {
        core: 0.7,
        ..Lens::EYE
    };
    scatter(
        &mut canvas,
        &mut rng,
        90,
        (0.10, 0.9, 0.6),
        &lens,
        |x, y| smoothstep(300.0, 460.0, length(x - CENTRE, y - CENTRE)),
    );
    canvas.reshade(|x, y, under| {
        let away = length(x - CENTRE, y - CENTRE);
        let ashen = 1.0 + 0.5 * fbm(x / 60.0, y / 60.0, 0.0, 5, 2);
        let moon = Rgb::new(0.0035, 0.0045, 0.0085) * ashen;
        under.mix(moon, (MOON - away + 0.5).clamp(0.0, 1.0))
    });
    bead(&mut canvas);
    vec![canvas]
}

/// Threads that follow the magnetic field: long streamers at the equator, short plumes at the poles.
fn corona(dx: f32, dy: f32, away: f32) -> Rgb {
    let turn = atan2(dy, dx) + 0.42;
    let (east, north) = (cos(turn), sin(turn));
    let equator = east * east;
    let out = (away - 1.0).max(0.0);
    // Noise on the circle of directions, drawn out with distance; it bends towards the equator as it goes.
    let bend = 0.16 * sin(2.0 * turn) * out;
    let (u, v) = (cos(turn - bend), sin(turn - bend));
    let threads = ridged(u * 7.0, v * 7.0, out * 0.22, 5, 21);
    let hairs = ridged(u * 21.0, v * 21.0, out * 0.5, 4, 34);
    let lobes = 0.5 + 0.75 * fbm(u * 1.7, v * 1.7, 0.4, 3, 52);
    let reach = 0.36 + 0.95 * equator * lobes.max(0.0) + 0.12 * threads;
    let inner = 1.35 * exp(-out * 7.0) + 0.55 * exp(-out * 2.6);
    let outer = 0.50 * exp(-pow(out / reach, 0.9) * 1.9);
    let texture = (0.30 + 0.85 * threads * threads) * (0.66 + 0.5 * hairs);
    let pole = 1.0 + 0.5 * bell(east, 0.28) * (hairs - 0.4) * (north * north);
    let light = (inner * (0.7 + 0.3 * texture) + outer * texture * 1.25) * pole;
    let flames = pow(ridged(u * 5.0, v * 5.0, 0.7, 4, 61), 3.0)
        * smoothstep(0.58, 0.8, ridged(u * 2.3, v * 2.3, 0.2, 2, 64));
    let rose = bell(out, 0.006) * 0.5 + bell(out - 0.012, 0.018 + 0.03 * flames) * flames * 3.4;
    let tint =
        Rgb::new(0.98, 0.97, 1.0).mix(Rgb::new(0.60, 0.76, 1.10), smoothstep(0.05, 1.6, out));
    tint * light + Rgb::new(1.0, 0.16, 0.30) * rose
}

/// Sunlight through a valley at the moon's rim.
fn bead(canvas: &mut Canvas) {
    let at = (CENTRE + MOON * 0.745, CENTRE - MOON * 0.667);
    let lens = Lens {
        core: 5.4,
        halo: 24.0,
        glow: 0.075,
        spikes: 17.0,
        turn: 0.73,
    };
    star(canvas, at, 4.2, Rgb::new(1.02, 0.97, 0.88), &lens);
    let lens = Lens {
        core: 2.0,
        halo: 8.0,
        glow: 0.02,
        ..Lens::EYE
    };
    for (turn, flux) in [(-0.58_f32, 1.4), (-0.87, 0.9), (-0.93, 0.5)] {
        star(
            canvas,
            (CENTRE + MOON * cos(turn), CENTRE + MOON * sin(turn)),
            flux,
            Rgb::WHITE,
            &lens,
        );
    }
}
