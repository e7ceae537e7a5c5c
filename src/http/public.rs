//! The public port: its routes, and the layers around them.

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::http::header;
use poem::web::{Data, Path};
use poem::{Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Result, get, handler};

use super::api::json::API_PREFIX;
use super::api::{Api, State};
use super::middleware::{self, Cors, Disturbed, Head, Problems, Quota, Secured};
use super::openapi;
use super::operations::Operations;
use super::pages;
use super::problem::ProblemKind;
use super::routes::{Routes, Table};
use super::server::{Port, Refusal};
use super::site::{self, Site};
use crate::config;
use crate::limits::Quotas;

/// Everything that the public port answers.
pub fn port(state: State, quotas: Arc<Quotas>, config: &config::Config) -> Port {
    let pages = Site::new(state.clone(), config);
    let site = || Arc::clone(&pages);
    let document = Document(openapi::document().into());
    let table = Table::default()
        .at("/", get(site::home.data(site())))
        .at("/images", get(site::gallery.data(site())))
        .at("/images/:id", get(site::permalink.data(site())))
        .at("/statistics", get(site::statistics.data(site())))
        .at("/robots.txt", get(site::robots.data(site())))
        .at("/sitemap.xml", get(site::sitemap.data(site())))
        .at("/.well-known/security.txt", get(site::security.data(site())))
        .at("/healthz", get(healthz))
        .at("/docs", get(docs))
        .at("/openapi.json", get(document_json.data(document)))
        .at("/assets/:name", get(asset))
        .at("/favicon.ico", get(favicon))
        .at("/problems/:code", get(problem))
        .api::<Api>(API_PREFIX, Operations::of(Api(state)));
    let (inner, routes) = table.into_parts();
    let endpoint = if config.faults.enabled {
        within_layers(Disturbed::new(inner, Arc::clone(&routes)), quotas, &routes, config)
    } else {
        within_layers(inner, quotas, &routes, config)
    };
    Port { name: "public", endpoint, routes, for_operators: false }
}

/// The response to what the server refuses before it knows what is asked: like any answer of the API, pages of other origins may
/// read it, and so when to try again.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    let mut response = super::problem::refuse(refusal);
    middleware::open(response.headers_mut());
    response
}

fn within_layers<E>(
    inner: E,
    quotas: Arc<Quotas>,
    routes: &Arc<Routes>,
    config: &config::Config,
) -> BoxEndpoint<'static>
where
    E: Endpoint<Output: IntoResponse> + 'static,
{
    let guarded = Quota::new(inner, quotas, config.server.trusted_proxies);
    let answered = Problems::new(Head(guarded), Arc::clone(routes));
    Secured(Cors::new(answered, &[API_PREFIX, "/openapi.json"])).boxed()
}

#[derive(Clone)]
struct Document(bytes::Bytes);

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
    Ok(pages::problem_page(kind.status(), kind.title(), kind.explanation()))
}
