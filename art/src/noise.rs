//! Gradient noise (Perlin 2002) and the sums of it that clouds, ridges and nebulae are made of.

use crate::math::mix;
use crate::rng::hash;

/// Smooth noise of about -1 to 1, one feature per unit.
pub fn noise(x: f32, y: f32, z: f32, seed: u32) -> f32 {
    let (fx, fy, fz) = (x.floor(), y.floor(), z.floor());
    let (cell_x, cell_y, cell_z) = (fx as i32, fy as i32, fz as i32);
    let (tx, ty, tz) = (x - fx, y - fy, z - fz);
    let corner = |dx: i32, dy: i32, dz: i32| {
        let h = hash(cell_x + dx, cell_y + dy, cell_z + dz, seed);
        slope(h, tx - dx as f32, ty - dy as f32, tz - dz as f32)
    };
    let (sx, sy, sz) = (fade(tx), fade(ty), fade(tz));
    let near = mix(
        mix(corner(0, 0, 0), corner(1, 0, 0), sx),
        mix(corner(0, 1, 0), corner(1, 1, 0), sx),
        sy,
    );
    let far = mix(
        mix(corner(0, 0, 1), corner(1, 0, 1), sx),
        mix(corner(0, 1, 1), corner(1, 1, 1), sx),
        sy,
    );
    mix(near, far, sz)
}

/// Octaves of noise, each twice as fine and half as strong: about -1 to 1.
pub fn fbm(x: f32, y: f32, z: f32, octaves: u32, seed: u32) -> f32 {
    let (mut scale, mut strength, mut sum) = (1.0, 0.55, 0.0);
    for octave in 0..octaves {
        let seed = seed.wrapping_add(octave * 101);
        sum += strength * noise(x * scale, y * scale, z * scale, seed);
        scale *= 2.03;
        strength *= 0.5;
    }
    sum * 1.5
}

/// Octaves of folded noise: 0 to 1, with sharp bright crests.
pub fn ridged(x: f32, y: f32, z: f32, octaves: u32, seed: u32) -> f32 {
    let mut sum = 0.0;
    let mut weight = 1.0;
    let (mut scale, mut strength, mut total) = (1.0, 0.5, 0.0);
    for octave in 0..octaves {
        let n = noise(
            x * scale,
            y * scale,
            z * scale,
            seed.wrapping_add(octave * 101),
        );
        let crest = (1.0 - n.abs()) * (1.0 - n.abs());
        sum += crest * strength * weight;
        total += strength;
        weight = crest.clamp(0.0, 1.0);
        scale *= 2.03;
        strength *= 0.5;
    }
    sum / total
}

/// [`fbm`] whose coordinates are themselves pushed about by it: wisps and curls.
pub fn warped(x: f32, y: f32, push: f32, octaves: u32, seed: u32) -> f32 {
    let dx = fbm(x, y, 7.3, octaves, seed.wrapping_add(11));
    let dy = fbm(x, y, 2.9, octaves, seed.wrapping_add(29));
    fbm(x + push * dx, y + push * dy, 0.5, octaves, seed)
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// The dot product with one of the twelve directions to the edges of a cube.
fn slope(hash: u32, x: f32, y: f32, z: f32) -> f32 {
    let h = hash & 15;
    let u = if h < 8 { x } else { y };
    let v = if h < 4 {
        y
    } else if h == 12 || h == 14 {
        x
    } else {
        z
    };
    (if h & 1 == 0 { u } else { -u }) + (if h & 2 == 0 { v } else { -v })
}
