//! A setting that is never shown.

use std::fmt;

/// A secret text; shown as `***` wherever it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What stands where a secret would.
    pub const MASK: &'static str = "***";

    /// The shortest secret, in characters.
    const MIN_CHARS: usize = 16;

    pub(super) const ALLOWED: &'static str =
        "at least 16 letters, digits or `-._~+/=`, what the Authorization header can carry";

    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Reads a bearer token; its alphabet is that of `b64token` in RFC 6750, section 2.1.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let sendable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        (text.len() >= Self::MIN_CHARS && text.bytes().all(sendable)).then(|| Self(text.to_owned()))
    }

    /// The text itself, for the one place that compares or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_can_be_sent() {
        assert!(Secret::parse("0123456789abcdef").is_some());
        for refused in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdéf", "0123456789abcdef\n"] {
            assert_eq!(Secret::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Some(Secret::new("a secret".to_owned()))), "Some(***)");
    }
}
