//! Polygons to masks: the exact share of each pixel that they cover (the accumulation of `font-rs`, Levien 2016).

/// What part of each pixel the polygons cover, 0 to 1; holes are polygons that turn the other way.
pub fn polygons(width: usize, height: usize, outlines: &[Vec<(f32, f32)>]) -> Vec<f32> {
    let stride = width + 2;
    let mut edges = vec![0.0_f32; stride * height];
    for outline in outlines {
        for (i, &from) in outline.iter().enumerate() {
            let to = outline[(i + 1) % outline.len()];
            edge(&mut edges, stride, height, from, to);
        }
    }
    let mut mask = Vec::with_capacity(width * height);
    for row in edges.chunks(stride) {
        let mut cover = 0.0;
        for step in &row[..width] {
            cover += step;
            mask.push(cover.abs().min(1.0));
        }
    }
    mask
}

/// A convex outline around a segment, wider at one end than at the other if asked to be.
pub fn taper(from: (f32, f32), to: (f32, f32), width_from: f32, width_to: f32) -> Vec<(f32, f32)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let scale = 0.5 / crate::math::length(dx, dy).max(1e-6);
    let (nx, ny) = (-dy * scale, dx * scale);
    vec![
        (from.0 + nx * width_from, from.1 + ny * width_from),
        (to.0 + nx * width_to, to.1 + ny * width_to),
        (to.0 - nx * width_to, to.1 - ny * width_to),
        (from.0 - nx * width_from, from.1 - ny * width_from),
    ]
}

/// An ellipse as a polygon.
pub fn ellipse(centre: (f32, f32), rx: f32, ry: f32) -> Vec<(f32, f32)> {
    use crate::math::{TAU, cos, sin};
    (0..96)
        .map(|i| i as f32 / 96.0 * TAU)
        .map(|angle| (centre.0 + rx * cos(angle), centre.1 + ry * sin(angle)))
        .collect()
}

fn edge(edges: &mut [f32], stride: usize, height: usize, a: (f32, f32), b: (f32, f32)) {
    let (sign, top, bottom) = if a.1 < b.1 { (1.0, a, b) } else { (-1.0, b, a) };
    let slope = (bottom.0 - top.0) / (bottom.1 - top.1).max(1e-9);
    let limit = (stride - 2) as f32;
    for y in
        top.1.clamp(0.0, height as f32) as usize..bottom.1.ceil().clamp(0.0, height as f32) as usize
    {
        let (from, to) = (top.1.max(y as f32), bottom.1.min(y as f32 + 1.0));
        let at = |row: f32| (top.0 + (row - top.1) * slope).clamp(0.0, limit);
        let (x0, x1) = (at(from), at(to));
        let row = &mut edges[y * stride..(y + 1) * stride];
        span(row, x0.min(x1), x0.max(x1), sign * (to - from));
    }
}

/// Adds an edge that crosses `rise` of one row between `left` and `right`.
fn span(row: &mut [f32], left: f32, right: f32, rise: f32) {
    let (first, last) = (left as usize, right as usize);
    if first == last {
        let cover = rise * (1.0 - (0.5 * (left + right) - first as f32));
        row[first] += cover;
        row[first + 1] += rise - cover;
        return;
    }
    let per_pixel = rise / (right - left);
    let mut done = 0.0;
    let mut crossed = 0.0;
    for (x, cell) in row.iter_mut().enumerate().take(last + 1).skip(first) {
        let (from, to) = (left.max(x as f32), right.min(x as f32 + 1.0));
        let part = per_pixel * (to - from);
        // What was crossed before covers the pixel whole; what is crossed in it, from there to its right edge.
        let cover = crossed + part * (x as f32 + 1.0 - 0.5 * (from + to));
        *cell += cover - done;
        done = cover;
        crossed += part;
    }
    row[last + 1] += rise - done;
}
