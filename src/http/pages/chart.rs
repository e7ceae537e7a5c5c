//! Bars over time, drawn as an SVG by the server.
//!
//! The drawing is stretched to the width there is; words stay outside it, so that they are read at any width.

use time::format_description::well_known::Rfc3339;

use super::text::{counted, grouped, hour, short_day};
use crate::domain::{Step, Timestamp};

/// How many bars share a label of the axis.
const BARS_PER_LABEL: usize = 6;

/// The width of a bar's place, in units of the drawing, and what is left free of it on each side.
const SLOT: f64 = 10.0;
const MARGIN: f64 = 1.5;

/// A chart of visits.
pub(super) struct Chart {
    pub id: &'static str,
    pub title: &'static str,
    /// What a bar stands for.
    pub unit: &'static str,
    /// One sentence for those who look.
    pub summary: String,
    /// The chart for those who do not see it.
    pub description: String,
    /// In units of the drawing, which is 100 high.
    pub width: usize,
    /// Top, middle, bottom.
    pub scale: [String; 3],
    pub bars: Vec<Bar>,
    /// One for each six bars, beginning with the first.
    pub axis: Vec<String>,
    /// All visits of the chart.
    pub sum: u64,
}

/// A step of the history.
pub(super) struct Bar {
    pub label: String,
    pub iso: String,
    pub count: String,
    pub slot: String,
    pub x: String,
    pub y: String,
    pub height: String,
}

impl Chart {
    /// The chart of a history, oldest step first.
    pub(super) fn new(step: Step, history: &[(Timestamp, u64)]) -> Self {
        let label = |at| if step == Step::Hour { hour(at) } else { short_day(at) };
        let top = scale(history.iter().map(|(_, count)| *count).max().unwrap_or(0));
        let sum = history.iter().map(|(_, count)| count).sum();
        let (id, title, unit, when) = match step {
            Step::Hour => ("hours", "The last 24 hours", "Hour", "in the hour from"),
            Step::Day => ("days", "The last 30 days", "Day", "on"),
        };
        let summary = match history.iter().max_by_key(|(_, count)| count) {
            Some((at, most)) if *most > 0 => format!("Most visits {when} {}: {}.", label(*at), grouped(*most)),
            _ => "No visits yet.".to_owned(),
        };
        Self {
            id,
            title,
            unit,
            description: format!("{}. {summary}", counted(sum, "visit")),
            summary,
            width: history.len() * 10,
            scale: [grouped(top), grouped(top / 2), "0".to_owned()],
            bars: history
                .iter()
                .enumerate()
                .map(|(index, (at, count))| bar(index, *at, *count, top, label(*at)))
                .collect(),
            axis: history.iter().step_by(BARS_PER_LABEL).map(|(at, _)| label(*at)).collect(),
            sum,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a drawing's coordinates: a pixel is coarser than 52 bits")]
fn bar(index: usize, at: Timestamp, count: u64, top: u64, label: String) -> Bar {
    let slot = index as f64 * SLOT;
    // One visit among thousands is seen.
    let height = if count == 0 { 0.0 } else { (count as f64 / top as f64 * 100.0).max(1.0) };
    Bar {
        label,
        iso: at.format(&Rfc3339).unwrap_or_default(),
        count: grouped(count),
        slot: format!("{slot}"),
        x: format!("{}", slot + MARGIN),
        y: format!("{:.2}", 100.0 - height),
        height: format!("{height:.2}"),
    }
}

/// The smallest round number that is not below `most` and whose half is whole.
fn scale(most: u64) -> u64 {
    let fits = |top: &u64| *top >= most && (top.is_multiple_of(2) || *top == u64::MAX);
    let mut power = 1_u64;
    loop {
        if let Some(top) = [2, 3, 4, 5, 6, 8, 10].map(|n| power.saturating_mul(n)).into_iter().find(fits) {
            return top;
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    fn history(counts: &[u64]) -> Vec<(Timestamp, u64)> {
        let begin = datetime!(2026-11-20 15:00 UTC);
        (0..).zip(counts).map(|(index, count)| (begin + Duration::hours(index), *count)).collect()
    }

    #[test]
    fn scales_are_round_and_large_enough() {
        for (most, top) in [
            (0, 2),
            (1, 2),
            (2, 2),
            (3, 4),
            (10, 10),
            (11, 20),
            (99, 100),
            (101, 200),
            (278, 300),
            (4_478, 5_000),
            (6_001, 8_000),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(scale(most), top, "{most}");
        }
    }

    #[test]
    fn bars_are_as_high_as_their_counts() {
        let chart = Chart::new(Step::Hour, &history(&[0, 5, 10, 2_000]));
        let heights: Vec<_> = chart.bars.iter().map(|bar| bar.height.as_str()).collect();
        assert_eq!(heights, ["0.00", "1.00", "1.00", "100.00"]);
        assert_eq!((chart.bars[3].x.as_str(), chart.bars[3].y.as_str(), chart.width), ("31.5", "0.00", 40));
        assert_eq!(chart.scale, ["2,000", "1,000", "0"]);
        assert_eq!(chart.description, "2,015 visits. Most visits in the hour from 18:00: 2,000.");
        assert_eq!((chart.bars[0].label.as_str(), chart.bars[0].iso.as_str()), ("15:00", "2026-11-20T15:00:00Z"));
    }

    #[test]
    fn an_empty_history_is_a_chart_too() {
        for counts in [&[][..], &[0, 0]] {
            let chart = Chart::new(Step::Day, &history(counts));
            assert_eq!((chart.sum, chart.summary.as_str()), (0, "No visits yet."));
            assert!(chart.bars.iter().all(|bar| bar.height == "0.00"));
        }
    }

    #[test]
    fn every_sixth_bar_has_a_label() {
        assert_eq!(Chart::new(Step::Day, &history(&[1; 30])).axis.len(), 5);
        assert_eq!(Chart::new(Step::Hour, &history(&[1; 24])).axis, ["15:00", "21:00", "03:00", "09:00"]);
    }
}
