//! The gallery: the catalogue as pages of pictures, sieved by tags.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::HeaderMap;
use url::form_urlencoded::Serializer;

use super::PictureView;
use super::assets::{self, PageAssets};
use super::text::{grouped, pictures};
use crate::domain::{Filter, Kind, Tag};

/// The most tags that are offered.
const MAX_OFFERED: usize = 24;

/// What `GET /images` shows.
pub struct GalleryView<'a> {
    /// What is shown.
    pub filter: &'a Filter,
    /// The pictures of this page.
    pub tiles: Vec<PictureView<'a>>,
    /// How many pictures the filter selects.
    pub selected: u64,
    /// How many pictures the catalogue holds.
    pub images: u64,
    /// The tags of what is selected, and how many pictures of it carry them; the most used first.
    pub popular: Vec<(&'a Tag, u64)>,
    /// Whether this is the first page.
    pub is_first: bool,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// This site's scheme and host, for addresses that must be complete; none while they are not known.
    pub origin: Option<Arc<str>>,
}

/// A page of the gallery: 200, or 304 when the browser has it.
#[must_use]
pub fn gallery(view: &GalleryView<'_>, request: &HeaderMap) -> Response {
    let filter = view.filter;
    let template = GalleryPage {
        assets: assets::pages(),
        heading: heading(filter),
        count: pictures(view.selected),
        all: pictures(view.images),
        is_empty: view.images == 0,
        is_filtered: !filter.is_everything(),
        is_first: view.is_first,
        filter_tags: filter.tags(),
        kind: filter.kind().map(kind_name),
        chosen: chosen(filter),
        offered: offered(view),
        tiles: &view.tiles,
        next: view.next_cursor.as_deref().map(|cursor| format!("/images?cursor={cursor}")),
        origin: view.origin.as_deref(),
    };
    super::revalidated(&template, request)
}

#[derive(Template)]
#[template(path = "gallery.html")]
struct GalleryPage<'a> {
    assets: &'static PageAssets,
    heading: String,
    count: String,
    all: String,
    is_empty: bool,
    is_filtered: bool,
    is_first: bool,
    filter_tags: &'a [Tag],
    kind: Option<&'static str>,
    chosen: Vec<Chip<'a>>,
    offered: Vec<Chip<'a>>,
    tiles: &'a [PictureView<'a>],
    next: Option<String>,
    origin: Option<&'a str>,
}

/// A word of the filter, and where it leads.
struct Chip<'a> {
    label: Cow<'a, str>,
    href: String,
    count: Option<String>,
}

/// The words of the filter; each leads to the gallery without it.
fn chosen(filter: &Filter) -> Vec<Chip<'_>> {
    let but = |gone| words(filter).enumerate().filter(move |(index, _)| *index != gone).map(|(_, word)| word);
    words(filter)
        .enumerate()
        .map(|(index, word)| Chip { label: word.label(), href: address(but(index)), count: None })
        .collect()
}

/// What could be added to the filter without selecting nothing; each leads to the gallery with it.
fn offered<'a>(view: &GalleryView<'a>) -> Vec<Chip<'a>> {
    let filter = view.filter;
    let mut chips = Vec::new();
    if filter.tags().len() < Filter::MAX_TAGS {
        let unused = view.popular.iter().filter(|(tag, count)| !filter.tags().contains(tag) && *count < view.selected);
        chips.extend(unused.take(MAX_OFFERED).map(|(tag, count)| Chip {
            label: tag.as_str().into(),
            href: address(words(filter).chain([Word::Tag(tag)])),
            count: Some(grouped(*count)),
        }));
    }
    if filter.kind().is_none() && !view.tiles.is_empty() {
        chips.extend([Kind::Still, Kind::Animated].map(|kind| Chip {
            label: Word::Kind(kind).label(),
            href: address(words(filter).chain([Word::Kind(kind)])),
            count: None,
        }));
    }
    chips
}

/// One condition of a filter.
#[derive(Clone, Copy)]
enum Word<'a> {
    Tag(&'a Tag),
    Without(&'a Tag),
    Kind(Kind),
}

impl<'a> Word<'a> {
    fn label(&self) -> Cow<'a, str> {
        match self {
            Self::Tag(tag) => tag.as_str().into(),
            Self::Without(tag) => format!("not {tag}").into(),
            Self::Kind(Kind::Still) => "still ones".into(),
            Self::Kind(Kind::Animated) => "moving ones".into(),
        }
    }
}

fn words(filter: &Filter) -> impl Iterator<Item = Word<'_>> {
    let tags = filter.tags().iter().map(Word::Tag);
    tags.chain(filter.without().iter().map(Word::Without)).chain(filter.kind().map(Word::Kind))
}

/// The address of the gallery with that filter.
fn address<'a>(words: impl Iterator<Item = Word<'a>>) -> String {
    let mut query = Serializer::new(String::new());
    for word in words {
        match word {
            Word::Tag(tag) => query.append_pair("tag", tag.as_str()),
            Word::Without(tag) => query.append_pair("without", tag.as_str()),
            Word::Kind(kind) => query.append_pair("kind", kind_name(kind)),
        };
    }
    match query.finish() {
        query if query.is_empty() => "/images".to_owned(),
        query => format!("/images?{query}"),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Still => "still",
        Kind::Animated => "animated",
    }
}

fn heading(filter: &Filter) -> String {
    match filter.tags() {
        [] => "Gallery".to_owned(),
        tags => tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", "),
    }
}
