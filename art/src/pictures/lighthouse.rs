//! A lighthouse at night as a screen print: few flat inks, edges that are sharp but smooth.

use crate::canvas::Canvas;
use crate::colour::{Gradient, Rgb};
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::landscape::Ridge;
use crate::math::{length, sin, smoothstep};
use crate::noise::fbm;
use crate::rng::Rng;
use crate::shape::{ellipse, polygons};

pub const PICTURE: Picture = Picture {
    name: "lighthouse-beam",
    title: "The lighthouse",
    alt: "A red and white lighthouse on a cliff throws two broad beams across a starry night sky in flat blues, above rows of waves.",
    tags: &["lighthouse", "night", "landscape", "sea", "stars"],
    encoding: Encoding::Webp,
    draw,
};

const WIDTH: usize = 800;
const HEIGHT: usize = 1000;
const LAMP: (f32, f32) = (516.0, 372.0);

fn draw() -> Vec<Canvas> {
    let mut canvas = sky();
    let mask = |outlines: &[Vec<(f32, f32)>]| polygons(WIDTH, HEIGHT, outlines);
    let mut rng = Rng::new(27);
    for (count, size, tint) in [
        (90, 1.1, 0x8f_a8_d8),
        (46, 1.7, 0xd8_e2_f4),
        (14, 2.6, 0xff_f2_cf),
    ] {
        let dots: Vec<_> = (0..count)
            .map(|_| (rng.between(0.0, WIDTH as f32), rng.between(0.0, 640.0)))
            .filter(|at| length(at.0 - LAMP.0, at.1 - LAMP.1) > 90.0)
            .map(|at| ellipse(at, size, size))
            .collect();
        canvas.lay(&mask(&dots), Rgb::hex(tint));
    }
    beams(&mut canvas);
    sea(&mut canvas);
    cliffs(&mut canvas);
    tower(&mut canvas);
    vec![canvas]
}

/// Rings of blue around the lamp, each a flat tone.
fn sky() -> Canvas {
    let gradient = Gradient::new(&[
        (0.0, 0x5f_8f_c2),
        (0.16, 0x36_63_a4),
        (0.45, 0x1e_3c_7c),
        (0.75, 0x13_25_58),
        (1.0, 0x0b_14_38),
    ]);
    let tones: Vec<Rgb> = (0..9_u8).map(|i| gradient.at(f32::from(i) / 8.0)).collect();
    Canvas::shaded(WIDTH, HEIGHT, |x, y| {
        let away = length(x - LAMP.0, (y - LAMP.1) * 1.04);
        let mut tone = tones[0];
        for (i, &next) in tones.iter().enumerate().skip(1) {
            let radius = 26.0 + 21.0 * i as f32 + 7.6 * (i * i) as f32;
            tone = tone.mix(next, (away - radius + 0.5).clamp(0.0, 1.0));
        }
        tone
    })
}

/// One beam to the left, wide at its end, and its fellow to the right, each with a brighter heart.
fn beams(canvas: &mut Canvas) {
    let light = Rgb::hex(0xff_e9_ae);
    for (far_x, low, high, cover) in [
        (-40.0, 330.0, 74.0, 0.26),
        (-40.0, 262.0, 140.0, 0.34),
        (840.0, 400.0, 560.0, 0.20),
        (840.0, 440.0, 520.0, 0.28),
    ] {
        let wedge = vec![
            (LAMP.0, LAMP.1 - 7.0),
            (far_x, high),
            (far_x, low),
            (LAMP.0, LAMP.1 + 7.0),
        ];
        let mask: Vec<f32> = polygons(WIDTH, HEIGHT, &[wedge])
            .iter()
            .map(|c| c * cover)
            .collect();
        canvas.lay(&mask, light);
    }
}

/// Rows of waves, darker towards the eye, with thin crests and the light of the lamp on them.
fn sea(canvas: &mut Canvas) {
    let tones = [0x2a_56_92, 0x20_46_80, 0x18_38_6c, 0x11_2a_58, 0x0b_1d_43].map(Rgb::hex);
    let crest = Rgb::hex(0x6d_9c_cf);
    let gleam = Rgb::hex(0xff_e0_9c);
    canvas.reshade(|x, y, sky| {
        let mut colour = sky;
        for (i, &tone) in tones.iter().enumerate() {
            let row = i as f32;
            let long = 62.0 + 34.0 * row;
            let swell = 1.5 + 2.6 * row;
            let height = 668.0
                + 14.0 * row
                + 12.0 * row * row
                + swell * (2.0 * (sin(x / long * 3.1 + row * 2.1).abs()) - 1.0)
                + swell * 0.5 * fbm(x / long, row, 0.0, 3, 4);
            let below = y - height;
            colour = colour.mix(tone, (below + 0.5).clamp(0.0, 1.0));
            let thick = 1.2 + 0.5 * row;
            let broken = smoothstep(
                0.0,
                0.05,
                fbm(x / (long * 1.4), row * 3.0, 0.5, 3, 9) - 0.02,
            );
            let line =
                (below + 0.5).clamp(0.0, 1.0) * (thick - below + 0.5).clamp(0.0, 1.0) * broken;
            let lamp = smoothstep(240.0 - 25.0 * row, 238.0 - 25.0 * row, (x - 250.0).abs());
            colour = colour.mix(crest.mix(gleam, lamp), line);
        }
        colour
    });
}

fn cliffs(canvas: &mut Canvas) {
    let layers = [
        (
            Ridge {
                base: 668.0,
                relief: 66.0,
                span: 210.0,
                sharp: 0.5,
                seed: 6,
            },
            -1.0,
            300.0,
            90.0,
            0x1a_33_69,
        ),
        (
            Ridge {
                base: 640.0,
                relief: 62.0,
                span: 140.0,
                sharp: 0.4,
                seed: 13,
            },
            1.0,
            392.0,
            70.0,
            0x13_1f_46,
        ),
        (
            Ridge {
                base: 668.0,
                relief: 56.0,
                span: 110.0,
                sharp: 0.5,
                seed: 29,
            },
            1.0,
            436.0,
            120.0,
            0x0a_11_2c,
        ),
    ];
    let tints = layers.each_ref().map(|layer| Rgb::hex(layer.4));
    canvas.reshade(|x, y, under| {
        layers
            .iter()
            .zip(tints)
            .fold(under, |below, ((ridge, side, edge, fall, _), tint)| {
                // Land ends in a cliff at the edge; jagged rock makes its face.
                let jag = 16.0 * fbm(y / 46.0, x / 300.0, 0.0, 4, ridge.seed);
                let seaward = (side * (edge - x) + jag).max(0.0) * 300.0 / fall;
                let top = if *side < 0.0 {
                    668.0 - (668.0 - ridge.row(x)) * smoothstep(330.0, 60.0, x)
                } else {
                    ridge.row(x) + seaward
                };
                let floor = if *side < 0.0 {
                    (669.0 - y).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                below.mix(tint, (y - top + 0.5).clamp(0.0, 1.0) * floor)
            })
    });
}

fn tower(canvas: &mut Canvas) {
    let x = LAMP.0;
    let half = |y: f32| 21.0 + 15.0 * (y - 400.0) / 220.0;
    let slice = |top: f32, bottom: f32, from: f32, to: f32| {
        vec![
            (x + from * half(top), top),
            (x + to * half(top), top),
            (x + to * half(bottom), bottom),
            (x + from * half(bottom), bottom),
        ]
    };
    let block = |left: f32, top: f32, right: f32, bottom: f32| {
        vec![
            (x + left, top),
            (x + right, top),
            (x + right, bottom),
            (x + left, bottom),
        ]
    };
    let mut lay = |outline: Vec<(f32, f32)>, tint: u32| {
        canvas.lay(&polygons(WIDTH, HEIGHT, &[outline]), Rgb::hex(tint));
    };
    let bands = [
        (400.0, 0xf3_ea_d8, 0xae_b4_cc),
        (444.0, 0xd9_4a_3a, 0x8a_2c_44),
        (488.0, 0xf3_ea_d8, 0xae_b4_cc),
        (532.0, 0xd9_4a_3a, 0x8a_2c_44),
        (576.0, 0xf3_ea_d8, 0xae_b4_cc),
    ];
    for (top, light, shade) in bands {
        lay(slice(top, top + 44.5, -1.0, 1.0), light);
        lay(slice(top, top + 44.5, 0.18, 1.0), shade);
    }
    for y in [462.0, 506.0, 550.0] {
        lay(block(-9.0, y, -1.0, y + 14.0), 0x14_1d_40);
    }
    lay(block(-9.0, 590.0, 5.0, 621.0), 0x14_1d_40);
    lay(block(-31.0, 392.0, 31.0, 401.0), 0x14_1d_40);
    for post in [-30.0, -20.0, -10.0, 9.0, 19.0, 29.0] {
        lay(block(post, 378.0, post + 1.6, 393.0), 0x14_1d_40);
    }
    lay(block(-30.0, 377.0, 31.0, 379.4), 0x14_1d_40);
    lay(block(-16.0, 350.0, 16.0, 393.0), 0xff_f3_c4);
    lay(ellipse(LAMP, 10.5, 12.5), 0xff_ff_f4);
    for bar in [-16.0, -6.2, 4.2, 14.0] {
        lay(block(bar, 350.0, bar + 2.0, 393.0), 0x14_1d_40);
    }
    lay(
        vec![
            (x - 21.0, 351.0),
            (x - 13.0, 333.0),
            (x, 325.0),
            (x + 13.0, 333.0),
            (x + 21.0, 351.0),
        ],
        0xc0_3c_38,
    );
    lay(
        vec![
            (x + 4.0, 351.0),
            (x + 2.0, 326.0),
            (x + 13.0, 333.0),
            (x + 21.0, 351.0),
        ],
        0x7a_28_40,
    );
    lay(block(-1.2, 310.0, 1.2, 327.0), 0x14_1d_40);
    let house = vec![
        (x + 62.0, 622.0),
        (x + 62.0, 590.0),
        (x + 92.0, 566.0),
        (x + 122.0, 590.0),
        (x + 122.0, 626.0),
    ];
    lay(house, 0x8f_98_ba);
    lay(
        vec![
            (x + 56.0, 594.0),
            (x + 92.0, 564.0),
            (x + 128.0, 594.0),
            (x + 122.0, 598.0),
            (x + 92.0, 573.0),
            (x + 62.0, 598.0),
        ],
        0x7a_28_40,
    );
    lay(block(80.0, 596.0, 90.0, 608.0), 0xff_cf_74);
    lay(block(98.0, 596.0, 108.0, 608.0), 0xff_cf_74);
}
