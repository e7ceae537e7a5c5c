//! An image: an entry of the catalogue, whose bytes Sirius stores or which links to somewhere else.

use std::fmt;
use std::sync::Arc;

use super::id::{hex, write_ascii};
use super::{Format, ImageId, Sha256, Tag, Timestamp};

/// The longest title, alternative text, author, address or licence, in characters.
pub const MAX_TEXT_CHARS: usize = 1_000;

/// An image's place in the catalogue: given by the database in the order of adding, never given twice.
///
/// Random choice, seeds and walks work on numbers, which are the same on every replica and after every restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageNumber(pub u32);

/// A colour in sRGB.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Parses `#rrggbb`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The written form, without an allocation.
    #[must_use]
    pub fn to_ascii(self) -> [u8; 7] {
        let [[r1, r2], [g1, g2], [b1, b2]] = self.0.map(hex);
        [b'#', r1, r2, g1, g2, b1, b2]
    }
}

/// `#rrggbb`.
impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_ascii(f, &self.to_ascii())
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A placeholder of at most 25 bytes that unfolds into a blurred picture; <https://evanw.github.io/thumbhash/>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thumbhash(pub Box<[u8]>);

/// Who made an image, where it comes from and under which licence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attribution {
    /// The author's name; shared by the images of one author, of which there tend to be many.
    pub author: Option<Arc<str>>,
    /// The address of the original.
    pub source_url: Option<Box<str>>,
    /// The licence, preferably as an SPDX identifier; shared like the author.
    pub licence: Option<Arc<str>>,
}

/// What is known of bytes that Sirius stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The digest of the bytes, and their address in the byte store.
    pub sha256: Sha256,
    /// Told by the content.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// 1 for a still picture.
    pub frames: u32,
    /// The length in bytes.
    pub size_bytes: u64,
    /// The dominant colour; unknown where the format is not decoded.
    pub colour: Option<Colour>,
    /// The placeholder; unknown where the format is not decoded.
    pub thumbhash: Option<Thumbhash>,
}

/// Where an image's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In Sirius' own byte store.
    Stored(Stored),
    /// Somewhere else, by an http or https address; Sirius never fetches it and knows nothing more of it.
    Linked {
        /// The address of the picture itself.
        url: Box<str>,
    },
}

impl Content {
    /// The id of the image with this content.
    #[must_use]
    pub fn id(&self, digest: impl FnOnce(&[u8]) -> Sha256) -> ImageId {
        match self {
            Self::Stored(stored) => ImageId::from_digest(&stored.sha256),
            Self::Linked { url } => ImageId::from_digest(&digest(url.as_bytes())),
        }
    }

    /// Whether it moves; unknown of a linked image.
    #[must_use]
    pub fn animated(&self) -> Option<bool> {
        match self {
            Self::Stored(stored) => Some(stored.frames > 1),
            Self::Linked { .. } => None,
        }
    }
}

/// An image that is about to enter the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImage {
    /// Derived from the content.
    pub id: ImageId,
    /// What it shows, in a few words.
    pub title: Option<Box<str>>,
    /// What it shows, for someone who cannot see it.
    pub alt: Option<Box<str>>,
    /// Sorted, each once.
    pub tags: Box<[Tag]>,
    /// Where the bytes are.
    pub content: Content,
    /// Who is to be named.
    pub attribution: Attribution,
}

/// An image of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its place in the catalogue.
    pub number: ImageNumber,
    /// When it was added.
    pub created_at: Timestamp,
    /// Everything that was known when it was added.
    pub facts: NewImage,
}

/// A text that is too long for a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too many characters.
    #[error("at most {MAX_TEXT_CHARS} characters are allowed, this has {0}")]
    TooLong(usize),
    /// A control character other than white space.
    #[error("control characters are not allowed, this has {0:?}")]
    Control(char),
}

/// Reads a text written by a person: trimmed, white space folded, nothing for an empty one.
///
/// # Errors
/// When it is longer than 1,000 characters or holds a control character.
pub fn text(raw: &str) -> Result<Option<Box<str>>, TextError> {
    let folded = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(control) = folded.chars().find(|c| c.is_control()) {
        return Err(TextError::Control(control));
    }
    match folded.chars().count() {
        0 => Ok(None),
        1..=MAX_TEXT_CHARS => Ok(Some(folded.into())),
        chars => Err(TextError::TooLong(chars)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_reads_back_as_written() {
        assert_eq!(Colour::from_hex("#0a1bff"), Some(Colour([10, 27, 255])));
        assert_eq!(Colour([10, 27, 255]).to_string(), "#0a1bff");
        for wrong in ["", "#fff", "0a1bff", "#0a1bfg", "#+a1bff0"] {
            assert_eq!(Colour::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_folded_and_bounded() {
        assert_eq!(text(" a \n b ").unwrap().as_deref(), Some("a b"));
        assert_eq!(text("\t ").unwrap(), None);
        assert_eq!(text("a\u{7}"), Err(TextError::Control('\u{7}')));
        assert_eq!(text(&"x".repeat(1_001)), Err(TextError::TooLong(1_001)));
    }
}
