//! Numbers as JSON has them.

use std::io::Write as _;

/// Appends a whole number.
pub fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a finite number in the shortest form that reads back as the same.
pub fn float(out: &mut Vec<u8>, value: f64) {
    /// Up to here thousandths are whole numbers that a float holds exactly.
    const MAX: f64 = 1e12;
    let thousandths = (value * 1_000.0).round();
    #[expect(clippy::float_cmp, reason = "what is not exactly the same is written the long way")]
    let exact = thousandths / 1_000.0 == value;
    // Nearly all that is logged is a duration to the microsecond, which needs no search for the shortest form.
    if (0.0..MAX).contains(&value) && exact {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and in range")]
        let thousandths = thousandths as u64;
        integer(out, thousandths / 1_000);
        fraction(out, thousandths % 1_000);
        return;
    }
    // Writing to memory cannot fail.
    let _ = write!(out, "{value}");
}

fn fraction(out: &mut Vec<u8>, thousandths: u64) {
    if thousandths == 0 {
        return;
    }
    let digits = [100, 10, 1].map(|place| b'0' + (thousandths / place % 10) as u8);
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    out.push(b'.');
    out.extend_from_slice(&digits[..digits.len() - zeros]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        float(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_float_is_written_short() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (12.345, "12.345"),
            (7.05, "7.05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    proptest! {
        #[test]
        fn a_float_reads_back_as_the_same(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            let read: f64 = written(value).parse().unwrap();
            prop_assert_eq!(read.to_bits() << 1, value.to_bits() << 1);
        }

        #[test]
        fn a_duration_reads_back_as_the_same(micros in 0_u32..) {
            let value = f64::from(micros) / 1_000.0;
            prop_assert_eq!(written(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
