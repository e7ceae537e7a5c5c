//! The public port: its routes, and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use poem::http::{StatusCode, header};
use poem::web::{Data, Path};
use poem::{Body, EndpointExt, Request, Response, Result, get, handler};

use super::api::json::API_PREFIX;
use super::api::{Api, State, random};
use super::middleware::{Cors, Head, IsHead, Problems, Quota, Secured, is_prefetch};
use super::pages::{self, PageView, PictureView};
use super::problem::ProblemKind;
use super::routes::Table;
use super::server::Port;
use super::{BoxEndpoint, openapi};
use crate::config;
use crate::domain::Filter;
use crate::limits::Quotas;

/// Everything that the public port answers.
pub fn port(state: State, quotas: Arc<Quotas>, config: &config::Config) -> Port<BoxEndpoint> {
    let page = Page { state: state.clone(), number_timeout: config.visits.page_timeout };
    let document = Document(openapi::document().into());
    let table = Table::default()
        .at("/", get(home.data(page)))
        .at("/healthz", get(healthz))
        .at("/docs", get(docs))
        .at("/openapi.json", get(document_json.data(document)))
        .at("/assets/:name", get(asset))
        .at("/favicon.ico", get(favicon))
        .at("/problems/:code", get(problem))
        .api::<Api>(API_PREFIX, openapi::service(state));
    let (inner, routes) = table.into_parts();
    let guarded = Quota::new(inner, quotas, config.server.trusted_proxies);
    let answered = Problems::new(Head(guarded), Arc::clone(&routes));
    let endpoint = Secured(Cors::new(answered, &[API_PREFIX, "/openapi.json"])).boxed().into();
    Port { name: "public", endpoint, routes }
}

#[derive(Clone)]
struct Page {
    state: State,
    number_timeout: Duration,
}

#[derive(Clone)]
struct Document(bytes::Bytes);

/// The page: counts a visit, unless nobody is looking.
#[handler]
async fn home(request: &Request, Data(page): Data<&Page>) -> Result<Response> {
    let nobody_looks = IsHead::of(request).0 || is_prefetch(request.headers());
    let number = if nobody_looks { None } else { visitor_number(page).await };
    let snapshot = page.state.snapshot()?;
    let image = random::choose_one(&snapshot, &Filter::everything(), None).ok();
    Ok(pages::home(&PageView {
        picture: image.map(|image| PictureView::new(image)),
        visitor_number: number,
        images: snapshot.len(),
    }))
}

/// The number of this visit, if the database gives one before the visitor would notice the wait.
async fn visitor_number(page: &Page) -> Option<u64> {
    let counted = tokio::time::timeout(page.number_timeout, page.state.visits.count()).await;
    counted.ok()?.ok().map(|counted| counted.number.0)
}

/// For load balancers: this process answers. Counts no visit, asks nothing.
#[handler]
fn healthz() -> Response {
    Response::builder().content_type("text/plain; charset=utf-8").header(header::CACHE_CONTROL, "no-store").body("ok\n")
}

#[handler]
fn docs() -> Response {
    pages::docs()
}

#[handler]
fn document_json(Data(Document(bytes)): Data<&Document>) -> Response {
    Response::builder()
        .content_type("application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-cache")
        .body(Body::from_bytes(bytes.clone()))
}

#[handler]
fn asset(Path(name): Path<String>, request: &Request) -> Result<Response> {
    let found = pages::asset(&name, request.headers());
    found.ok_or_else(|| ProblemKind::NotFound.because("there is no such file").into())
}

#[handler]
fn favicon(request: &Request) -> Response {
    pages::favicon(request.headers())
}

/// What the `type` of a problem document leads to.
#[handler]
fn problem(Path(code): Path<String>) -> Result<Response> {
    let known = ProblemKind::ALL.into_iter().find(|kind| kind.code() == code);
    let kind = known.ok_or_else(|| ProblemKind::NotFound.because("there is no problem of this name"))?;
    let mut page = pages::error_page(kind.status(), kind.title(), kind.explanation());
    page.set_status(StatusCode::OK);
    Ok(page)
}
