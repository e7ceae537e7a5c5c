//! Saturn as a poster: the geometry is real (a globe, a tilted ring, both shadows), the tones are few and flat.

use crate::canvas::Canvas;
use crate::colour::Rgb;
use crate::encode::Encoding;
use crate::gallery::Picture;
use crate::math::{cos, length, sin};
use crate::rng::Rng;
use crate::shape::{ellipse, polygons};

pub const PICTURE: Picture = Picture {
    name: "saturn",
    title: "Saturn and its rings",
    alt: "Saturn in amber bands, tilted, with broad cream and rust rings that throw a shadow on the globe, on a plum-coloured sky with small moons.",
    tags: &["planet", "saturn", "stars"],
    encoding: Encoding::Webp,
    draw,
};

const SIZE: usize = 1000;
const RADIUS: f32 = 205.0;
/// How far the ring is opened towards us, and how far the whole leans, in radians.
const OPEN: f32 = 0.36;
const LEAN: f32 = -0.38;
/// Towards the sun: right, up, to the eye.
const SUN: [f32; 3] = [-0.62, 0.30, 0.72];

/// The rings from inside out: where each ends, in radii of the globe, and its ink; 0 is a gap.
const RINGS: [(f32, u32); 9] = [
    (1.24, 0),
    (1.40, 0x5c_3a_52),
    (1.53, 0xb0_78_5a),
    (1.70, 0xe8_bd_82),
    (1.86, 0xf6_dc_a8),
    (1.95, 0xd9_a6_6c),
    (2.03, 0),
    (2.20, 0xc9_94_70),
    (2.27, 0x8c_5f_60),
];

/// The globe's bands from the south pole to the north, by the sine of latitude.
const BANDS: [(f32, u32); 11] = [
    (-0.86, 0xb9_6a_4a),
    (-0.66, 0xd3_8b_56),
    (-0.46, 0xe9_ad_6a),
    (-0.30, 0xd8_92_58),
    (-0.10, 0xf3_c8_86),
    (0.10, 0xfb_de_a6),
    (0.26, 0xee_b9_74),
    (0.44, 0xd9_96_5c),
    (0.62, 0xe6_ae_70),
    (0.80, 0xc8_80_56),
    (1.01, 0xa8_5f_4c),
];

fn draw() -> Vec<Canvas> {
    let bands = BANDS.map(|(end, ink)| (end, Rgb::hex(ink)));
    let rings = RINGS.map(|(end, ink)| (end, (ink != 0).then(|| Rgb::hex(ink))));
    let mut canvas = sky();
    // Nine looks at every pixel: the flat tones meet in smooth edges.
    canvas.reshade(|x, y, under| {
        let mut sum = Rgb::BLACK;
        for look in 0..9_u8 {
            let (dx, dy) = (f32::from(look % 3) - 1.0, f32::from(look / 3) - 1.0);
            sum += saturn(x + dx / 3.0, y + dy / 3.0, &bands, &rings).unwrap_or(under);
        }
        sum * (1.0 / 9.0)
    });
    vec![canvas]
}

fn sky() -> Canvas {
    let tones = [0x4a_2a_5c, 0x3c_22_52, 0x30_1b_48, 0x25_15_3c, 0x1b_10_30].map(Rgb::hex);
    let mut canvas = Canvas::shaded(SIZE, SIZE, |x, y| {
        let away = length(x - 500.0, y - 500.0);
        let mut tone = tones[0];
        for (i, &next) in tones.iter().enumerate().skip(1) {
            tone = tone.mix(next, (away - 210.0 - 92.0 * i as f32 + 0.5).clamp(0.0, 1.0));
        }
        tone
    });
    let mut rng = Rng::new(31);
    for (count, size, ink) in [
        (110, 1.2, 0x9a_7c_b4),
        (46, 1.9, 0xe2_c8_e0),
        (12, 3.0, 0xff_e6_bc),
    ] {
        let dots: Vec<_> = (0..count)
            .map(|_| (rng.between(0.0, SIZE as f32), rng.between(0.0, SIZE as f32)))
            .map(|at| ellipse(at, size, size))
            .collect();
        canvas.lay(&polygons(SIZE, SIZE, &dots), Rgb::hex(ink));
    }
    for (at, size) in [
        ((842.0, 236.0), 15.0),
        ((716.0, 838.0), 9.0),
        ((150.0, 352.0), 7.0),
    ] {
        canvas.lay(
            &polygons(SIZE, SIZE, &[ellipse(at, size, size)]),
            Rgb::hex(0x8a_5f_7c),
        );
        let lit: Vec<f32> = polygons(
            SIZE,
            SIZE,
            &[ellipse(
                (at.0 - size * 0.32, at.1 - size * 0.16),
                size,
                size,
            )],
        )
        .iter()
        .zip(polygons(SIZE, SIZE, &[ellipse(at, size, size)]))
        .map(|(a, b)| a * b)
        .collect();
        canvas.lay(&lit, Rgb::hex(0xf0_cf_b0));
    }
    canvas
}

/// What a point shows: the ring before the globe, the globe, the ring behind it, or nothing of them.
fn saturn(x: f32, y: f32, bands: &[(f32, Rgb)], rings: &[(f32, Option<Rgb>)]) -> Option<Rgb> {
    let (dx, dy) = ((x - 500.0) / RADIUS, (500.0 - y) / RADIUS);
    let (u, v) = (
        dx * cos(LEAN) + dy * sin(LEAN),
        dy * cos(LEAN) - dx * sin(LEAN),
    );
    let away = length(u, v / sin(OPEN));
    let ring = ring_at(rings, away);
    let flat = v / sin(OPEN);
    let globe = (u * u + v * v / 0.86 < 1.0).then(|| globe(u, v, bands, rings));
    if let Some(ink) = ring
        && (globe.is_none() || flat < 0.0)
    {
        // The point of the ring in space, from where the globe may hide the sun.
        let place = [u, flat * sin(OPEN), -flat * cos(OPEN)];
        return Some(if hidden(place) {
            ink * Rgb::new(0.16, 0.13, 0.24)
        } else {
            ink
        });
    }
    globe
}

fn globe(u: f32, v: f32, bands: &[(f32, Rgb)], rings: &[(f32, Option<Rgb>)]) -> Rgb {
    let w = (1.0 - u * u - v * v / 0.86).max(0.0).sqrt();
    let latitude = v / 0.927 * cos(OPEN) + w * sin(OPEN);
    let ink = bands
        .iter()
        .find(|band| latitude < band.0)
        .map_or(Rgb::WHITE, |band| band.1);
    let day = u * SUN[0] + v * SUN[1] + w * SUN[2];
    let tone = match day {
        d if d < 0.02 => Rgb::new(0.10, 0.07, 0.15),
        d if d < 0.20 => Rgb::new(0.34, 0.24, 0.34),
        d if d < 0.42 => Rgb::new(0.66, 0.56, 0.62),
        d if d > 0.965 => Rgb::new(1.10, 1.08, 1.04),
        _ => Rgb::WHITE,
    };
    // Towards the sun, does the ring's plane lie between?
    let up = [0.0, cos(OPEN), sin(OPEN)];
    let height = v * up[1] + w * up[2];
    let climb = SUN[1] * up[1] + SUN[2] * up[2];
    let shadow = if height * climb < 0.0 {
        let t = -height / climb;
        let hit = [u + t * SUN[0], v + t * SUN[1], w + t * SUN[2]];
        let away = (hit[0] * hit[0] + hit[1] * hit[1] + hit[2] * hit[2]).sqrt();
        ring_at(rings, away).is_some()
    } else {
        false
    };
    if shadow {
        ink * tone * Rgb::new(0.36, 0.27, 0.36)
    } else {
        ink * tone
    }
}

fn ring_at(rings: &[(f32, Option<Rgb>)], away: f32) -> Option<Rgb> {
    rings.iter().find(|ring| away < ring.0)?.1
}

/// Whether the globe stands between a place and the sun.
fn hidden(place: [f32; 3]) -> bool {
    let along: f32 = (0..3).map(|i| place[i] * SUN[i]).sum();
    let square: f32 = place.iter().map(|p| p * p).sum();
    along < 0.0 && square - along * along < 0.94
}
