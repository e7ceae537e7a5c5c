//! Tags: the words by which images are found.

use std::fmt;
use std::sync::Arc;

/// The longest tag, in characters.
pub const MAX_TAG_CHARS: usize = 64;

/// The most tags that one image carries.
pub const MAX_TAGS_PER_IMAGE: usize = 32;

/// A tag in its one spelling: lower case, with `-` in place of white space, 1 to 64 characters.
///
/// Cheap to clone: a snapshot of a million images holds each spelling once.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Arc<str>);

/// A text that cannot be a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Nothing but white space.
    #[error("a tag must not be empty")]
    Empty,
    /// Too many characters.
    #[error("a tag has at most {MAX_TAG_CHARS} characters, this one has {0}")]
    TooLong(usize),
    /// A control character, a comma or a slash, which would make lists of tags and folder names ambiguous.
    #[error("a tag must not contain {0:?}")]
    Forbidden(char),
}

impl Tag {
    /// Reads a label written by a person, such as `Night Sky`, and gives its one spelling, `night-sky`.
    ///
    /// # Errors
    /// When it is empty, longer than 64 characters, or holds a control character, `,`, `/` or `\`.
    pub fn parse(label: &str) -> Result<Self, TagError> {
        let label = label.trim();
        if label.is_empty() {
            return Err(TagError::Empty);
        }
        // Nearly all labels are spelt already, and a million images have millions of them.
        let is_spelt = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if label.len() <= MAX_TAG_CHARS && label.bytes().all(is_spelt) {
            return Ok(Self(label.into()));
        }
        let spelling = label.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
        // Counted as spelt, for a few capitals grow when they are lowered: a spelling must read back as itself.
        let chars = spelling.chars().count();
        if chars > MAX_TAG_CHARS {
            return Err(TagError::TooLong(chars));
        }
        match spelling.chars().find(|&c| c.is_control() || matches!(c, ',' | '/' | '\\')) {
            Some(c) => Err(TagError::Forbidden(c)),
            None => Ok(Self(spelling.into())),
        }
    }

    /// Its spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Tag {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_gets_one_spelling() {
        for (label, spelling) in [("stars", "stars"), ("  Night   Sky ", "night-sky"), ("Ærø\tFyr", "ærø-fyr")] {
            assert_eq!(Tag::parse(label).unwrap().as_str(), spelling);
        }
    }

    #[test]
    fn what_cannot_be_a_tag_is_named() {
        assert_eq!(Tag::parse(" \t"), Err(TagError::Empty));
        assert_eq!(Tag::parse("a,b"), Err(TagError::Forbidden(',')));
        assert_eq!(Tag::parse("a\0b"), Err(TagError::Forbidden('\0')));
        assert_eq!(Tag::parse(&"x".repeat(65)), Err(TagError::TooLong(65)));
        assert!(Tag::parse(&"é".repeat(64)).is_ok());
        assert_eq!(Tag::parse(&"İ".repeat(33)), Err(TagError::TooLong(66)));
    }
}
