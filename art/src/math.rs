//! Mathematics that gives the same bits on every platform, and the few curves that drawing is made of.

pub use core::f32::consts::{PI, TAU};

pub fn sin(x: f32) -> f32 {
    libm::sinf(x)
}

pub fn cos(x: f32) -> f32 {
    libm::cosf(x)
}

pub fn atan2(y: f32, x: f32) -> f32 {
    libm::atan2f(y, x)
}

pub fn exp(x: f32) -> f32 {
    libm::expf(x)
}

pub fn ln(x: f32) -> f32 {
    libm::logf(x)
}

pub fn pow(x: f32, exponent: f32) -> f32 {
    libm::powf(x, exponent)
}

pub fn cbrt(x: f32) -> f32 {
    libm::cbrtf(x)
}

pub fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

pub fn mix(from: f32, to: f32, t: f32) -> f32 {
    from + (to - from) * t
}

/// Where `x` lies between `from` (0) and `to` (1), clamped; `from` may be the larger.
pub fn ramp(from: f32, to: f32, x: f32) -> f32 {
    ((x - from) / (to - from)).clamp(0.0, 1.0)
}

/// As [`ramp`], with a slow start and a slow end.
pub fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let t = ramp(from, to, x);
    t * t * (3.0 - 2.0 * t)
}

/// A bell of height 1 around 0, which is `exp(-1/2)` at `width`.
pub fn bell(x: f32, width: f32) -> f32 {
    let t = x / width;
    exp(-0.5 * t * t)
}

/// The distance of a point from a line segment, and how far along it (0 to 1) the nearest place is.
pub fn segment_distance(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> (f32, f32) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    let along = ((px * dx + py * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
    (length(px - along * dx, py - along * dy), along)
}
