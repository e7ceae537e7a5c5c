//! Trace and span ids: random numbers that are written as hexadecimal digits.

use std::fmt;
use std::ops::Deref;

/// A W3C trace id: 16 bytes, not all zero; <https://www.w3.org/TR/trace-context/#trace-id>.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// A W3C span id (there called "parent id"): 8 bytes, not all zero; <https://www.w3.org/TR/trace-context/#parent-id>.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(u64);

/// The digits of an id, in lower case, on the stack.
#[derive(Clone, Copy)]
pub struct Hex<const N: usize>([u8; N]);

impl TraceId {
    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        non_zero(rand::random).map_or(Self(1), Self)
    }

    /// The id of this number, unless it is zero.
    #[must_use]
    pub fn new(number: u128) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// As a number, most significant byte first.
    #[must_use]
    pub fn number(self) -> u128 {
        self.0
    }

    /// Its 32 digits.
    #[must_use]
    pub fn hex(self) -> Hex<32> {
        Hex::of(&self.0.to_be_bytes())
    }
}

impl SpanId {
    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        non_zero(rand::random).map_or(Self(1), Self)
    }

    /// The id of this number, unless it is zero.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// As a number, most significant byte first.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// Its 16 digits.
    #[must_use]
    pub fn hex(self) -> Hex<16> {
        Hex::of(&self.0.to_be_bytes())
    }
}

impl<const N: usize> Hex<N> {
    /// Of half as many bytes as there are digits.
    fn of(bytes: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; N];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
        }
        Self(digits)
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = str;

    fn deref(&self) -> &str {
        // Digits are always UTF-8.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.hex())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.hex())
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Zero has been given out by no generator that works; two of them in a row mean that this one does not.
fn non_zero<T: Default + PartialEq>(random: fn() -> T) -> Option<T> {
    std::iter::repeat_with(random).take(2).find(|number| *number != T::default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(trace: u128, span: u64) {
            prop_assert_eq!(TraceId(trace).to_string(), format!("{trace:032x}"));
            prop_assert_eq!(SpanId(span).to_string(), format!("{span:016x}"));
        }
    }

    #[test]
    fn zero_is_no_id() {
        assert_eq!((TraceId::new(0), SpanId::new(0)), (None, None));
        assert_ne!(TraceId::random(), TraceId::random());
    }
}
