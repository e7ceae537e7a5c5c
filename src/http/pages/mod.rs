//! The pages that people look at: templates, their styles and scripts, and the headers that keep them safe.
//!
//! Here belongs what turns a picture, a number or an error into HTML, and what is written for crawlers. Choosing the
//! picture, counting the visit and routing belong to the callers.

use askama::Template;
use poem::http::{HeaderMap, StatusCode, header};
use poem::{Response, ResponseBuilder};
use sha2::Digest as _;

mod assets;
mod chart;
pub mod crawlers;
mod docs;
mod error;
mod gallery;
mod measures;
mod monitor;
mod permalink;
mod picture;
mod plot;
mod security;
mod statistics;
mod text;

pub use assets::{asset, favicon, warm_up};
pub use docs::docs;
pub use error::{error_page, problem_page};
pub use gallery::{GalleryView, gallery};
pub use monitor::{MonitorView, monitor, monitor_part};
pub use permalink::{PermalinkView, permalink};
pub use picture::PictureView;
pub use security::ContentPolicy;
pub use statistics::{StatisticsView, VisitsView, statistics};

use crate::domain::Sha256;
use crate::telemetry::events::PageFailed;
use assets::PageAssets;

const TEXT_HTML: &str = "text/html; charset=utf-8";

/// What `GET /` shows.
pub struct PageView<'a> {
    /// The picture; none while the catalogue is empty.
    pub picture: Option<PictureView<'a>>,
    /// The number that this visit got; none while it cannot be counted.
    pub visitor_number: Option<u64>,
    /// How many pictures the catalogue holds.
    pub images: u64,
    /// This site's scheme and host, for addresses that must be complete; none while they are not known.
    pub origin: Option<String>,
}

/// The page: 200, one picture, never cached.
#[must_use]
pub fn home(view: &PageView<'_>) -> Response {
    let template = Home {
        assets: assets::pages(),
        picture: view.picture.as_ref(),
        visitor_number: view.visitor_number,
        count: text::pictures(view.images),
        origin: view.origin.as_deref(),
    };
    html(StatusCode::OK, &template, ContentPolicy::Page)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    assets: &'static PageAssets,
    picture: Option<&'a PictureView<'a>>,
    visitor_number: Option<u64>,
    count: String,
    origin: Option<&'a str>,
}

/// Renders a template as a page that is never cached.
fn html(status: StatusCode, template: &impl Template, policy: ContentPolicy) -> Response {
    page(template, policy, |text, response| {
        response.status(status).content_type(TEXT_HTML).header(header::CACHE_CONTROL, "no-store").body(text)
    })
}

/// Renders a template as a page that a browser may keep if it asks each time whether it is still so.
fn revalidated(template: &impl Template, request: &HeaderMap) -> Response {
    page(template, ContentPolicy::Page, |text, response| {
        let digest = Sha256(sha2::Sha256::digest(text.as_bytes()).into()).to_string();
        let etag = format!("\"{}\"", &digest[..32]);
        let response = response.header(header::CACHE_CONTROL, "no-cache").header(header::ETAG, &etag);
        if assets::is_known(request, &etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response.content_type(TEXT_HTML).body(text)
    })
}

/// Renders a template and puts the headers that keep it safe on the answer that is made of it.
fn page(
    template: &impl Template,
    policy: ContentPolicy,
    answer: impl FnOnce(String, ResponseBuilder) -> Response,
) -> Response {
    let mut response = match template.render() {
        Ok(text) => answer(text, Response::builder()),
        // Writing to a string fails only when a value refuses to be written, and none of ours does.
        Err(error) => {
            PageFailed { error: &error }.emit();
            StatusCode::INTERNAL_SERVER_ERROR.into()
        }
    };
    security::restrict(&mut response, policy);
    response
}

#[cfg(test)]
mod tests;
