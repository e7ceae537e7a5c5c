//! A picture as the page shows it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::domain::{Content, Image, ImageId, Stored, Tag};

/// What the page says of an image.
pub struct PictureView<'a> {
    image: &'a Image,
}

/// Where a picture comes from.
pub(super) struct Source {
    /// An http or https address.
    pub address: String,
    /// Its host, without `www.`.
    pub host: String,
}

impl<'a> PictureView<'a> {
    /// The view of an image.
    #[must_use]
    pub const fn new(image: &'a Image) -> Self {
        Self { image }
    }

    pub(super) const fn id(&self) -> ImageId {
        self.image.facts.id
    }

    pub(super) fn title(&self) -> &'a str {
        self.image.facts.title.as_deref().unwrap_or("Untitled")
    }

    pub(super) fn alt(&self) -> &'a str {
        let facts = &self.image.facts;
        facts.alt.as_deref().or(facts.title.as_deref()).unwrap_or("A picture without a description")
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

    /// Width and height in pixels, where they are known.
    pub(super) fn dimensions(&self) -> Option<(u32, u32)> {
        self.stored().map(|stored| (stored.width, stored.height))
    }

    /// The placeholder, in base 64.
    pub(super) fn thumbhash(&self) -> Option<String> {
        self.stored()?.thumbhash.as_ref().map(|hash| STANDARD.encode(&hash.0))
    }

    /// A picture of one colour and of the picture's own size: the browser lays it out like the picture before that
    /// has arrived, so nothing jumps, and it needs neither a script nor a style attribute.
    pub(super) fn ghost(&self) -> Option<String> {
        let Stored { width, height, colour, .. } = self.stored()?;
        let (fill, opacity) =
            colour.map_or_else(|| ("808080".to_owned(), "0.2"), |colour| (colour.to_string().split_off(1), "1"));
        Some(format!(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'%3E\
             %3Crect width='100%25' height='100%25' fill='%23{fill}' fill-opacity='{opacity}'/%3E%3C/svg%3E"
        ))
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

    fn stored(&self) -> Option<&'a Stored> {
        match &self.image.facts.content {
            Content::Stored(stored) => Some(stored),
            Content::Linked { .. } => None,
        }
    }
}
