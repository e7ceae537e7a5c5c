//! What an image is called: a name derived from its content, so that the same picture has the same name everywhere.

use std::fmt;
use std::str::FromStr;

/// Crockford's base 32 in lower case: no `i`, `l`, `o` or `u`, so that an id survives being read aloud.
/// <https://www.crockford.com/base32.html>
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What each byte means as a hexadecimal digit; more than 15 if nothing.
const HEX_DIGIT: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Parses 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 64 {
            return None;
        }
        let mut digest = [0; 32];
        let mut digits = 0;
        for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let (high, low) = (HEX_DIGIT[usize::from(pair[0])], HEX_DIGIT[usize::from(pair[1])]);
            digits |= high | low;
            *byte = high << 4 | low & 15;
        }
        // Asked once for all of them: a million digests are read at the start.
        (digits < 16).then_some(Self(digest))
    }

    /// 64 lower-case hexadecimal digits, without an allocation.
    #[must_use]
    pub fn to_ascii(self) -> [u8; 64] {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&hex(byte));
        }
        text
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_ascii(f, &self.to_ascii())
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An image's name in addresses: the first 100 bits of a SHA-256, written as 20 characters of base 32.
///
/// For a stored image the digest is that of its bytes, for a linked one that of its address. An id therefore never
/// comes to mean other bytes, which is what makes `/content` cacheable for ever.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(u128);

impl ImageId {
    /// Characters of the written form.
    pub const LEN: usize = 20;
    const BITS: u32 = 100;

    /// The id of the image whose digest this is.
    #[must_use]
    pub fn from_digest(digest: &Sha256) -> Self {
        let mut head = [0; 16];
        head.copy_from_slice(&digest.0[..16]);
        Self(u128::from_be_bytes(head) >> (128 - Self::BITS))
    }

    /// Its first 64 bits: tells almost any two ids apart, for an index that looks up the rest.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "100 bits less 36 are 64")]
    pub const fn head(self) -> u64 {
        (self.0 >> (Self::BITS - u64::BITS)) as u64
    }

    /// The written form, without an allocation.
    #[must_use]
    pub fn to_ascii(self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let mut rest = self.0;
        for slot in out.iter_mut().rev() {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        out
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_ascii(f, &self.to_ascii())
    }
}

impl fmt::Debug for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no image id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an image id is 20 characters of 0-9 and a-z without i, l, o and u")]
pub struct ParseIdError;

impl FromStr for ImageId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != Self::LEN {
            return Err(ParseIdError);
        }
        text.bytes()
            .try_fold(0, |value, byte| {
                let digit = ALPHABET.iter().position(|&known| known == byte).ok_or(ParseIdError)?;
                Ok((value << 5) | digit as u128)
            })
            .map(Self)
    }
}

/// A byte as two lower-case hexadecimal digits.
pub(super) const fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Writes it in one piece: each answer has several such texts, and `write!` costs more than what it writes.
pub(super) fn write_ascii(f: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    f.write_str(str::from_utf8(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_reads_back_as_written(bytes in any::<[u8; 32]>()) {
            let id = ImageId::from_digest(&Sha256(bytes));
            prop_assert_eq!(id.to_string().parse::<ImageId>(), Ok(id));
        }

        #[test]
        fn a_digest_reads_back_as_written(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(Sha256::from_hex(&Sha256(bytes).to_string()), Some(Sha256(bytes)));
        }
    }

    #[test]
    fn only_digits_make_a_digest() {
        assert_eq!(Sha256::from_hex(&"aF".repeat(32)), Some(Sha256([0xaf; 32])));
        for wrong in ["+f".repeat(32), "g0".repeat(32), "é".repeat(32), "aF".repeat(31), "aF".repeat(33)] {
            assert_eq!(Sha256::from_hex(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_the_one_spelling_of_an_id_is_accepted() {
        let id = "0123456789abcdefghjk";
        assert_eq!(id.parse::<ImageId>().unwrap().to_string(), id);
        for wrong in [
            "",
            "0123456789ABCDEFGHJK",
            "0123456789abcdefghj",
            "0123456789abcdefghjkm",
            "0123456789abcdefghji",
            "é123456789abcdefghj",
        ] {
            assert_eq!(wrong.parse::<ImageId>(), Err(ParseIdError), "{wrong}");
        }
    }
}
