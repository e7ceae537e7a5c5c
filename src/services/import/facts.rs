//! What people say of a picture, held to the rules of the domain.

use std::path::{Component, Path};

use super::link::{self, LinkError};
use crate::domain::{Attribution, MAX_TAG_CHARS, MAX_TAGS_PER_IMAGE, Tag, TagError, TextError, text};

/// What is said of a picture beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) title: Option<Box<str>>,
    pub(super) alt: Option<Box<str>>,
    pub(super) tags: Vec<Tag>,
    pub(super) attribution: Attribution,
}

/// As written in a line of a manifest; nothing for what is left out or empty.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) title: Option<String>,
    pub(super) alt: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) author: Option<String>,
    pub(super) source: Option<String>,
    pub(super) licence: Option<String>,
}

/// What people say that does not follow the rules.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FactsError {
    #[error("{field}: {error}")]
    Text { field: &'static str, error: TextError },
    #[error("tag {label:?}: {error}")]
    Tag { label: String, error: TagError },
    #[error("an image carries at most {MAX_TAGS_PER_IMAGE} tags, this has {0}")]
    TooManyTags(usize),
    #[error("source: {0}")]
    Source(LinkError),
}

impl Facts {
    /// Reads what a line of a manifest says.
    pub(super) fn read(written: &Written) -> Result<Self, FactsError> {
        let read = |field: &'static str, raw: &Option<String>| {
            text(raw.as_deref().unwrap_or_default()).map_err(|error| FactsError::Text { field, error })
        };
        let source = read("source", &written.source)?;
        Ok(Self {
            title: read("title", &written.title)?,
            alt: read("alt", &written.alt)?,
            tags: written.tags.iter().map(|label| tag(label)).collect::<Result<_, _>>()?,
            attribution: Attribution {
                author: read("author", &written.author)?.map(Into::into),
                source_url: source.map(|url| link::address(&url)).transpose().map_err(FactsError::Source)?,
                licence: read("licence", &written.licence)?.map(Into::into),
            },
        })
    }

    /// What the path of a file says, below the folder that is imported: its folders are tags, its name perhaps a title.
    pub(super) fn of_path(below: &Path) -> Self {
        let folders = below.parent().into_iter().flat_map(Path::components);
        let tags = folders.filter_map(|component| match component {
            Component::Normal(name) => folder_tag(&name.to_string_lossy()),
            _ => None,
        });
        let stem = below.file_stem().and_then(|stem| stem.to_str());
        Self { title: stem.and_then(title_from_name), tags: tags.collect(), ..Self::default() }
    }

    /// With these tags too; sorted, each once.
    pub(super) fn with_tags(mut self, more: &[Tag]) -> Result<Self, FactsError> {
        self.tags.extend_from_slice(more);
        self.tags.sort_unstable();
        self.tags.dedup();
        match self.tags.len() {
            0..=MAX_TAGS_PER_IMAGE => Ok(self),
            count => Err(FactsError::TooManyTags(count)),
        }
    }
}

/// The labels of a text that lists them; `;`, `|` and `,` all part them.
pub(super) fn labels(list: &str) -> Vec<String> {
    list.split([';', '|', ',']).map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
}

fn tag(label: &str) -> Result<Tag, FactsError> {
    Tag::parse(label).map_err(|error| FactsError::Tag { label: label.chars().take(80).collect(), error })
}

/// Folders were not named to be tags, so that what no tag may hold is left out instead of being refused.
fn folder_tag(name: &str) -> Option<Tag> {
    let label = name.replace(|c: char| c.is_control() || matches!(c, ',' | '\\'), " ");
    Tag::parse(&label.trim().chars().take(MAX_TAG_CHARS).collect::<String>()).ok()
}

/// A title for a file whose name looks like words: `orion-nebula.jpg` is "Orion nebula".
///
/// A name looks like words when nothing but letters is in it beside what parts them (`-`, `_` and spaces), perhaps
/// followed by a number of up to three digits; when a word of at least three letters is among them; when each such word
/// has a vowel; and when it is not what cameras and programs write (`IMG_0042`, `screenshot-2`).
fn title_from_name(stem: &str) -> Option<Box<str>> {
    const WRITTEN_BY_MACHINES: [&str; 17] = [
        "copy",
        "download",
        "dsc",
        "dscf",
        "dscn",
        "gopr",
        "image",
        "img",
        "mvi",
        "photo",
        "pic",
        "picture",
        "pxl",
        "scan",
        "screenshot",
        "untitled",
        "vid",
    ];
    let words: Vec<&str> = stem.split([' ', '-', '_']).filter(|word| !word.is_empty()).collect();
    let (last, first) = words.split_last()?;
    let is_number = |word: &str| word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let named = if is_number(last) { first } else { &words[..] };
    let is_long = |word: &&&str| word.chars().count() >= 3;
    if !named.iter().all(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’')))
        || !named.iter().any(|word| is_long(&word))
        || !named.iter().filter(is_long).all(|word| could_be_spoken(word))
        || named.first().is_some_and(|word| WRITTEN_BY_MACHINES.contains(&word.to_lowercase().as_str()))
    {
        return None;
    }
    let joined = words.join(" ");
    let mut chars = joined.chars();
    let initial = chars.next()?;
    text(&initial.to_uppercase().chain(chars).collect::<String>()).ok().flatten()
}

/// Whether a word has a vowel; letters beyond ASCII are taken to be fine.
fn could_be_spoken(word: &str) -> bool {
    word.chars().any(|c| !c.is_ascii() || matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_words_are_titles() {
        for (name, title) in [
            ("orion-nebula", Some("Orion nebula")),
            ("Orion_Nebula 2", Some("Orion Nebula 2")),
            ("été-à-la-mer", Some("Été à la mer")),
            ("銀河の夜", Some("銀河の夜")),
            ("IMG_0042", None),
            ("DSC01234", None),
            ("screenshot-2", None),
            ("20260214_101530", None),
            ("d41d8cd98f00b204", None),
            ("photo-1519681393784-d120267933ba", None),
            ("xkcd", None),
            ("a", None),
            ("--", None),
            ("", None),
        ] {
            assert_eq!(title_from_name(name).as_deref(), title, "{name}");
        }
    }

    #[test]
    fn folders_are_tags() {
        let facts = Facts::of_path(Path::new("holiday/Night Sky/Paris, France/a.jpg"));
        let tags: Vec<_> = facts.tags.iter().map(Tag::as_str).collect();
        assert_eq!(tags, ["holiday", "night-sky", "paris-france"]);
        assert_eq!(facts.title, None);
    }

    #[test]
    fn labels_are_parted_by_three_signs() {
        assert_eq!(labels("a; b|c,,d ;"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let wrong = |written: Written| Facts::read(&written).unwrap_err().to_string();
        assert_eq!(
            wrong(Written { title: Some("x".repeat(1_001)), ..Written::default() }),
            "title: at most 1000 characters are allowed, this has 1001"
        );
        assert_eq!(
            wrong(Written { tags: vec!["a/b".to_owned()], ..Written::default() }),
            "tag \"a/b\": a tag must not contain '/'"
        );
        assert_eq!(
            wrong(Written { source: Some("javascript:0".to_owned()), ..Written::default() }),
            "source: \"javascript:0\" is neither an http nor an https address"
        );
    }
}
