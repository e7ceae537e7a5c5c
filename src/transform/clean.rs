//! A picture that has been read as far as its container, and rid of all that is not the picture.

use bytes::Bytes;

use super::Rejected;
use super::edits::Edits;
use super::outline::{Outline, outline};
use crate::config::Pictures;

/// The bytes of a picture as they are stored and served, and what their container says.
#[derive(Debug, Clone)]
pub struct Clean {
    bytes: Bytes,
    pub(super) outline: Outline,
}

impl Clean {
    /// Reads the container and takes out what is neither picture nor needed to show it as it was meant: metadata but for
    /// orientation and colour profile, and what follows the picture's end. Its measures are held to the limits only when
    /// it is inspected: a picture that is there already may have come when they were others.
    ///
    /// The same file always gives the same bytes, and cleaning these again changes nothing. Takes as long as reading the
    /// bytes once, and no memory to speak of.
    ///
    /// # Errors
    /// When the bytes are no whole picture of a format that Sirius serves, or too many.
    pub fn read(bytes: Vec<u8>, limits: &Pictures) -> Result<Self, Rejected> {
        Self::cleaned(bytes, limits).inspect_err(Rejected::tell)
    }

    fn cleaned(mut bytes: Vec<u8>, limits: &Pictures) -> Result<Self, Rejected> {
        let mut edits = Edits::default();
        let found = outline(&bytes, &mut edits, limits)?;
        if !edits.is_empty() {
            edits.apply(&mut bytes);
            let mut left = Edits::default();
            // Parts of a hostile file can overlap, so that taking out one changes what another is.
            if outline(&bytes, &mut left, limits)? != found || !left.is_empty() {
                return Err(Rejected::damaged(found.format, "its metadata are entangled with the picture"));
            }
            // What was taken out would be kept in memory for as long as the rest.
            bytes.shrink_to_fit();
        }
        Ok(Self { bytes: bytes.into(), outline: found })
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Holds its measures to the limits.
    pub(super) fn check(&self, limits: &Pictures) -> Result<(), Rejected> {
        self.outline.check(self.bytes.len() as u64, limits)
    }

    /// The memory that decoding it takes, its bytes included.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.outline.decoder_bytes.saturating_add(self.bytes.len() as u64)
    }
}
