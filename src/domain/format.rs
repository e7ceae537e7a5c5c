//! The formats that Sirius stores and serves.

/// A format of stored pictures; told by the content, never by the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// AV1 image file format; may be animated. Its pixels are not decoded here, only its container is read.
    Avif,
    /// Graphics Interchange Format; may be animated.
    Gif,
    /// JPEG; always still.
    Jpeg,
    /// Portable Network Graphics; may be animated (APNG).
    Png,
    /// WebP; may be animated.
    Webp,
}

impl Format {
    /// All formats, in alphabetical order.
    pub const ALL: [Self; 5] = [Self::Avif, Self::Gif, Self::Jpeg, Self::Png, Self::Webp];

    /// The name in the API and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Gif => "gif",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The media type, as IANA registers it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The format of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}
