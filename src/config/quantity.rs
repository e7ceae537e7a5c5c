//! Numbers with a unit: durations and sizes.

/// The units of a quantity, each with how many of the smallest one it is.
pub(super) struct Units {
    /// From the smallest to the largest.
    written: &'static [(&'static str, u64)],
    /// Others that are understood but not written.
    understood: &'static [(&'static str, u64)],
    /// How nothing at all is written.
    zero: &'static str,
}

/// Durations, in milliseconds.
pub(super) const TIME: Units = Units {
    written: &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)],
    understood: &[],
    zero: "0s",
};

/// Sizes, in bytes.
pub(super) const BYTES: Units = Units {
    written: &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)],
    understood: &[("", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)],
    zero: "0B",
};

impl Units {
    /// Reads a whole number and its unit, in the smallest unit; nothing when it is neither or too large.
    pub(super) fn parse(&self, text: &str) -> Option<u64> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits)?;
        let unit = unit.trim_start();
        let (_, factor) = self.written.iter().chain(self.understood).find(|(name, _)| *name == unit)?;
        number.parse::<u64>().ok()?.checked_mul(*factor)
    }

    /// Writes a quantity in the largest unit that it is a whole number of.
    pub(super) fn show(&self, quantity: u64) -> String {
        self.written
            .iter()
            .rev()
            .find(|(_, factor)| quantity >= *factor && quantity.is_multiple_of(*factor))
            .map_or_else(|| self.zero.to_owned(), |(unit, factor)| format!("{}{unit}", quantity / factor))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_needs_a_known_unit() {
        for (text, milliseconds) in [("0s", 0), ("250ms", 250), ("10 s", 10_000), ("10m", 600_000), ("2d", 172_800_000)]
        {
            assert_eq!(TIME.parse(text), Some(milliseconds), "{text}");
        }
        for text in ["", "s", "10", "1.5s", "-1s", "+1s", "1m30s", "10S", "1 0s", "999999999999999999999s"] {
            assert_eq!(TIME.parse(text), None, "{text}");
        }
        assert_eq!(TIME.parse(&format!("{}d", u64::MAX)), None, "too large to multiply");
        assert_eq!(BYTES.parse("64MiB"), Some(64 << 20));
        assert_eq!(BYTES.parse("64MB"), Some(64_000_000));
        assert_eq!(BYTES.parse("64"), Some(64));
    }

    #[test]
    fn the_largest_whole_unit_is_written() {
        assert_eq!(TIME.show(620_000), "620s");
        assert_eq!(TIME.show(600_000), "10m");
        assert_eq!(TIME.show(0), "0s");
        assert_eq!(BYTES.show(64 << 20), "64MiB");
        assert_eq!(BYTES.show(1_000), "1000B");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(quantity: u64) {
            prop_assert_eq!(TIME.parse(&TIME.show(quantity)), Some(quantity));
            prop_assert_eq!(BYTES.parse(&BYTES.show(quantity)), Some(quantity));
        }
    }
}
