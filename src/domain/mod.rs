//! The words of the service as types: parsed once at the edge, valid ever after.
//!
//! Here belong newtypes, their rules and what can be derived from them without input or output. Anything that talks
//! to a disk, a database, a socket or a clock belongs elsewhere.

mod client;
mod edit;
mod filter;
mod format;
mod id;
mod image;
mod tag;
mod visit;

pub use client::{AddressDetail, ShownAddress};
pub use edit::{Edit, TooManyTags};
pub use filter::{Filter, FilterError, Kind};
pub use format::Format;
pub use id::{ImageId, ParseIdError, Sha256};
pub use image::{
    Attribution, Colour, Content, Image, ImageNumber, MAX_TEXT_CHARS, NewImage, Stored, TextError, Thumbhash, text,
};
pub use tag::{MAX_TAG_CHARS, MAX_TAGS_PER_IMAGE, Tag, TagError};
pub use visit::{Step, VisitKey, VisitNumber, VisitTotal};

/// A moment, in UTC; written as RFC 3339 wherever a person or a client sees it.
pub type Timestamp = time::OffsetDateTime;
