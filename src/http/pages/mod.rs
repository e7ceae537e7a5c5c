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
mod home;
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
pub use home::{HomePage, KeptPages, PageView, empty_home};
pub use monitor::{MonitorView, monitor, monitor_part};
pub use permalink::{PermalinkView, permalink};
pub use picture::PictureView;
pub use security::ContentPolicy;
pub use statistics::{StatisticsView, VisitsView, statistics};

use crate::domain::Sha256;
use crate::telemetry::events::PageFailed;

const TEXT_HTML: &str = "text/html; charset=utf-8";
const NO_STORE: &str = "no-store";

/// Renders a template as a page that is never cached.
fn html(status: StatusCode, template: &impl Template, policy: ContentPolicy) -> Response {
    page(template, policy, |text, response| {
        response.status(status).content_type(TEXT_HTML).header(header::CACHE_CONTROL, NO_STORE).body(text)
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
        Err(error) => return failed(&error),
    };
    security::restrict(&mut response, policy);
    response
}

/// Writing to a string fails only when a value refuses to be written, and none of ours does.
fn failed(error: &askama::Error) -> Response {
    PageFailed { error }.emit();
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

#[cfg(test)]
mod tests;
