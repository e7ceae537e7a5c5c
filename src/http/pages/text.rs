//! Numbers, sizes and times as people read them.

use std::fmt::Write as _;

use time::macros::format_description;

use crate::domain::Timestamp;

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1` as `1 picture`, `1234` as `1,234 pictures`.
pub(super) fn pictures(count: u64) -> String {
    if count == 0 { "No pictures".to_owned() } else { counted(count, "picture") }
}

/// So many of a thing.
pub(super) fn counted(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `123456` bytes as `123 kB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return counted(bytes, "byte");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    let mut text = grouped(tenths / 10);
    if tenths < 100 {
        // Writing to a string does not fail.
        let _ = write!(text, ".{}", tenths % 10);
    }
    format!("{text} {}", UNITS[unit])
}

/// `21 November 2026`
pub(super) fn day(at: Timestamp) -> String {
    // Writing to a string fails for no date.
    at.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default()
}

/// `21 Nov`
pub(super) fn short_day(at: Timestamp) -> String {
    at.format(format_description!("[day padding:none] [month repr:short]")).unwrap_or_default()
}

/// `14:00`
pub(super) fn hour(at: Timestamp) -> String {
    at.format(format_description!("[hour]:[minute]")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (22_318, "22 kB"),
            (999_999, "999 kB"),
            (1_000_000, "1.0 MB"),
            (u64::MAX, "18,446,744 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times_are_those_of_utc() {
        let at = datetime!(2026-11-01 09:05:07.5 UTC);
        assert_eq!((day(at), short_day(at), hour(at)), ("1 November 2026".into(), "1 Nov".into(), "09:05".into()));
    }
}
