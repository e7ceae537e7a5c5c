//! The page: a random picture, and the visitor's number.
//!
//! Of two visitors who see the same picture only the number differs, so a page is made in two parts that go around it,
//! and those of pictures that were shown lately are kept.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use askama::Template;
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::assets::{self, PageAssets};
use super::security::{self, ContentPolicy};
use super::{NO_STORE, PictureView, TEXT_HTML, text};
use crate::domain::Image;
use crate::http::answer::answer;

/// Where `home.html` has the visitor. No picture's words can hold it, because they are escaped.
const VISITOR: &str = "<!--visitor-->";

/// How many pages are kept at most, each of about 5 KB.
const PLACES: usize = 1_024;

/// What a page takes, so that it does not have to be moved while it grows.
const USUAL_BYTES: usize = 8 << 10;

/// What `GET /` shows, without the visitor's number.
pub struct PageView<'a> {
    /// The picture; none while the catalogue is empty.
    pub picture: Option<PictureView<'a>>,
    /// How many pictures the catalogue holds.
    pub images: u64,
    /// This site's scheme and host, for addresses that must be complete; none while they are not known.
    pub origin: Option<Arc<str>>,
}

/// A page for any visitor.
pub struct HomePage {
    before: Box<str>,
    after: Box<str>,
}

impl HomePage {
    /// Renders the page.
    ///
    /// # Errors
    /// Only when a value refuses to be written, and none of ours does.
    pub fn render(view: &PageView<'_>) -> askama::Result<Self> {
        let template = Home {
            assets: assets::pages(),
            picture: view.picture.as_ref(),
            count: text::pictures(view.images),
            origin: view.origin.as_deref(),
        };
        let mut page = String::with_capacity(USUAL_BYTES);
        template.render_into(&mut page)?;
        let (before, after) = page.split_once(VISITOR).unwrap_or((&page, ""));
        Ok(Self { before: before.into(), after: after.into() })
    }

    /// 200, for the visitor of this number (none while it cannot be counted), never cached.
    #[must_use]
    pub fn answer(&self, visitor_number: Option<u64>) -> Response {
        let visitor = match (Visitor { number: visitor_number }).render() {
            Ok(visitor) => visitor,
            Err(error) => return super::failed(&error),
        };
        let mut response = answer(StatusCode::OK);
        response.set_body([&*self.before, &*visitor, &*self.after].concat());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_HTML));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
        security::restrict(&mut response, ContentPolicy::Page);
        response
    }
}

/// The pages of pictures that were shown lately, a place for each remainder of their numbers: nobody waits for another, and a
/// catalogue of any size takes no more room.
pub struct KeptPages(Box<[ArcSwapOption<Kept>]>);

/// A page, and what it was made of.
struct Kept {
    image: Arc<Image>,
    images: u64,
    origin: Option<Arc<str>>,
    page: HomePage,
}

impl Default for KeptPages {
    fn default() -> Self {
        Self((0..PLACES).map(|_| ArcSwapOption::empty()).collect())
    }
}

impl KeptPages {
    /// The answer to a visitor of that number: with the page of `image` as it was kept, or as it is made by `picture`.
    pub fn answer<'a>(
        &self,
        image: &'a Arc<Image>,
        (images, origin): (u64, Option<Arc<str>>),
        visitor_number: Option<u64>,
        picture: impl FnOnce(&'a Image) -> PictureView<'a>,
    ) -> Response {
        let place = &self.0[image.number.0 as usize % self.0.len()];
        if let Some(kept) = &*place.load()
            && Arc::ptr_eq(&kept.image, image)
            && kept.images == images
            && kept.origin == origin
        {
            return kept.page.answer(visitor_number);
        }
        let view = PageView { picture: Some(picture(image)), images, origin: origin.clone() };
        match HomePage::render(&view) {
            Ok(page) => {
                let kept = Kept { image: Arc::clone(image), images, origin, page };
                let response = kept.page.answer(visitor_number);
                place.store(Some(Arc::new(kept)));
                response
            }
            Err(error) => super::failed(&error),
        }
    }
}

/// The page of a catalogue without pictures.
#[must_use]
pub fn empty_home(origin: Option<Arc<str>>, visitor_number: Option<u64>) -> Response {
    match HomePage::render(&PageView { picture: None, images: 0, origin }) {
        Ok(page) => page.answer(visitor_number),
        Err(error) => super::failed(&error),
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    assets: &'static PageAssets,
    picture: Option<&'a PictureView<'a>>,
    count: String,
    origin: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "parts/visitor.html")]
struct Visitor {
    number: Option<u64>,
}
