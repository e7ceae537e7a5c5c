//! hyper with nothing on it.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::shelf::Shelf;

/// Serves for ever.
///
/// # Errors
/// When it cannot listen there.
pub async fn serve(address: &str, shelf: Arc<Shelf>) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let shelf = Arc::clone(&shelf);
        tokio::spawn(async move {
            let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(answer(&shelf, &request))));
            // A client that leaves is nobody's failure.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(shelf: &Shelf, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    if path == "/api/v1/images/random" {
        let body = shelf.random().and_then(|image| serde_json::to_vec(image).ok()).unwrap_or_default();
        return made(Response::builder().header(CONTENT_TYPE, "application/json"), body.into());
    }
    let id = path.strip_prefix("/api/v1/images/").and_then(|rest| rest.strip_suffix("/content"));
    let Some(picture) = id.and_then(|id| shelf.picture(id)) else {
        return made(Response::builder().status(StatusCode::NOT_FOUND), Bytes::new());
    };
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|etag| etag.as_bytes() == picture.etag.as_bytes());
    let head = Response::builder().header(ETAG, &picture.etag);
    if known {
        made(head.status(StatusCode::NOT_MODIFIED), Bytes::new())
    } else {
        made(head.header(CONTENT_TYPE, "image/png"), picture.bytes.clone())
    }
}

fn made(head: http::response::Builder, body: Bytes) -> Response<Full<Bytes>> {
    head.body(Full::new(body)).unwrap_or_default()
}
