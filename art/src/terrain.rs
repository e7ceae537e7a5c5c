//! Mountains in perspective: a field of heights, seen column by column from front to back.

use crate::math::{cos, length, mix, sin};

/// Where one looks from. The field's unit is free; `z` goes away from the eye, `x` to the right.
pub struct Camera {
    pub eye_height: f32,
    /// Row of the horizon.
    pub horizon: f32,
    /// Pixels for one unit at distance 1.
    pub focus: f32,
    pub far: f32,
    /// The first step, and by how much each is longer than the one before.
    pub step: f32,
}

/// What a pixel shows of the ground.
#[derive(Clone, Copy)]
pub struct Ground {
    pub x: f32,
    pub z: f32,
    pub height: f32,
    pub distance: f32,
}

/// The ground in each pixel, row by row, `None` where the sky is; columns are shared between threads.
pub fn survey(
    (width, height): (usize, usize),
    camera: &Camera,
    field: impl Fn(f32, f32) -> f32 + Sync,
) -> Vec<Option<Ground>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut columns: Vec<Vec<Option<Ground>>> = vec![Vec::new(); width];
    std::thread::scope(|scope| {
        let share = width.div_ceil(threads);
        for (part, chunk) in columns.chunks_mut(share).enumerate() {
            let field = &field;
            scope.spawn(move || {
                for (i, column) in chunk.iter_mut().enumerate() {
                    let offset = (part * share + i) as f32 + 0.5 - 0.5 * width as f32;
                    *column = look(offset, height, camera, field);
                }
            });
        }
    });
    let mut pixels = Vec::with_capacity(width * height);
    for row in 0..height {
        pixels.extend(columns.iter().map(|column| column[row]));
    }
    pixels
}

/// The way straight up from the ground, as `(x, up, z)` of length 1.
pub fn normal(field: impl Fn(f32, f32) -> f32, ground: &Ground, reach: f32) -> (f32, f32, f32) {
    let here = field(ground.x, ground.z);
    let dx = (field(ground.x + reach, ground.z) - here) / reach;
    let dz = (field(ground.x, ground.z + reach) - here) / reach;
    let scale = 1.0 / (dx * dx + dz * dz + 1.0).sqrt();
    (-dx * scale, scale, -dz * scale)
}

/// How much of a low sun reaches the ground, 0 to 1; `bearing` 0 is to the right, `rise` its height per unit.
pub fn sunlit(
    field: impl Fn(f32, f32) -> f32,
    ground: &Ground,
    bearing: f32,
    rise: f32,
    reach: f32,
) -> f32 {
    let (dx, dz) = (cos(bearing), sin(bearing));
    let mut light = 1.0_f32;
    for i in 1..=14 {
        let away = reach * (i * i) as f32 / 196.0;
        let over = ground.height + away * rise - field(ground.x + dx * away, ground.z + dz * away);
        light = light.min(0.5 + over / (0.12 * away + 0.02));
    }
    light.clamp(0.0, 1.0)
}

fn look(
    offset: f32,
    height: usize,
    camera: &Camera,
    field: &impl Fn(f32, f32) -> f32,
) -> Vec<Option<Ground>> {
    let mut column = vec![None; height];
    let mut free = height;
    let slant = offset / camera.focus;
    let mut z = 0.6;
    let mut step = camera.step;
    let mut last = Ground {
        x: slant * z,
        z,
        height: field(slant * z, z),
        distance: z,
    };
    while z < camera.far && free > 0 {
        let ground = Ground {
            x: slant * z,
            z,
            height: field(slant * z, z),
            distance: z * length(1.0, slant),
        };
        let row = camera.horizon - (ground.height - camera.eye_height) / z * camera.focus;
        let top = row.clamp(0.0, height as f32) as usize;
        let first = free;
        while free > top {
            free -= 1;
            // A step may cover many rows: each shows its own place between this step and the one before.
            let back = (first - free) as f32 / (first - top) as f32;
            column[free] = Some(between(&last, &ground, back));
        }
        last = ground;
        z += step;
        step *= 1.002;
    }
    column
}

fn between(near: &Ground, far: &Ground, t: f32) -> Ground {
    Ground {
        x: mix(near.x, far.x, t),
        z: mix(near.z, far.z, t),
        height: mix(near.height, far.height, t),
        distance: mix(near.distance, far.distance, t),
    }
}
