//! A picture as pages show it.

use std::borrow::Cow;
use std::sync::Arc;

use time::format_description::well_known::Rfc3339;
use url::Url;

use super::text::{day, grouped, size};
use crate::domain::{Content, Format, Image, ImageId, Stored, Tag};

/// How far a picture may grow beyond its own pixels, on a screen that has room: twice is soft, but not coarse.
const GROWTH: u32 = 2;

/// A picture of nothing.
const NOTHING: &str = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/// What pages say of an image.
pub struct PictureView<'a> {
    image: &'a Image,
    placeholder: Option<Arc<str>>,
}

/// Where a picture comes from.
pub(super) struct Source {
    /// An http or https address.
    pub address: String,
    /// Its host, without `www.`.
    pub host: String,
}

impl<'a> PictureView<'a> {
    /// The view of an image, with its unfolded thumbhash: a PNG in base 64.
    #[must_use]
    pub const fn new(image: &'a Image, placeholder: Option<Arc<str>>) -> Self {
        Self { image, placeholder }
    }

    pub(super) const fn id(&self) -> ImageId {
        self.image.facts.id
    }

    /// The path of the picture's own page.
    pub(super) fn page(&self) -> String {
        format!("/images/{}", self.id())
    }

    pub(super) fn title(&self) -> &'a str {
        self.image.facts.title.as_deref().unwrap_or("Untitled")
    }

    pub(super) fn alt(&self) -> &'a str {
        let facts = &self.image.facts;
        facts.alt.as_deref().or(facts.title.as_deref()).unwrap_or("A picture without a description")
    }

    /// What it shows, beside its title: nothing where that would only repeat it.
    pub(super) fn tile_alt(&self) -> &'a str {
        self.image.facts.alt.as_deref().filter(|alt| *alt != self.title()).unwrap_or_default()
    }

    pub(super) fn tags(&self) -> &'a [Tag] {
        &self.image.facts.tags
    }

    /// The address of the picture itself.
    pub(super) fn address(&self) -> Cow<'a, str> {
        match &self.image.facts.content {
            Content::Stored(_) => format!("/api/v1/images/{}/content", self.id()).into(),
            Content::Linked { url } => url.as_ref().into(),
        }
    }

    pub(super) const fn is_stored(&self) -> bool {
        matches!(self.image.facts.content, Content::Stored(_))
    }

    /// Width and height in pixels, where they are known.
    pub(super) fn dimensions(&self) -> Option<(u32, u32)> {
        self.stored().map(|stored| (stored.width, stored.height))
    }

    pub(super) fn format(&self) -> Option<Format> {
        self.stored().map(|stored| stored.format)
    }

    /// Whether it moves. Nothing is known of a linked picture but its address, which may name the format of most
    /// moving ones.
    pub(super) fn moves(&self) -> bool {
        match &self.image.facts.content {
            Content::Stored(stored) => stored.frames > 1,
            Content::Linked { url } => {
                let path = url.split(['?', '#']).next().unwrap_or_default();
                path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("gif"))
            }
        }
    }

    /// What stands in for a moving picture where nothing is to move: nothing, so that its placeholder is seen.
    pub(super) fn motionless(&self) -> Cow<'static, str> {
        // A source set ends an address at white space, of which an SVG is full.
        if self.is_stored() { NOTHING.into() } else { svg(4, 3, None, None).replace(' ', "%20").into() }
    }

    /// A picture of the picture's own shape, in its colours: the browser lays it out like the picture before that has
    /// arrived, so nothing jumps, and it needs neither a script nor a style attribute. None when the shape is not known.
    pub(super) fn ghost(&self) -> Option<String> {
        let stored = self.stored()?;
        Some(self.shaped(stored.width.saturating_mul(GROWTH), stored.height.saturating_mul(GROWTH)))
    }

    /// The same among others, where every picture has a place of some shape.
    pub(super) fn tile_ghost(&self) -> String {
        let (width, height) = self.dimensions().unwrap_or((4, 3));
        self.shaped(width, height)
    }

    pub(super) fn author(&self) -> Option<&'a str> {
        self.image.facts.attribution.author.as_deref()
    }

    pub(super) fn licence(&self) -> Option<&'a str> {
        self.image.facts.attribution.licence.as_deref()
    }

    /// The source; none when its address is not one of the web, such as `javascript:`.
    pub(super) fn source(&self) -> Option<Source> {
        let url = Url::parse(self.image.facts.attribution.source_url.as_deref()?).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?;
        Some(Source { host: host.strip_prefix("www.").unwrap_or(host).to_owned(), address: url.into() })
    }

    /// What it is made of: `JPEG, 1200 × 800 pixels, 102 kB`.
    pub(super) fn measures(&self) -> String {
        match self.stored() {
            None => "Linked from elsewhere".to_owned(),
            Some(Stored { format, width, height, size_bytes, frames, .. }) => {
                let name = format.name().to_uppercase();
                let frames =
                    if *frames > 1 { format!(", {} frames", grouped((*frames).into())) } else { String::new() };
                format!("{name}, {width} × {height} pixels{frames}, {}", size(*size_bytes))
            }
        }
    }

    pub(super) fn added(&self) -> String {
        day(self.image.created_at)
    }

    pub(super) fn added_iso(&self) -> String {
        // Fails for years that no database gives.
        self.image.created_at.format(&Rfc3339).unwrap_or_default()
    }

    fn shaped(&self, width: u32, height: u32) -> String {
        let colour = self.stored().and_then(|stored| stored.colour).map(|colour| colour.to_string());
        svg(width, height, colour.as_deref(), self.placeholder.as_deref())
    }

    fn stored(&self) -> Option<&'a Stored> {
        match &self.image.facts.content {
            Content::Stored(stored) => Some(stored),
            Content::Linked { .. } => None,
        }
    }
}

/// A picture of that size in one colour (`#rrggbb`; a grey that suits day and night, if none is known), with the
/// placeholder stretched over it.
fn svg(width: u32, height: u32, colour: Option<&str>, placeholder: Option<&str>) -> String {
    let whole = "width='100%25' height='100%25'";
    let over = match (placeholder, colour) {
        (Some(png), _) => {
            format!("%3Cimage href='data:image/png;base64,{png}' {whole} preserveAspectRatio='none'/%3E")
        }
        (None, Some(colour)) => format!("%3Crect {whole} fill='%23{}'/%3E", colour.trim_start_matches('#')),
        (None, None) => format!("%3Crect {whole} fill='%23808080' fill-opacity='.2'/%3E"),
    };
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'%3E{over}%3C/svg%3E"
    )
}
