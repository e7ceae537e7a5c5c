//! The API's JSON as it is written: straight from the catalogue into bytes, without owned copies in between.
//!
//! The shapes are those of `schema`; `tests` at the end holds the two together.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use serde::{Serialize, Serializer};

use crate::domain::{Content, Image, Timestamp};
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
pub fn response(value: &impl Serialize) -> Result<Response, Problem> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    sonic_rs::to_writer(&mut bytes, value)
        .map_err(|_| ProblemKind::Internal.because("the answer could not be written as JSON"))?;
    let mut response = answer(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(APPLICATION_JSON));
    response.set_body(Body::from_vec(bytes));
    Ok(response)
}

/// `{"items": [...]}`.
#[derive(Serialize)]
pub struct Items<T> {
    /// The entries.
    pub items: Vec<T>,
}

/// `{"items": [...], "next_cursor": ...}`.
#[derive(Serialize)]
pub struct Page<'a> {
    /// The images.
    pub items: Vec<ImageJson<'a>>,
    /// Where it goes on.
    pub next_cursor: Option<&'a str>,
}

/// A tag, and how many images carry it.
#[derive(Serialize)]
pub struct TagJson<'a> {
    /// Its spelling.
    pub tag: &'a str,
    /// How many images carry it.
    pub count: u64,
}

/// A counted visit.
#[derive(Serialize)]
pub struct VisitJson {
    /// The visitor number.
    pub number: u64,
    /// When it was counted.
    #[serde(with = "time::serde::rfc3339")]
    pub counted_at: Timestamp,
}

/// How many visits have been counted, and since when.
#[derive(Serialize)]
pub struct VisitTotalJson {
    /// All visits so far.
    pub total: u64,
    /// When counting began.
    #[serde(with = "time::serde::rfc3339")]
    pub since: Timestamp,
}

/// The visits of one step of the history.
#[derive(Serialize)]
pub struct VisitStepJson {
    /// When the step begins.
    #[serde(with = "time::serde::rfc3339")]
    pub from: Timestamp,
    /// How many visits were counted in it.
    pub count: u64,
}

/// An image of the catalogue.
pub struct ImageJson<'a>(pub &'a Image);

#[derive(Serialize)]
struct Fields<'a> {
    id: Written<crate::domain::ImageId>,
    title: Option<&'a str>,
    alt: Option<&'a str>,
    tags: Tags<'a>,
    storage: &'static str,
    format: Option<&'static str>,
    animated: Option<bool>,
    width: Option<u32>,
    height: Option<u32>,
    size_bytes: Option<u64>,
    sha256: Option<Written<crate::domain::Sha256>>,
    colour: Option<Written<crate::domain::Colour>>,
    thumbhash: Option<Written<Base64Display<'a, 'static, base64::engine::GeneralPurpose>>>,
    content_url: Written<ContentUrl>,
    attribution: Attribution<'a>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: Timestamp,
}

#[derive(Serialize)]
struct Attribution<'a> {
    author: Option<&'a str>,
    source_url: Option<&'a str>,
    licence: Option<&'a str>,
}

impl Serialize for ImageJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = &self.0.facts;
        let stored = match &facts.content {
            Content::Stored(stored) => Some(stored),
            Content::Linked { .. } => None,
        };
        Fields {
            id: Written(facts.id),
            title: facts.title.as_deref(),
            alt: facts.alt.as_deref(),
            tags: Tags(&facts.tags),
            storage: if stored.is_some() { "stored" } else { "linked" },
            format: stored.map(|stored| stored.format.name()),
            animated: facts.content.animated(),
            width: stored.map(|stored| stored.width),
            height: stored.map(|stored| stored.height),
            size_bytes: stored.map(|stored| stored.size_bytes),
            sha256: stored.map(|stored| Written(stored.sha256)),
            colour: stored.and_then(|stored| stored.colour).map(Written),
            thumbhash: stored
                .and_then(|stored| stored.thumbhash.as_ref())
                .map(|hash| Written(Base64Display::new(&hash.0, &STANDARD))),
            content_url: Written(ContentUrl(facts.id)),
            attribution: Attribution {
                author: facts.attribution.author.as_deref(),
                source_url: facts.attribution.source_url.as_deref(),
                licence: facts.attribution.licence.as_deref(),
            },
            created_at: self.0.created_at,
        }
        .serialize(serializer)
    }
}

/// The path of an image's bytes.
pub struct ContentUrl(pub crate::domain::ImageId);

impl std::fmt::Display for ContentUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without `write!`, which costs more than what is written.
        f.write_str(API_PREFIX)?;
        f.write_str("/images/")?;
        std::fmt::Display::fmt(&self.0, f)?;
        f.write_str("/content")
    }
}

/// A value that is written by its `Display`.
struct Written<T>(T);

impl<T: std::fmt::Display> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Tags<'a>(&'a [crate::domain::Tag]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(crate::domain::Tag::as_str))
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
            let value = TagJson { tag: &tag, count };
            prop_assert_eq!(sonic_rs::to_string(&value).unwrap(), serde_json::to_string(&value).unwrap());
        }
    }

    #[test]
    fn what_cannot_be_written_is_no_success() {
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("broken"))
            }
        }
        assert_eq!(response(&Items { items: vec![Broken] }).unwrap_err().kind(), ProblemKind::Internal);
    }

    /// Reads JSON as the documented shape and writes it again: equal only if members, types and forms agree.
    fn through_the_document<T: ParseFromJSON + ToJSON>(value: &impl Serialize) {
        let mut bytes = Vec::new();
        sonic_rs::to_writer(&mut bytes, value).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(written, serde_json::to_value(value).unwrap());
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
        let value = serde_json::to_value(ImageJson(&image)).unwrap();
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
        let value = serde_json::to_value(ImageJson(&image)).unwrap();
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
