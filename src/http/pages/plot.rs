//! Lines over the last hour, drawn as an SVG by the server; words stay outside the drawing.

use std::fmt::Write as _;

/// The height of the drawing, in its own units.
const HEIGHT: f64 = 100.0;

/// Some lines with one scale.
pub(super) struct Plot {
    pub id: &'static str,
    pub title: &'static str,
    /// The latest values, in words.
    pub now: String,
    /// For those who do not see it.
    pub description: String,
    /// What the top of the drawing stands for.
    pub top: String,
    /// In the drawing's units: one for each minute between the first and the last.
    pub width: usize,
    pub lines: Vec<Line>,
}

/// A line, and the area below it.
pub(super) struct Line {
    /// How it looks.
    pub class: &'static str,
    pub stroke: String,
    pub area: String,
}

/// A line before it is drawn: its class, and its values; what is not known interrupts it.
pub(super) type Values = (&'static str, Vec<Option<f64>>);

impl Plot {
    /// Draws lines. `unit` says a value in words.
    pub(super) fn new(
        id: &'static str,
        title: &'static str,
        now: String,
        lines: Vec<Values>,
        unit: impl Fn(f64) -> String,
    ) -> Self {
        let most = lines.iter().flat_map(|(_, values)| values).flatten().copied().fold(0.0, f64::max);
        let top = ceiling(most);
        let width = lines.iter().map(|(_, values)| values.len().saturating_sub(1)).max().unwrap_or(0);
        Self {
            id,
            title,
            description: format!("{title} over the last hour: now {now}, at most {}.", unit(most)),
            now,
            top: unit(top),
            width,
            lines: lines.into_iter().map(|(class, values)| Line::new(class, &values, top)).collect(),
        }
    }
}

impl Line {
    fn new(class: &'static str, values: &[Option<f64>], top: f64) -> Self {
        let (mut line, mut area) = (String::new(), String::new());
        let mut begun = None;
        for (x, value) in values.iter().enumerate() {
            let Some(value) = value else {
                close(&mut area, &mut begun, x);
                continue;
            };
            let y = HEIGHT - value / top * HEIGHT;
            // Writing to a string cannot fail.
            if begun.is_none() {
                // A value stands for the time before it: a single one is seen, too.
                let start = x.saturating_sub(1);
                let _ = write!(line, "M{start} {y:.1}");
                let _ = write!(area, "M{start} {HEIGHT}L{start} {y:.1}");
                begun = Some(start);
            }
            let _ = write!(line, "L{x} {y:.1}");
            let _ = write!(area, "L{x} {y:.1}");
        }
        close(&mut area, &mut begun, values.len());
        Self { class, stroke: line, area }
    }
}

fn close(area: &mut String, begun: &mut Option<usize>, next: usize) {
    if begun.take().is_some() {
        let _ = write!(area, "L{} {HEIGHT}Z", next - 1);
    }
}

/// The smallest round number that is not below `most`.
fn ceiling(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let fits = |top: &f64| *top >= most;
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0].map(|n| n * power).into_iter().find(fits).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_high_enough() {
        for (most, top) in [(0.0, 1.0), (0.003, 0.003), (0.11, 0.15), (7.0, 8.0), (9.1, 10.0), (101.0, 150.0)] {
            assert!((ceiling(most) - top).abs() < top / 1e6, "{most}: {}", ceiling(most));
        }
    }

    #[test]
    fn what_is_not_known_interrupts_a_line() {
        let line = Line::new("a", &[None, Some(1.0), Some(0.5), None, Some(0.0)], 1.0);
        assert_eq!(line.stroke, "M0 0.0L1 0.0L2 50.0M3 100.0L4 100.0");
        assert_eq!(line.area, "M0 100L0 0.0L1 0.0L2 50.0L2 100ZM3 100L3 100.0L4 100.0L4 100Z");
        assert_eq!(Line::new("a", &[], 1.0).area, "");
    }
}
