//! The pages that people look at: templates, their styles and scripts, and the headers that keep them safe.
//!
//! Here belongs what turns a picture, a number or an error into HTML. Choosing the picture, counting the visit and
//! routing belong to the callers.

use askama::Template;
use poem::Response;
use poem::http::{StatusCode, header};

mod assets;
mod docs;
mod picture;
mod security;

pub use assets::{asset, favicon, warm_up};
pub use docs::docs;
pub use picture::PictureView;
pub use security::ContentPolicy;

use assets::PageAssets;

use crate::telemetry::events::PageFailed;

/// What `GET /` shows.
pub struct PageView<'a> {
    /// The picture; none while the catalogue is empty.
    pub picture: Option<PictureView<'a>>,
    /// The number that this visit got; none while it cannot be counted.
    pub visitor_number: Option<u64>,
    /// How many pictures the catalogue holds.
    pub images: u64,
}

/// The page: 200, one picture, never cached.
#[must_use]
pub fn home(view: &PageView<'_>) -> Response {
    let template = Home {
        assets: assets::pages(),
        picture: view.picture.as_ref(),
        visitor_number: view.visitor_number,
        count: match view.images {
            0 => "No pictures".to_owned(),
            1 => "1 picture".to_owned(),
            images => format!("{} pictures", grouped(images)),
        },
    };
    html(StatusCode::OK, &template, ContentPolicy::Page)
}

/// A page that says what went wrong, for people; programs get problem+json instead.
#[must_use]
pub fn error_page(status: StatusCode, title: &str, detail: &str) -> Response {
    let template = ErrorPage { assets: assets::pages(), status: status.as_u16(), title, detail };
    html(status, &template, ContentPolicy::Page)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    assets: &'static PageAssets,
    picture: Option<&'a PictureView<'a>>,
    visitor_number: Option<u64>,
    count: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    assets: &'static PageAssets,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

/// Renders a template as a page that is never cached.
fn html(status: StatusCode, template: &impl Template, policy: ContentPolicy) -> Response {
    let mut response = match template.render() {
        Ok(text) => Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-store")
            .body(text),
        // Writing to a string fails only when a value refuses to be written, and none of ours does.
        Err(error) => {
            PageFailed { error: &error }.emit();
            StatusCode::INTERNAL_SERVER_ERROR.into()
        }
    };
    security::restrict(&mut response, policy);
    response
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
