//! The API's JSON as it is written: straight from the catalogue into bytes, without owned copies in between.
//!
//! The shapes are those of `schema`; `tests` at the end holds the two together. How values are written is told in `write`.

use std::io::{self, Write};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};

use super::write::{Json, Plain, object};
use crate::domain::{Attribution, Content, Image, ImageId, Tag, Timestamp};
use crate::http::answer::answer;
use crate::http::problem::{Problem, ProblemKind};

/// The path under which the API is served.
pub const API_PREFIX: &str = "/api/v1";

/// The media type of the API's answers.
pub const APPLICATION_JSON: &str = "application/json; charset=utf-8";

/// What the facts of an image take; lists grow from there.
const USUAL_BYTES: usize = 1 << 10;

/// Writes a value as the response's body.
///
/// # Errors
/// When it cannot be written, which no value here gives a reason for: half of one would be no success.
pub fn response(value: &impl Json) -> Result<Response, Problem> {
    let bytes = bytes(value).map_err(|_| ProblemKind::Internal.because("the answer could not be written as JSON"))?;
    let mut response = answer(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(APPLICATION_JSON));
    response.set_body(Body::from_vec(bytes));
    Ok(response)
}

/// A value by itself.
///
/// # Errors
/// When it cannot be written.
pub fn bytes(value: &impl Json) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    value.write(&mut bytes)?;
    Ok(bytes)
}

/// `{"items": [...]}`.
pub struct Items<T> {
    /// The entries.
    pub items: Vec<T>,
}

impl<T: Json> Json for Items<T> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "items": *self.items, })
    }
}

/// `{"items": [...], "next_cursor": ...}`.
pub struct Page<'a> {
    /// The images.
    pub items: Vec<ImageJson<'a>>,
    /// Where it goes on.
    pub next_cursor: Option<&'a str>,
}

impl Json for Page<'_> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "items": *self.items, "next_cursor": self.next_cursor, })
    }
}

/// A tag, and how many images carry it.
pub struct TagJson<'a> {
    /// Its spelling.
    pub tag: &'a str,
    /// How many images carry it.
    pub count: u64,
}

impl Json for TagJson<'_> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "tag": self.tag, "count": self.count, })
    }
}

/// A counted visit.
pub struct VisitJson {
    /// The visitor number.
    pub number: u64,
    /// When it was counted.
    pub counted_at: Timestamp,
}

impl Json for VisitJson {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "number": self.number, "counted_at": self.counted_at, })
    }
}

/// How many visits have been counted, and since when.
pub struct VisitTotalJson {
    /// All visits so far.
    pub total: u64,
    /// When counting began.
    pub since: Timestamp,
}

impl Json for VisitTotalJson {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "total": self.total, "since": self.since, })
    }
}

/// The visits of one step of the history.
pub struct VisitStepJson {
    /// When the step begins.
    pub from: Timestamp,
    /// How many visits were counted in it.
    pub count: u64,
}

impl Json for VisitStepJson {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, { "from": self.from, "count": self.count, })
    }
}

/// An image of the catalogue.
pub struct ImageJson<'a>(pub &'a Image);

impl Json for ImageJson<'_> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let facts = &self.0.facts;
        let stored = match &facts.content {
            Content::Stored(stored) => Some(stored),
            Content::Linked { .. } => None,
        };
        object!(out, {
            "id": Plain(facts.id.to_ascii()),
            "title": facts.title.as_deref(),
            "alt": facts.alt.as_deref(),
            "tags": *facts.tags,
            "storage": if stored.is_some() { "stored" } else { "linked" },
            "format": stored.map(|stored| stored.format.name()),
            "animated": facts.content.animated(),
            "width": stored.map(|stored| stored.width),
            "height": stored.map(|stored| stored.height),
            "size_bytes": stored.map(|stored| stored.size_bytes),
            "sha256": stored.map(|stored| Plain(stored.sha256.to_ascii())),
            "colour": stored.and_then(|stored| stored.colour).map(|colour| Plain(colour.to_ascii())),
            "thumbhash": stored
                .and_then(|stored| stored.thumbhash.as_ref())
                .map(|hash| Base64Display::new(&hash.0, &STANDARD)),
            "content_url": ContentUrl(facts.id),
            "attribution": facts.attribution,
            "created_at": self.0.created_at,
        })
    }
}

impl Json for Attribution {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        object!(out, {
            "author": self.author.as_deref(),
            "source_url": self.source_url.as_deref(),
            "licence": self.licence.as_deref(),
        })
    }
}

impl Json for Tag {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        self.as_str().write(out)
    }
}

/// The path of an image's bytes.
pub struct ContentUrl(pub ImageId);

impl std::fmt::Display for ContentUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without `write!`, which costs more than what is written.
        f.write_str(API_PREFIX)?;
        f.write_str("/images/")?;
        std::fmt::Display::fmt(&self.0, f)?;
        f.write_str("/content")
    }
}

impl Json for ContentUrl {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        write!(out, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::{ParseFromJSON, ToJSON};
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::domain::{Attribution, Colour, Format, ImageId, ImageNumber, NewImage, Sha256, Stored, Tag, Thumbhash};
    use crate::http::api::schema::{ImageDocument, VisitDocument, VisitStep, VisitTotalDocument};

    proptest! {
        #[test]
        fn whatever_texts_hold_is_read_again(tag in "\\PC*|.*|[ -~]*|[\\x00-\\x7f]*", count: u64) {
            let written = bytes(&TagJson { tag: &tag, count }).unwrap();
            let expected = format!("{{\"tag\":{},\"count\":{count}}}", serde_json::to_string(&tag).unwrap());
            prop_assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_written_is_no_success() {
        struct Broken;
        impl Json for Broken {
            fn write(&self, _: &mut Vec<u8>) -> io::Result<()> {
                Err(io::Error::other("broken"))
            }
        }
        assert_eq!(response(&Items { items: vec![Broken] }).unwrap_err().kind(), ProblemKind::Internal);
    }

    fn written(value: &impl Json) -> serde_json::Value {
        serde_json::from_slice(&bytes(value).unwrap()).unwrap()
    }

    /// Reads JSON as the documented shape and writes it again: equal only if members, types and forms agree.
    fn through_the_document<T: ParseFromJSON + ToJSON>(value: &impl Json) {
        let written = written(value);
        let Ok(document) = T::parse_from_json(Some(written.clone())) else { panic!("not as documented: {written}") };
        assert_eq!(document.to_json(), Some(written));
    }

    fn image(content: Content, text: Option<&str>) -> Image {
        let text: Option<Box<str>> = text.map(Into::into);
        Image {
            number: ImageNumber(7),
            created_at: datetime!(2026-11-21 08:00:00.25 UTC),
            facts: NewImage {
                id: content.id(|_| Sha256([1; 32])),
                title: text.clone(),
                alt: text.clone(),
                tags: [Tag::parse("stars").unwrap()].into(),
                content,
                attribution: Attribution {
                    author: text.clone().map(Into::into),
                    source_url: text.clone(),
                    licence: text.map(Into::into),
                },
            },
        }
    }

    #[test]
    fn a_stored_image_is_written_as_documented() {
        let stored = Stored {
            sha256: Sha256([0xab; 32]),
            format: Format::Webp,
            width: 3,
            height: 2,
            frames: 2,
            size_bytes: 99,
            colour: Some(Colour([1, 2, 3])),
            thumbhash: Some(Thumbhash([1, 2, 3].into())),
        };
        let image = image(Content::Stored(stored), Some("Sirius \"Dog Star\""));
        through_the_document::<ImageDocument>(&ImageJson(&image));
        let value = written(&ImageJson(&image));
        assert_eq!(
            value["content_url"],
            format!("/api/v1/images/{}/content", ImageId::from_digest(&Sha256([0xab; 32])))
        );
        assert_eq!((&value["animated"], &value["colour"]), (&true.into(), &"#010203".into()));
    }

    #[test]
    fn of_a_linked_image_unknown_facts_are_null() {
        let image = image(Content::Linked { url: "https://example.org/a.jpg".into() }, None);
        through_the_document::<ImageDocument>(&ImageJson(&image));
        let value = written(&ImageJson(&image));
        for member in ["title", "alt", "format", "animated", "width", "sha256", "colour", "thumbhash"] {
            assert!(value[member].is_null() && value.as_object().unwrap().contains_key(member), "{member}");
        }
    }

    #[test]
    fn visits_are_written_as_documented() {
        let at = datetime!(2026-11-21 08:00:00.123456 UTC);
        through_the_document::<VisitDocument>(&VisitJson { number: 1, counted_at: at });
        through_the_document::<VisitTotalDocument>(&VisitTotalJson { total: 1, since: at });
        through_the_document::<VisitStep>(&VisitStepJson { from: at, count: 1 });
    }
}
