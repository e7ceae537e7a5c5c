//! Which part of a picture a client asks for: the `Range` header of RFC 9110, section 14.

use std::ops::Range;

/// What a `Range` header means for content of a certain length.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it: there is no range, or one that this server may (and does) ignore, such as several at once.
    Whole,
    /// This part.
    Part(Range<u64>),
    /// A range that lies outside.
    Outside,
}

/// Reads a `Range` header for content of `length` bytes.
#[must_use]
pub fn asked(header: Option<&str>, length: u64) -> Asked {
    let Some((first, last)) = header
        .and_then(|header| header.split_once('='))
        .filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))
        .and_then(|(_, ranges)| ranges.trim().split_once('-'))
    else {
        return Asked::Whole;
    };
    match (first, last) {
        ("", "") => Asked::Whole,
        ("", suffix) => match position(suffix) {
            None => Asked::Whole,
            Some(0) => Asked::Outside,
            Some(_) if length == 0 => Asked::Outside,
            Some(suffix) => Asked::Part(length.saturating_sub(suffix)..length),
        },
        (first, last) => match (position(first), if last.is_empty() { Some(u64::MAX) } else { position(last) }) {
            (Some(first), Some(last)) if first > last => Asked::Whole,
            (Some(first), Some(_)) if first >= length => Asked::Outside,
            (Some(first), Some(last)) => Asked::Part(first..last.saturating_add(1).min(length)),
            _ => Asked::Whole,
        },
    }
}

/// A decimal number without a sign; one that is too large for 64 bits lies behind every end.
fn position(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_range_is_understood() {
        assert_eq!(asked(Some("bytes=0-0"), 10), Asked::Part(0..1));
        assert_eq!(asked(Some("bytes=2-"), 10), Asked::Part(2..10));
        assert_eq!(asked(Some("bytes=2-99"), 10), Asked::Part(2..10));
        assert_eq!(asked(Some("bytes=-3"), 10), Asked::Part(7..10));
        assert_eq!(asked(Some("bytes=-99"), 10), Asked::Part(0..10));
        assert_eq!(asked(Some("Bytes=0-99999999999999999999999"), 10), Asked::Part(0..10));
    }

    #[test]
    fn what_lies_outside_is_refused() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(asked(Some(header), 10), Asked::Outside, "{header}");
        }
        assert_eq!(asked(Some("bytes=-1"), 0), Asked::Outside);
    }

    #[test]
    fn what_is_not_a_single_range_is_ignored() {
        for header in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=+1-2", "bytes=a-b"]
        {
            assert_eq!(asked(Some(header), 10), Asked::Whole, "{header}");
        }
        assert_eq!(asked(None, 10), Asked::Whole);
    }
}
