//! poem-openapi as its guide shows it, served by poem.

#![allow(clippy::unused_async, reason = "poem-openapi takes async functions only")]
#![allow(clippy::disallowed_types, reason = "what poem does by itself is what is measured")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use poem::listener::TcpListener;
use poem::{Route, Server};
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, OpenApi, OpenApiService};

use crate::shelf::{Image, Shelf};

/// Serves for ever.
///
/// # Errors
/// When it cannot listen there.
pub async fn serve(address: &str, shelf: Arc<Shelf>) -> Result<(), Box<dyn Error>> {
    let service = OpenApiService::new(Api(shelf), "bare", "1");
    Ok(Server::new(TcpListener::bind(address)).run(Route::new().nest("/api/v1", service)).await?)
}

struct Api(Arc<Shelf>);

#[derive(ApiResponse)]
enum Content {
    #[oai(status = 200, content_type = "image/png")]
    Found(Binary<Bytes>, #[oai(header = "ETag")] String),
    #[oai(status = 304)]
    Known(#[oai(header = "ETag")] String),
    #[oai(status = 404)]
    Unknown,
}

#[derive(ApiResponse)]
enum Choice {
    #[oai(status = 200)]
    Found(Json<Arc<Image>>),
    #[oai(status = 404)]
    Nothing,
}

#[OpenApi]
impl Api {
    /// Any image.
    #[oai(path = "/images/random", method = "get")]
    async fn random(&self) -> Choice {
        self.0.random().map_or(Choice::Nothing, |image| Choice::Found(Json(Arc::clone(image))))
    }

    /// Its bytes.
    #[oai(path = "/images/:id/content", method = "get")]
    async fn content(&self, id: Path<String>, #[oai(name = "If-None-Match")] known: Header<Option<String>>) -> Content {
        match self.0.picture(&id.0) {
            None => Content::Unknown,
            Some(picture) if known.0.as_ref() == Some(&picture.etag) => Content::Known(picture.etag.clone()),
            Some(picture) => Content::Found(Binary(picture.bytes.clone()), picture.etag.clone()),
        }
    }
}
