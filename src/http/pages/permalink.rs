//! The page of one picture, at an address that can be given to others.

use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::HeaderMap;

use super::PictureView;
use super::assets::{self, PageAssets};
use crate::domain::ImageId;

/// What `GET /images/{id}` shows.
pub struct PermalinkView<'a> {
    /// The picture.
    pub picture: PictureView<'a>,
    /// The one that was added next.
    pub newer: Option<ImageId>,
    /// The one that was added before.
    pub older: Option<ImageId>,
    /// This site's scheme and host, for addresses that must be complete; none while they are not known.
    pub origin: Option<Arc<str>>,
}

/// The page of a picture: 200, or 304 when the browser has it.
#[must_use]
pub fn permalink(view: &PermalinkView<'_>, request: &HeaderMap) -> Response {
    let template = PermalinkPage {
        assets: assets::pages(),
        picture: &view.picture,
        newer: view.newer,
        older: view.older,
        origin: view.origin.as_deref(),
    };
    super::revalidated(&template, request)
}

#[derive(Template)]
#[template(path = "permalink.html")]
struct PermalinkPage<'a> {
    assets: &'static PageAssets,
    picture: &'a PictureView<'a>,
    newer: Option<ImageId>,
    older: Option<ImageId>,
    origin: Option<&'a str>,
}
