//! The time of a line: RFC 3339 in UTC, to the microsecond.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// `2026-11-21T12:21:36`
const SECOND_BYTES: usize = 19;

thread_local! {
    /// The second that was written last, and how: most lines of a thread share it with the one before.
    static LAST: Cell<(u64, [u8; SECOND_BYTES])> = const { Cell::new((u64::MAX, [0; SECOND_BYTES])) };
}

/// Appends the time that it is.
pub fn now(out: &mut Vec<u8>) {
    // A clock before 1970 is no clock.
    at(out, SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
}

fn at(out: &mut Vec<u8>, since_epoch: std::time::Duration) {
    let seconds = since_epoch.as_secs();
    let (mut second, mut text) = LAST.get();
    if second != seconds {
        (second, text) = (seconds, spelt(seconds));
        LAST.set((second, text));
    }
    out.extend_from_slice(&text);
    out.push(b'.');
    push_digits::<6>(out, since_epoch.subsec_micros());
    out.push(b'Z');
}

fn spelt(seconds: u64) -> [u8; SECOND_BYTES] {
    let time = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut text = Vec::with_capacity(SECOND_BYTES);
    // Years are those of `time`, at most 9999.
    push_digits::<4>(&mut text, time.year().unsigned_abs());
    let parts = [
        (b'-', u8::from(time.month())),
        (b'-', time.day()),
        (b'T', time.hour()),
        (b':', time.minute()),
        (b':', time.second()),
    ];
    for (separator, number) in parts {
        text.push(separator);
        push_digits::<2>(&mut text, number.into());
    }
    text.try_into().unwrap_or([b'0'; SECOND_BYTES])
}

fn push_digits<const N: usize>(out: &mut Vec<u8>, number: u32) {
    let mut digits = [b'0'; N];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        // Below ten.
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::format_description::well_known::Rfc3339;

    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (seconds, micros, text) in [
            (0, 0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400, 7, "2000-02-29T00:00:00.000007Z"),
            (1_795_263_696, 123_456, "2026-11-21T12:21:36.123456Z"),
            (1_795_263_696, 999_999, "2026-11-21T12:21:36.999999Z"),
            (1_795_263_697, 0, "2026-11-21T12:21:37.000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59.000000Z"),
        ] {
            let mut out = Vec::new();
            at(&mut out, Duration::from_secs(seconds) + Duration::from_micros(micros));
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(
                OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp(),
                i64::try_from(seconds).unwrap()
            );
        }
    }
}
