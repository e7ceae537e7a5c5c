//! Rates, shares and times in the few characters that a number on the monitor has.

use std::time::Duration;

use super::text::grouped;

/// Counts and sizes, which are never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates, and they are whole")]
pub(super) fn to_u64(value: f64) -> u64 {
    value as u64
}

/// Where there is nothing to say.
pub(super) fn dash() -> String {
    "\u{2013}".to_owned()
}

/// `12.3/s`.
pub(super) fn rate(a_second: f64) -> String {
    let number = match a_second {
        0.0 => "0".to_owned(),
        few if few < 10.0 => format!("{few:.2}"),
        some if some < 1_000.0 => format!("{some:.1}"),
        many => grouped(to_u64(many)),
    };
    format!("{number}/s")
}

/// Of a share between 0 and 1; the closer to either, the more exact.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = if (1.0..=99.0).contains(&percent) { format!("{percent:.1}") } else { format!("{percent:.3}") };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}\u{202f}%", if text.is_empty() { "0" } else { text })
}

/// `4.20 ms`, `250 ms`, `1.5 s`.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        0.0 => "0 ms".to_owned(),
        short if short < 0.01 => format!("{:.2} ms", short * 1_000.0),
        short if short < 1.0 => format!("{:.0} ms", short * 1_000.0),
        long => format!("{long:.1} s"),
    }
}

/// `3 d 4 h`, `12 min`, `40 s`.
pub(super) fn long(time: Duration) -> String {
    let (seconds, minutes, hours) = (time.as_secs(), time.as_secs() / 60, time.as_secs() / 3_600);
    match hours {
        0 if minutes == 0 => format!("{seconds} s"),
        0 => format!("{minutes} min"),
        1..48 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_shortly() {
        assert_eq!([0.0, 0.5, 12.34, 12_345.6].map(rate), ["0/s", "0.50/s", "12.3/s", "12,345/s"]);
        assert_eq!(
            [0.0, 0.000_45, 0.5, 0.999, 0.999_95, 1.0].map(percent),
            ["0\u{202f}%", "0.045\u{202f}%", "50\u{202f}%", "99.9\u{202f}%", "99.995\u{202f}%", "100\u{202f}%"]
        );
        assert_eq!([0.0, 0.000_5, 0.25, 1.5].map(seconds), ["0 ms", "0.50 ms", "250 ms", "1.5 s"]);
        let times = [5, 65, 3_700, 200_000].map(|seconds| long(Duration::from_secs(seconds)));
        assert_eq!(times, ["5 s", "1 min", "1 h 1 min", "2 d 7 h"]);
    }
}
