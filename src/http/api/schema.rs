//! The shapes of the API's JSON, as the document shows them.
//!
//! These types are for the document and for tests; what is really sent is written by `json`, without owning a copy.

use poem_openapi::registry::MetaSchema;
use poem_openapi::types::{Example, ParseError, ParseFromJSON, ParseResult, ToJSON};
use poem_openapi::{Enum, Object};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

use super::inline_type::inline_type;
use super::nullable::Nullable;
use crate::domain::Format;

/// An entry of the catalogue. Facts that are not known are null.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "Image", example)]
pub struct ImageDocument {
    /// The image's name in addresses; derived from its content, so it never comes to mean another picture.
    pub id: String,
    /// What it shows, in a few words.
    pub title: Nullable<String>,
    /// What it shows, for someone who cannot see it.
    pub alt: Nullable<String>,
    /// The words by which it is found; sorted.
    pub tags: Vec<String>,
    /// Whether this service has the bytes, or only a link to them.
    pub storage: Storage,
    /// The picture's format; null for a linked image.
    pub format: Nullable<FormatName>,
    /// Whether it moves; null for a linked image.
    pub animated: Nullable<bool>,
    /// In pixels; null for a linked image.
    pub width: Nullable<u32>,
    /// In pixels; null for a linked image.
    pub height: Nullable<u32>,
    /// The length of the content in bytes; null for a linked image.
    pub size_bytes: Nullable<u64>,
    /// The SHA-256 of the content, in hexadecimal; null for a linked image.
    pub sha256: Nullable<String>,
    /// The dominant colour as `#rrggbb`, for the space that the picture will take.
    pub colour: Nullable<String>,
    /// A blurred placeholder: a thumbhash in base 64, <https://evanw.github.io/thumbhash/>.
    pub thumbhash: Nullable<String>,
    /// Where the bytes are, relative to this service. Of a linked image it redirects to its source.
    pub content_url: String,
    /// Who is to be named.
    pub attribution: AttributionDocument,
    /// When it was added to the catalogue.
    pub created_at: OffsetDateTime,
}

/// Who made an image, where it comes from and under which licence.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "Attribution")]
pub struct AttributionDocument {
    /// The author's name.
    pub author: Nullable<String>,
    /// The address of the original.
    pub source_url: Nullable<String>,
    /// The licence, preferably as an SPDX identifier.
    pub licence: Nullable<String>,
}

/// Where an image's bytes are.
#[derive(Enum, Debug, PartialEq, Eq, Clone, Copy)]
#[oai(rename_all = "lowercase")]
pub enum Storage {
    /// In this service.
    Stored,
    /// Somewhere else; this service never fetches them.
    Linked,
}

/// The format of a stored image; inline in the document, so that it can be null.
#[derive(Debug, PartialEq, Eq)]
pub struct FormatName(pub String);

inline_type!(
    FormatName,
    MetaSchema {
        enum_items: Format::ALL.iter().map(|format| format.name().into()).collect(),
        ..MetaSchema::new("string")
    }
);

impl ParseFromJSON for FormatName {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let name = value.as_ref().and_then(Value::as_str).and_then(Format::from_name);
        name.map(|format| Self(format.name().to_owned())).ok_or_else(|| ParseError::custom("not a format"))
    }
}

impl ToJSON for FormatName {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone().into())
    }
}

/// Some images, and where a walk or a list goes on.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "ImagePage", example)]
pub struct ImagePage {
    /// The images.
    pub items: Vec<ImageDocument>,
    /// Give this as `cursor` for the next ones; null when there are no more.
    pub next_cursor: Nullable<String>,
}

/// Several distinct images.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "ImageChoice", example)]
pub struct ImageChoice {
    /// The images; fewer than were asked for where the filter selects fewer.
    pub items: Vec<ImageDocument>,
}

/// The tags of the catalogue.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "TagList", example)]
pub struct TagListDocument {
    /// Each tag once, in alphabetical order.
    pub items: Vec<TagCount>,
}

/// A tag, and how many images carry it.
#[derive(Object, Debug, PartialEq)]
pub struct TagCount {
    /// The tag in its one spelling.
    pub tag: String,
    /// How many images carry it.
    pub count: u64,
}

/// A visit that has been counted.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "Visit", example)]
pub struct VisitDocument {
    /// The visitor number: no two visits share one and none is left out.
    pub number: u64,
    /// When it was counted.
    pub counted_at: OffsetDateTime,
}

/// How many visits have been counted.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "VisitTotal", example)]
pub struct VisitTotalDocument {
    /// All visits so far.
    pub total: u64,
    /// When counting began.
    pub since: OffsetDateTime,
}

/// Visits over time.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "VisitHistory", example)]
pub struct VisitHistoryDocument {
    /// One entry for each step, the ones without visits included, oldest first.
    pub items: Vec<VisitStep>,
}

/// The visits of one step of the history.
#[derive(Object, Debug, PartialEq)]
pub struct VisitStep {
    /// When the step begins; it ends where the next one begins.
    pub from: OffsetDateTime,
    /// How many visits were counted in it.
    pub count: u64,
}

/// What went wrong, as RFC 9457 has it.
#[derive(Object, Debug, PartialEq)]
#[oai(rename = "Problem", example)]
pub struct ProblemDocument {
    /// The kind of problem: a path on this service that explains it.
    #[oai(rename = "type")]
    pub kind: String,
    /// The same for every problem of this kind.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// What was wrong this time, and what is allowed.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// The request's trace id, to be told when asking for help.
    pub trace_id: Nullable<String>,
}

impl Example for ImageDocument {
    fn example() -> Self {
        Self {
            id: "5c1h3m8s0r7v2q4w6x9z".to_owned(),
            title: Nullable::some("Sirius over the ridge".to_owned()),
            alt: Nullable::some("A bright blue-white star above a dark, snow-covered mountain ridge".to_owned()),
            tags: vec!["night".to_owned(), "stars".to_owned()],
            storage: Storage::Stored,
            format: Nullable::some(FormatName("jpeg".to_owned())),
            animated: Nullable::some(false),
            width: Nullable::some(1_200),
            height: Nullable::some(800),
            size_bytes: Nullable::some(81_234),
            sha256: Nullable::some("2b0311e8a83c1f2e0b7d6a5948d2f03b4c1e9f70a6b5c4d3e2f1a0b9c8d7e6f5".to_owned()),
            colour: Nullable::some("#1b2a4a".to_owned()),
            thumbhash: Nullable::some("1QcSHQRnh493V4dIh4eXh1h4kJUI".to_owned()),
            content_url: "/api/v1/images/5c1h3m8s0r7v2q4w6x9z/content".to_owned(),
            attribution: AttributionDocument {
                author: Nullable::some("The Sirius authors".to_owned()),
                source_url: Nullable(None),
                licence: Nullable::some("CC0-1.0".to_owned()),
            },
            created_at: datetime!(2026-11-21 08:00:00 UTC),
        }
    }
}

impl Example for ImagePage {
    fn example() -> Self {
        Self { items: vec![ImageDocument::example()], next_cursor: Nullable::some("AQIDBAUGBwgJCgsMDQ4PEA".to_owned()) }
    }
}

impl Example for ImageChoice {
    fn example() -> Self {
        Self { items: vec![ImageDocument::example()] }
    }
}

impl Example for TagListDocument {
    fn example() -> Self {
        let entry = |tag: &str, count| TagCount { tag: tag.to_owned(), count };
        Self { items: vec![entry("night", 9), entry("stars", 12)] }
    }
}

impl Example for VisitDocument {
    fn example() -> Self {
        Self { number: 42, counted_at: datetime!(2026-11-21 08:00:00.123 UTC) }
    }
}

impl Example for VisitTotalDocument {
    fn example() -> Self {
        Self { total: 42, since: datetime!(2026-11-01 00:00:00 UTC) }
    }
}

impl Example for VisitHistoryDocument {
    fn example() -> Self {
        let step = |from, count| VisitStep { from, count };
        Self { items: vec![step(datetime!(2026-11-21 07:00:00 UTC), 30), step(datetime!(2026-11-21 08:00:00 UTC), 12)] }
    }
}

impl Example for ProblemDocument {
    fn example() -> Self {
        Self {
            kind: "/problems/invalid-parameter".to_owned(),
            title: "A parameter is not valid".to_owned(),
            status: 400,
            detail: "`count`: 1 to 100 are allowed, this is 101".to_owned(),
            instance: "/api/v1/images/random".to_owned(),
            trace_id: Nullable::some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        }
    }
}
