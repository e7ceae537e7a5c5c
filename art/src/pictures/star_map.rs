//! A printed star map of the winter sky: the constellations around the Winter Hexagon, in few inks on warm paper.

use crate::canvas::Canvas;
use crate::catalogue::{Figure, Star, View, WINTER, WINTER_HEXAGON, radians, stars};
use crate::colour::Rgb;
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{bell, length, mix, smoothstep};
use crate::noise::warped;
use crate::shape::{ellipse, polygons, taper};
use crate::stars::on_circle;

pub const PICTURE: Picture = Picture {
    name: "winter-hexagon-star-map",
    title: "Star map of the Winter Hexagon",
    alt: "A printed star map: on a midnight-blue disc the winter constellations, with a golden hexagon from Sirius by way of Capella to Rigel.",
    tags: &["stars", "constellation", "star-map", "sirius", "orion"],
    encoding: Encoding::Png {
        colours: 40,
        dither: 0.0,
    },
    draw,
};

const WIDTH: usize = 900;
const HEIGHT: usize = 1200;
const CENTRE: (f32, f32) = (450.0, 540.0);
const RADIUS: f32 = 385.0;
const VIEW: View = View {
    aim: (89.0, 8.0),
    centre: CENTRE,
    scale: 8.4,
    tilt: 0.0,
};

fn draw() -> Vec<Canvas> {
    let (paper, ink, gold) = (
        Rgb::hex(0xf1_e6_cf),
        Rgb::hex(0x14_22_45),
        Rgb::hex(0xe8_a8_3c),
    );
    let mut canvas = Canvas::shaded(WIDTH, HEIGHT, |_, _| paper);
    let mask = |outlines: &[Vec<(f32, f32)>]| polygons(WIDTH, HEIGHT, outlines);
    canvas.lay(&mask(&[ellipse_fine(RADIUS)]), ink);
    milky_way(&mut canvas);
    let inside = mask(&[ellipse_fine(RADIUS - 6.0)]);
    let mut sky = canvas.clone();
    sky.lay(&mask(&grid()), Rgb::hex(0x2f_42_70));
    let all = stars();
    let lines: Vec<_> = WINTER
        .iter()
        .flat_map(|figure| joined(&all, figure, 1.5, 9.0))
        .collect();
    sky.lay(&mask(&lines), Rgb::hex(0x9f_b4_d8));
    sky.lay(&mask(&joined(&all, WINTER_HEXAGON, 2.6, 17.0)), gold);
    let (plain, warm) = discs(&all);
    sky.lay(&mask(&plain), Rgb::hex(0xf7_f0_df));
    sky.lay(&mask(&warm), Rgb::hex(0xff_c0_7a));
    let corners: Vec<_> = WINTER_HEXAGON
        .iter()
        .flat_map(|chain| chain.iter())
        .filter_map(|number| all.iter().find(|s| s.hipparcos == *number))
        .filter_map(|s| VIEW.project(s.place))
        .flat_map(|at| ring(at, 15.5, 1.6))
        .collect();
    sky.lay(&mask(&corners), gold);
    for ((pixel, &under), &cover) in canvas.pixels.iter_mut().zip(&sky.pixels).zip(&inside) {
        *pixel = pixel.mix(under, cover);
    }
    canvas.lay(&mask(&rim()), ink);
    legend(&mut canvas, ink, gold);
    vec![canvas]
}

/// The galaxy in three flat tones, as a printer would lay them one over the other.
fn milky_way(canvas: &mut Canvas) {
    let tones = [
        Rgb::hex(0x1b_2d_58),
        Rgb::hex(0x24_3a_6b),
        Rgb::hex(0x31_4a_7f),
    ];
    // Where the galactic equator passes, from Perseus to Puppis.
    let equator: Vec<(f32, f32)> = [
        (45.0, 58.0),
        (62.0, 51.0),
        (75.0, 43.0),
        (83.0, 35.0),
        (90.0, 25.0),
        (95.0, 14.0),
        (100.0, 3.0),
        (105.0, -9.0),
        (111.0, -20.0),
        (118.0, -31.0),
        (128.0, -43.0),
    ]
    .iter()
    .filter_map(|&(ra, dec)| VIEW.project((radians(ra), radians(dec))))
    .collect();
    canvas.reshade(|x, y, under| {
        let away = equator
            .windows(2)
            .map(|pair| crate::math::segment_distance((x, y), pair[0], pair[1]).0)
            .fold(f32::MAX, f32::min);
        let ragged = warped(x / 120.0, y / 120.0, 0.9, 4, 23);
        let level = bell(away, 62.0) + 0.36 * ragged;
        let inside = length(x - CENTRE.0, y - CENTRE.1) < RADIUS - 2.0;
        [0.30, 0.56, 0.80]
            .iter()
            .zip(tones)
            .fold(under, |tone, (&from, next)| {
                if inside {
                    tone.mix(next, smoothstep(from - 0.006, from + 0.006, level))
                } else {
                    tone
                }
            })
    });
}

/// Circles of declination and hours of right ascension, every 15 degrees.
fn grid() -> Vec<Vec<(f32, f32)>> {
    let at = |ra: f32, dec: f32| VIEW.project((radians(ra), radians(dec)));
    let mut lines = Vec::new();
    let mut join = |from: Option<(f32, f32)>, to: Option<(f32, f32)>| {
        if let (Some(from), Some(to)) = (from, to) {
            lines.push(taper(from, to, 0.9, 0.9));
        }
    };
    for line in 0..24_u8 {
        for step in 0..36_u8 {
            let (fixed, run) = (f32::from(line) * 15.0, f32::from(step) * 5.0 - 90.0);
            join(at(fixed, run.max(-80.0)), at(fixed, (run + 5.0).min(80.0)));
            let dec = f32::from(line) * 15.0 - 75.0;
            if dec < 80.0 {
                join(at(2.0 * run, dec), at(2.0 * run + 10.0, dec));
            }
        }
    }
    lines
}

/// The lines of a figure, each stopping short of its stars.
fn joined(all: &[Star], figure: Figure, width: f32, gap: f32) -> Vec<Vec<(f32, f32)>> {
    VIEW.lines(all, figure)
        .into_iter()
        .filter_map(|(from, to)| {
            let long = length(to.0 - from.0, to.1 - from.1);
            let cut = gap / long;
            let along = |t: f32| (mix(from.0, to.0, t), mix(from.1, to.1, t));
            (long > 2.4 * gap).then(|| taper(along(cut), along(1.0 - cut), width, width))
        })
        .collect()
}

/// A disc for each star, the larger the brighter; the warm ones apart.
fn discs(all: &[Star]) -> (Vec<Vec<(f32, f32)>>, Vec<Vec<(f32, f32)>>) {
    let (mut plain, mut warm) = (Vec::new(), Vec::new());
    for s in all.iter().filter(|s| s.magnitude < 5.0) {
        let Some(at) = VIEW.project(s.place) else {
            continue;
        };
        let size = 1.1 + 1.55 * (4.9 - s.magnitude).max(0.0);
        let kind = if s.b_v > 1.0 { &mut warm } else { &mut plain };
        kind.push(ellipse(at, size, size));
        if s.hipparcos == 32349 {
            for ray in 0..8_u8 {
                let reach = if ray % 2 == 0 { 30.0 } else { 19.0 };
                let tip = on_circle(at, reach, f32::from(ray) / 8.0);
                kind.push(taper(at, tip, 7.0, 0.2));
            }
        }
    }
    (plain, warm)
}

fn ring(at: (f32, f32), radius: f32, width: f32) -> [Vec<(f32, f32)>; 2] {
    let mut hole = ellipse(at, radius - width, radius - width);
    hole.reverse();
    [ellipse(at, radius, radius), hole]
}

fn ellipse_fine(radius: f32) -> Vec<(f32, f32)> {
    (0..720_u16)
        .map(|i| on_circle(CENTRE, radius, f32::from(i) / 720.0))
        .collect()
}

/// Two circles and a scale of ticks around the disc.
fn rim() -> Vec<Vec<(f32, f32)>> {
    let mut marks = Vec::new();
    for (outer, inner) in [(RADIUS + 9.0, RADIUS + 6.5), (RADIUS + 30.0, RADIUS + 28.5)] {
        let mut hole = ellipse_fine(inner);
        hole.reverse();
        marks.extend([ellipse_fine(outer), hole]);
    }
    for tick in 0..240_u16 {
        let turn = f32::from(tick) / 240.0;
        let (reach, width) = if tick % 10 == 0 {
            (28.0, 2.6)
        } else {
            (15.0, 1.1)
        };
        let (from, to) = (
            on_circle(CENTRE, RADIUS + 7.0, turn),
            on_circle(CENTRE, RADIUS + reach, turn),
        );
        marks.push(taper(from, to, width, width));
    }
    marks
}

/// Below the map: a rule, and the scale of magnitudes as a row of discs.
fn legend(canvas: &mut Canvas, ink: Rgb, gold: Rgb) {
    let mask = |outlines: &[Vec<(f32, f32)>]| polygons(WIDTH, HEIGHT, outlines);
    let y = 1078.0;
    let row: Vec<_> = (0..7_u8)
        .map(|i| (f32::from(i), 1.1 + 1.55 * (5.9 - f32::from(i))))
        .map(|(i, size)| ellipse((450.0 + (i - 3.0) * 46.0, y), size, size))
        .collect();
    canvas.lay(&mask(&row), ink);
    canvas.lay(&mask(&ring((450.0 - 138.0, y), 16.0, 1.6)), gold);
    let rules = [
        taper((70.0, y), (272.0, y), 1.6, 1.6),
        taper((628.0, y), (830.0, y), 1.6, 1.6),
    ];
    canvas.lay(&mask(&rules), ink);
    let (low, high) = (34.0, 40.0);
    let frame = |inset: f32| {
        let (right, bottom) = (WIDTH as f32 - inset, HEIGHT as f32 - inset);
        vec![
            (inset, inset),
            (right, inset),
            (right, bottom),
            (inset, bottom),
        ]
    };
    for (outer, inner) in [(low, low + 2.4), (high, high + 1.0)] {
        let mut hole = frame(inner);
        hole.reverse();
        canvas.lay(&mask(&[frame(outer), hole]), ink);
    }
}
