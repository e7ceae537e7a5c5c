//! Curtains of aurora over fir trees, mirrored in a still lake.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::{Ridge, fir};
use crate::math::{bell, cos, exp, mix, sin, smoothstep};
use crate::noise::{fbm, noise, ridged};
use crate::rng::Rng;
use crate::shape::polygons;
use crate::stars::{Lens, scatter};

pub const PICTURE: Picture = Picture {
    name: "aurora-over-a-lake",
    title: "Aurora over a lake",
    alt: "Green and violet curtains of aurora ripple across a starry sky above a dark forest of firs, and a still lake mirrors them.",
    tags: &["aurora", "night", "landscape", "lake", "forest", "stars"],
    encoding: Encoding::Avif { quality: 62.0 },
    draw,
};

const WIDTH: usize = 1280;
const HEIGHT: usize = 720;
const SHORE: f32 = 500.0;

/// A curtain: where it hangs, how it winds, how strong it is.
struct Curtain {
    base: f32,
    slope: f32,
    swing: f32,
    tall: f32,
    strength: f32,
    seed: u32,
}

const CURTAINS: [Curtain; 3] = [
    Curtain {
        base: 330.0,
        slope: -0.10,
        swing: 120.0,
        tall: 205.0,
        strength: 1.0,
        seed: 8,
    },
    Curtain {
        base: 395.0,
        slope: 0.05,
        swing: 60.0,
        tall: 150.0,
        strength: 0.55,
        seed: 21,
    },
    Curtain {
        base: 215.0,
        slope: -0.06,
        swing: 60.0,
        tall: 130.0,
        strength: 0.26,
        seed: 35,
    },
];

fn draw() -> Vec<Canvas> {
    let gradient = Gradient::new(&[
        (0.0, 0x04_07_1c),
        (0.45, 0x08_16_36),
        (0.70, 0x11_36_4c),
        (1.0, 0x1d_55_5a),
    ]);
    let mut scene = Canvas::shaded(WIDTH, HEIGHT, |_, y| gradient.at(y / SHORE));
    let mut rng = Rng::new(3);
    let lens = Lens {
        glow: 0.03,
        halo: 3.0,
        ..Lens::EYE
    };
    scatter(
        &mut scene,
        &mut rng,
        1500,
        (0.04, 1.6, 0.55),
        &lens,
        |_, y| 1.0 - smoothstep(250.0, 480.0, y),
    );
    let mut light = Canvas::shaded(WIDTH, HEIGHT, |_, _| Rgb::BLACK);
    for curtain in &CURTAINS {
        hang(&mut light, curtain);
    }
    let soft = light.blurred(2.2);
    scene.add(&soft, 1.0);
    scene.add(&light.blurred(34.0), 0.40);
    shore(&mut scene, &mut rng);
    let mut scene = mirrored(&scene);
    reeds(&mut scene, &mut rng);
    vec![scene]
}

/// Adds a curtain as thousands of upright rays along a winding line; where the line turns back they add up.
fn hang(light: &mut Canvas, curtain: &Curtain) {
    const RAYS: usize = 9000;
    let tint = Gradient::new(&[
        (0.0, 0x6c_ff_b0),
        (0.22, 0x2f_f0_8a),
        (0.40, 0x28_b8_a8),
        (0.58, 0x6a_62_e8),
        (1.0, 0xc8_3a_d0),
    ]);
    let tints: Vec<Rgb> = (0..64).map(|i| tint.at(i as f32 / 63.0)).collect();
    for i in 0..RAYS {
        let s = i as f32 / RAYS as f32;
        let along = mix(-180.0, WIDTH as f32 + 180.0, s);
        let fold = fbm(s * 3.2, 0.4, 0.0, 3, curtain.seed);
        let turns = s * 58.0 + 5.0 * fold;
        let x = along + 120.0 * noise(s * 5.0, 3.1, 0.0, curtain.seed + 1) + 30.0 * sin(turns);
        let base = curtain.base
            + curtain.slope * (along - 640.0)
            + curtain.swing * fold
            + 17.0 * cos(turns)
            + 8.0 * noise(s * 23.0, 1.7, 0.0, curtain.seed + 2);
        let fine = 0.35 + 0.65 * ridged(s * 46.0, 0.2, 0.0, 4, curtain.seed + 3);
        let wide = smoothstep(-0.55, 0.5, noise(s * 6.0, 9.0, 0.0, curtain.seed + 4));
        let tall = curtain.tall * (0.55 + 0.7 * wide) * (0.8 + 0.4 * fine);
        let strength = curtain.strength * fine * (0.12 + 0.88 * wide) * 0.105;
        ray(light, (x, base), tall, strength, &tints);
    }
}

fn ray(light: &mut Canvas, (x, base): (f32, f32), tall: f32, strength: f32, tints: &[Rgb]) {
    if x < 0.0 || x >= WIDTH as f32 - 1.0 {
        return;
    }
    let column = x as usize;
    let share = x - column as f32;
    let top = (base - tall * 1.9).max(0.0) as usize;
    for row in top..(base + 24.0).clamp(0.0, SHORE + 40.0) as usize {
        let up = (base - row as f32) / tall;
        let value = if up < 0.0 {
            bell(up * tall, 6.5)
        } else {
            exp(-1.9 * up) * (1.0 - up / 1.9).max(0.0)
        };
        let tint = tints[((up.max(0.0) * 48.0) as usize).min(63)] * (value * strength);
        light.pixels[row * WIDTH + column] += tint * (1.0 - share);
        light.pixels[row * WIDTH + column + 1] += tint * share;
    }
}

/// Two lines of hills and a forest, each darker than the one behind.
fn shore(scene: &mut Canvas, rng: &mut Rng) {
    let far = Ridge {
        base: 492.0,
        relief: 110.0,
        span: 330.0,
        sharp: 0.65,
        seed: 4,
    };
    let near = Ridge {
        base: 500.0,
        relief: 52.0,
        span: 240.0,
        sharp: 0.1,
        seed: 17,
    };
    let (far_tint, near_tint, mist) = (
        Rgb::hex(0x0d_2b_3f),
        Rgb::hex(0x06_18_26),
        Rgb::hex(0x2b_6f_6d),
    );
    scene.reshade(|x, y, sky| {
        let fog = 0.55 * smoothstep(410.0, 500.0, y + 12.0 * fbm(x / 160.0, y / 40.0, 0.0, 4, 2));
        let back = sky.mix(far_tint.mix(mist, fog), far.cover(x, y));
        back.mix(
            near_tint.mix(mist, 0.45 * smoothstep(462.0, 502.0, y)),
            near.cover(x, y),
        )
    });
    let mut forest = Vec::new();
    let mut x = -20.0;
    while x < WIDTH as f32 + 20.0 {
        let bank = smoothstep(560.0, 60.0, x) + smoothstep(800.0, 1230.0, x);
        let height = (16.0 + 118.0 * bank) * rng.between(0.55, 1.15);
        forest.push(fir(rng, (x, SHORE + 4.0), height));
        x += rng.between(0.10, 0.24) * height.max(24.0);
    }
    let mask = polygons(WIDTH, HEIGHT, &forest);
    scene.lay(&mask, Rgb::hex(0x02_08_10));
    scene.reshade(|_, y, under| {
        under.mix(
            Rgb::hex(0x02_08_10),
            smoothstep(SHORE - 5.0, SHORE - 1.0, y),
        )
    });
}

/// Below the shore the scene again, upside down, broken by small waves that are longer near the eye.
fn mirrored(scene: &Canvas) -> Canvas {
    Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        if y < SHORE {
            return scene.sample(x, y);
        }
        let depth = y - SHORE;
        let near = depth / (HEIGHT as f32 - SHORE);
        let wave = noise(
            x / mix(60.0, 190.0, near),
            depth / mix(1.6, 7.0, near),
            0.0,
            51,
        ) + 0.6
            * noise(
                x / mix(26.0, 90.0, near),
                depth / mix(0.9, 3.4, near),
                4.0,
                52,
            );
        let mut light = Rgb::BLACK;
        for tap in -2..=2 {
            let shake = wave * mix(1.5, 16.0, near) + tap as f32 * mix(0.6, 6.0, near);
            light += scene.sample(x + 0.25 * shake, SHORE - 2.0 - depth * 1.45 + shake) * 0.2;
        }
        let tint = Rgb::new(0.60, 0.76, 0.86) * mix(0.92, 0.62, near);
        let edge = bell(depth, 1.6) * 0.05;
        light * tint + Rgb::hex(0x03_0a_18) * (0.5 + near) + Rgb::hex(0x9a_ff_e0) * edge
    })
}

/// A dark bank in the nearest corner, so that the lake lies between two shores.
fn reeds(scene: &mut Canvas, rng: &mut Rng) {
    let bank = Ridge {
        base: 742.0,
        relief: 44.0,
        span: 300.0,
        sharp: 0.0,
        seed: 77,
    };
    scene.reshade(|x, y, under| under.mix(Rgb::hex(0x02_06_0c), bank.cover(x, y)));
    let mut grass = Vec::new();
    for _ in 0..420 {
        let x = rng.between(-10.0, WIDTH as f32 + 10.0);
        let root = bank.row(x) + 8.0;
        let tip = (x + rng.between(-9.0, 9.0), root - rng.between(10.0, 40.0));
        grass.push(crate::shape::taper((x, root), tip, 2.2, 0.3));
    }
    for blade in grass {
        let mask = polygons(WIDTH, HEIGHT, &[blade]);
        scene.lay(&mask, Rgb::hex(0x02_06_0c));
    }
}
