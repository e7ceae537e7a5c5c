//! What is known of an image, as the JSON in which the database keeps it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::domain::{
    Attribution, Colour, Content, Format, Image, ImageId, ImageNumber, NewImage, Sha256, Stored, Tag, Thumbhash,
    Timestamp,
};
use crate::store::StoreError;

/// The JSON. What is not known is left out; what a newer Sirius adds is ignored.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
struct Facts<'a, T> {
    /// Milliseconds since 1970.
    created_at_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alt: Option<T>,
    #[serde(borrow)]
    tags: Vec<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    author: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_url: Option<T>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    licence: Option<Text<'a>>,
    /// Of a linked image only.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<T>,
    /// Of a stored image only.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    stored: Option<StoredFacts<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredFacts<'a> {
    /// In hexadecimal digits.
    #[serde(borrow)]
    sha256: Text<'a>,
    #[serde(borrow)]
    format: Text<'a>,
    width: u32,
    height: u32,
    frames: u32,
    size_bytes: u64,
    /// `#rrggbb`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    colour: Option<Text<'a>>,
    /// In base 64.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    thumbhash: Option<Text<'a>>,
}

/// A text that is read on the spot and not kept: a copy is made only of one that JSON had to escape.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a, S: Into<Cow<'a, str>>> From<S> for Text<'a> {
    fn from(text: S) -> Self {
        Self(text.into())
    }
}

/// Milliseconds since 1970.
pub(super) fn to_ms(at: Timestamp) -> i64 {
    at.unix_timestamp() * 1_000 + i64::from(at.millisecond())
}

/// The moment that many milliseconds after 1970, where the calendar has one.
pub(super) fn from_ms(ms: i64) -> Option<Timestamp> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()
}

/// The JSON of an image that is added at a moment.
pub(super) fn write(image: &NewImage, created_at_ms: i64) -> Result<String, StoreError> {
    let (url, stored) = match &image.content {
        Content::Linked { url } => (Some(&**url), None),
        Content::Stored(stored) => (None, Some(stored)),
    };
    let facts = Facts {
        created_at_ms,
        title: image.title.as_deref(),
        alt: image.alt.as_deref(),
        tags: image.tags.iter().map(|tag| tag.as_str().into()).collect(),
        author: image.attribution.author.as_deref().map(Text::from),
        source_url: image.attribution.source_url.as_deref(),
        licence: image.attribution.licence.as_deref().map(Text::from),
        url,
        stored: stored.map(|stored| StoredFacts {
            sha256: stored.sha256.to_string().into(),
            format: stored.format.name().into(),
            width: stored.width,
            height: stored.height,
            frames: stored.frames,
            size_bytes: stored.size_bytes,
            colour: stored.colour.map(|colour| colour.to_string().into()),
            thumbhash: stored.thumbhash.as_ref().map(|hash| BASE64.encode(&hash.0).into()),
        }),
    };
    serde_json::to_string(&facts).map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// What an edit may change; all else it leaves as it is, also what only a newer version knows.
const EDITABLE: [&str; 6] = ["title", "alt", "tags", "author", "source_url", "licence"];

/// The JSON of an image that was edited, from the one before.
pub(super) fn rewrite(before: &str, image: &Image) -> Result<String, StoreError> {
    let unreadable =
        |error: serde_json::Error| StoreError::Corrupt(format!("image number {}: {error}", image.number.0));
    let mut facts: Map<String, Value> = serde_json::from_str(before).map_err(unreadable)?;
    let edited = write(&image.facts, to_ms(image.created_at))?;
    let mut edited: Map<String, Value> = serde_json::from_str(&edited).map_err(unreadable)?;
    for fact in EDITABLE {
        match edited.remove(fact) {
            Some(value) => facts.insert(fact.to_owned(), value),
            None => facts.remove(fact),
        };
    }
    Ok(Value::Object(facts).to_string())
}

/// Reads images, and shares between them what nearly all have in common. Authors are not: among few images there are
/// many, and whoever puts the images together with others has to look again.
#[derive(Default)]
pub(super) struct Reader {
    tags: HashSet<Tag, RandomState>,
    licences: HashSet<Arc<str>, RandomState>,
}

impl Reader {
    /// The image of a row. An error names the row and what is wrong with it.
    pub(super) fn read(&mut self, number: &str, id: &str, facts: &str) -> Result<Image, StoreError> {
        self.image(number, id, facts).map_err(|wrong| StoreError::Corrupt(format!("image number {number}: {wrong}")))
    }

    fn image(&mut self, number: &str, id: &str, facts: &str) -> Result<Image, String> {
        let number = number.parse().map_err(|_| wrong("number", number))?;
        let facts: Facts<'_, Box<str>> = serde_json::from_str(facts).map_err(|error| error.to_string())?;
        let content = match (facts.url, facts.stored) {
            (Some(url), None) => Content::Linked { url },
            (None, Some(stored)) => Content::Stored(read_stored(stored)?),
            _ => return Err("it is neither stored nor linked, or both".to_owned()),
        };
        Ok(Image {
            number: ImageNumber(number),
            created_at: from_ms(facts.created_at_ms).ok_or_else(|| wrong("created_at_ms", facts.created_at_ms))?,
            facts: NewImage {
                id: read_id(id, &content)?,
                title: facts.title,
                alt: facts.alt,
                tags: self.tags(&facts.tags)?,
                content,
                attribution: Attribution {
                    author: facts.author.map(|Text(author)| author.into()),
                    source_url: facts.source_url,
                    licence: facts.licence.map(|licence| self.licence(licence)),
                },
            },
        })
    }

    fn licence(&mut self, Text(name): Text<'_>) -> Arc<str> {
        if let Some(known) = self.licences.get(&*name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.licences.insert(Arc::clone(&name));
        name
    }

    fn tags(&mut self, spellings: &[Text<'_>]) -> Result<Box<[Tag]>, String> {
        // Collecting results would not know how many there are, and move them about.
        let mut tags = Vec::with_capacity(spellings.len());
        for Text(spelling) in spellings {
            tags.push(self.tag(spelling)?);
        }
        Ok(tags.into())
    }

    fn tag(&mut self, spelling: &str) -> Result<Tag, String> {
        if let Some(tag) = self.tags.get(spelling) {
            return Ok(tag.clone());
        }
        let tag = Tag::parse(spelling).ok().filter(|tag| tag.as_str() == spelling);
        let tag = tag.ok_or_else(|| wrong("tag", spelling))?;
        self.tags.insert(tag.clone());
        Ok(tag)
    }
}

/// The id of a stored image follows from its bytes; both are there, and must agree.
fn read_id(id: &str, content: &Content) -> Result<ImageId, String> {
    match content {
        Content::Stored(stored) => {
            let derived = ImageId::from_digest(&stored.sha256);
            if derived.to_ascii() == id.as_bytes() { Ok(derived) } else { Err(wrong("id", id)) }
        }
        Content::Linked { .. } => id.parse().map_err(|_| wrong("id", id)),
    }
}

fn read_stored(facts: StoredFacts<'_>) -> Result<Stored, String> {
    let positive = |name, value: u32| if value > 0 { Ok(value) } else { Err(wrong(name, value)) };
    Ok(Stored {
        sha256: Sha256::from_hex(&facts.sha256.0).ok_or_else(|| wrong("sha256", &facts.sha256.0))?,
        format: Format::from_name(&facts.format.0).ok_or_else(|| wrong("format", &facts.format.0))?,
        width: positive("width", facts.width)?,
        height: positive("height", facts.height)?,
        frames: positive("frames", facts.frames)?,
        size_bytes: facts.size_bytes,
        colour: match facts.colour {
            Some(Text(hex)) => Some(Colour::from_hex(&hex).ok_or_else(|| wrong("colour", hex))?),
            None => None,
        },
        thumbhash: match facts.thumbhash {
            Some(Text(text)) => Some(read_thumbhash(&text).ok_or_else(|| wrong("thumbhash", text))?),
            None => None,
        },
    })
}

fn read_thumbhash(text: &str) -> Option<Thumbhash> {
    // Longer than any is; decoded to a vector, it would be allocated twice.
    let mut bytes = [0; 64];
    let length = BASE64.decode_slice(text, &mut bytes).ok()?;
    Some(Thumbhash(bytes.get(..length)?.into()))
}

fn wrong(what: &str, value: impl std::fmt::Debug) -> String {
    format!("{what} is {value:?}")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_reads_back_to_the_millisecond() {
        for at in [datetime!(2026-11-21 08:00:00.123 UTC), datetime!(1969-12-31 23:59:59.999 UTC)] {
            assert_eq!(from_ms(to_ms(at)), Some(at));
        }
        assert_eq!(from_ms(i64::MAX), None);
    }

    #[test]
    fn an_edit_leaves_what_it_does_not_know_and_nothing_else() {
        let (mut reader, id) = (Reader::default(), "0123456789abcdefghjk");
        let newer = r#"{"created_at_ms":5,"mood":["new"],"tags":["a"],"title":"Old","url":"https://example.org/"}"#;
        let mut image = reader.read("1", id, newer).unwrap();
        image.facts.title = None;
        image.facts.alt = Some("Shown".into());
        let rewritten = rewrite(newer, &image).unwrap();
        assert_eq!(reader.read("1", id, &rewritten).unwrap(), image);
        let expected = r#"{"alt":"Shown","created_at_ms":5,"mood":["new"],"tags":["a"],"url":"https://example.org/"}"#;
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&rewritten), read(expected));
    }

    #[test]
    fn what_a_newer_version_adds_is_ignored_and_what_is_missing_is_named() {
        let mut reader = Reader::default();
        let id = "0123456789abcdefghjk";
        let newer = r#"{"created_at_ms": 0, "tags": [], "url": "https://example.org/", "mood": ["new"]}"#;
        assert_eq!(reader.read("1", id, newer).unwrap().created_at, OffsetDateTime::UNIX_EPOCH);
        let error = reader.read("7", id, r#"{"tags": [], "url": "https://example.org/"}"#).unwrap_err().to_string();
        assert!(error.contains("image number 7") && error.contains("created_at_ms"), "{error}");
        let error = reader.read("7", id, r#"{"created_at_ms": 0, "tags": []}"#).unwrap_err().to_string();
        assert!(error.contains("neither stored nor linked"), "{error}");
    }
}
