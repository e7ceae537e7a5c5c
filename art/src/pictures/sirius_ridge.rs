//! Sirius at first light over a range of snow mountains, the true Canis Major around it.

use crate::canvas::Canvas;
use crate::catalogue::{View, stars};
use crate::colour::{Gradient, Rgb, star_colour};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{bell, exp, mix, pow, smoothstep};
use crate::noise::{fbm, ridged, warped};
use crate::rng::Rng;
use crate::stars::{Lens, scatter, star};
use crate::terrain::{Camera, Ground, normal, sunlit, survey};

pub const PICTURE: Picture = Picture {
    name: "sirius-over-a-snowy-ridge",
    title: "Sirius over a snowy ridge",
    alt: "Sirius shines blue-white with four fine rays above jagged snow mountains, whose peaks catch the first rose light of dawn.",
    tags: &["stars", "sirius", "night", "landscape", "mountains", "dawn"],
    encoding: Encoding::Jpeg {
        quality: 84,
        grain: 1.0,
    },
    draw,
};

const WIDTH: usize = 1200;
const HEIGHT: usize = 800;

fn draw() -> Vec<Canvas> {
    let mut sky = sky();
    starlight(&mut sky);
    let mut large = Canvas::shaded(WIDTH * 2, HEIGHT * 2, |x, y| sky.sample(x / 2.0, y / 2.0));
    mountains(&mut large);
    let mut canvas = large.halved();
    canvas.bloom(0.7, 10.0, 0.25);
    vec![canvas]
}

fn sky() -> Canvas {
    let gradient = Gradient::new(&[
        (0.0, 0x05_0a_22),
        (0.30, 0x0c_1c_4a),
        (0.52, 0x2a_3f_82),
        (0.68, 0x7a_66_a6),
        (0.80, 0xd9_8f_9a),
        (0.92, 0xff_c9_9a),
    ]);
    Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let lean = 0.10 * (x / WIDTH as f32 - 0.62);
        let t = y / HEIGHT as f32 + lean;
        let wisp = warped(x / 420.0, y / 90.0, 0.9, 5, 12);
        let veil = smoothstep(0.0, 0.8, wisp) * bell(t - 0.60, 0.09);
        gradient.at(t) * (1.0 - 0.25 * veil) + Rgb::hex(0xff_a8_9c) * (0.22 * veil)
    })
}

fn starlight(sky: &mut Canvas) {
    let mut rng = Rng::new(1);
    let fade = |y: f32| 1.0 - smoothstep(300.0, 560.0, y);
    scatter(
        sky,
        &mut rng,
        1700,
        (0.022, 0.32, 0.5),
        &Lens {
            core: 0.58,
            glow: 0.0,
            ..Lens::EYE
        },
        |_, y| fade(y),
    );
    let view = View {
        aim: (101.29, -16.72),
        centre: (452.0, 196.0),
        scale: 17.0,
        tilt: 24.0,
    };
    for s in stars() {
        let Some(place) = view.project(s.place) else {
            continue;
        };
        let lens = Lens {
            glow: 0.035,
            halo: 4.0,
            ..Lens::EYE
        };
        if s.hipparcos == 32349 {
            let lens = Lens {
                core: 1.7,
                halo: 13.0,
                glow: 0.075,
                spikes: 46.0,
                turn: 0.0,
            };
            star(sky, place, 4.5, Rgb::new(0.62, 0.80, 1.22), &lens);
        } else {
            let flux = 3.2 * pow(s.flux(), 0.55) * fade(place.1 - 60.0).max(0.25);
            star(sky, place, flux, star_colour(s.b_v), &lens);
        }
    }
}

/// Height above the plain, in units of about a kilometre.
fn field(x: f32, z: f32, octaves: u32) -> f32 {
    let range = bell(z - 13.5, 3.6)
        + 0.62 * bell(z - 7.0, 1.7) * smoothstep(1.8, -3.4, x)
        + 0.5 * bell(z - 6.6, 1.6) * smoothstep(2.2, 4.4, x);
    let crest = ridged(x * 0.21 + 3.1, z * 0.21, 0.4, octaves, 41);
    let bulk = fbm(x * 0.11, z * 0.11, 0.2, 3, 5);
    let valley = 0.05 * fbm(x * 0.8, z * 0.8, 0.1, octaves.min(6), 9);
    valley + range * (3.9 * pow(crest, 1.25) + 0.5 * bulk)
}

fn mountains(canvas: &mut Canvas) {
    let camera = Camera {
        eye_height: 1.1,
        horizon: 1270.0,
        focus: 2500.0,
        far: 26.0,
        step: 0.008,
    };
    let ground = survey((canvas.width, canvas.height), &camera, |x, z| {
        field(x, z, 7)
    });
    let width = canvas.width;
    canvas.reshade(|x, y, sky| match ground[y as usize * width + x as usize] {
        Some(ground) => snow(&ground),
        None => sky,
    });
}

fn snow(ground: &Ground) -> Rgb {
    let (nx, up, nz) = normal(
        |x, z| field(x, z, 8),
        ground,
        0.012 + 0.0022 * ground.distance,
    );
    let sun = sunlit(|x, z| field(x, z, 5), ground, -0.55, 0.24, 3.0);
    let facing = (0.83 * nx + 0.24 * up - 0.50 * nz).max(0.0) * sun;
    let steep = 1.0
        - smoothstep(
            0.30,
            0.50,
            up + 0.10 * fbm(ground.x * 9.0, ground.z * 9.0, 0.3, 4, 3),
        );
    let snow = Rgb::hex(0xe9_ee_fb);
    let rock = Rgb::hex(0x4a_46_58);
    let body = snow.mix(rock, 0.86 * steep);
    let above = smoothstep(0.6, 2.8, ground.height);
    let dawn = Rgb::new(1.25, 0.58, 0.42) * (1.9 * facing * mix(0.12, 1.0, above));
    let dome = Rgb::new(0.10, 0.16, 0.37) * (0.55 + 0.65 * up)
        + Rgb::new(0.05, 0.03, 0.06) * (0.5 - 0.5 * nz);
    let lit = body * (dawn + dome);
    let mist = 0.90 * exp(-ground.height.max(0.0) * 1.6) * smoothstep(3.0, 14.0, ground.distance);
    let haze = 1.0 - exp(-(ground.distance / 46.0));
    lit.mix(Rgb::hex(0x6a_6f_b0), haze)
        .mix(Rgb::hex(0xa8_8f_b8), mist)
}
