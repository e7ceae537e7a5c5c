//! The Swagger UI at `/docs`.
//!
//! poem-openapi embeds it as one page of 1.6 MB with everything inline. Here it is taken apart: its script and its
//! style become files that a browser keeps, and the page needs no inline script, so that the content policy can
//! forbid those.

use std::sync::LazyLock;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;
use poem_openapi::OpenApiService;

use super::assets::{self, Asset, PageAssets};
use super::security::ContentPolicy;

/// The files of the Swagger UI.
pub(super) struct SwaggerUi {
    pub style: Asset,
    pub script: Asset,
}

impl SwaggerUi {
    pub(super) fn all(&self) -> [&Asset; 2] {
        [&self.style, &self.script]
    }
}

pub(super) static SWAGGER_UI: LazyLock<SwaggerUi> = LazyLock::new(|| {
    // The page of an empty API: the real document is fetched by the page that we make around the files.
    let page = OpenApiService::new((), "", "").swagger_ui_html();
    SwaggerUi {
        style: Asset::new("swagger-ui.css", inline(&page, "style").to_owned()),
        script: Asset::new("swagger-ui-bundle.js", inline(&page, "script").to_owned()),
    }
});

/// Answers `GET /docs`: the Swagger UI of the document at `/openapi.json`.
#[must_use]
pub fn docs() -> Response {
    let template = DocsPage { assets: assets::pages(), swagger: &SWAGGER_UI };
    super::html(StatusCode::OK, &template, ContentPolicy::SwaggerUi)
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    assets: &'static PageAssets,
    swagger: &'static SwaggerUi,
}

/// What stands in the first element of that name; a test holds poem-openapi's page to having one.
fn inline<'a>(page: &'a str, element: &str) -> &'a str {
    let content = || {
        let (_, rest) = page.split_once(&format!("<{element} charset=\"UTF-8\">"))?;
        rest.split_once(&format!("</{element}>"))
    };
    content().map_or("", |(content, _)| content)
}
