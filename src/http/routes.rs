//! Which paths there are: the template of each, and the methods it knows.
//!
//! poem routes requests; this only tells what a path is called, for metrics and traces (also of requests that the server
//! refuses or gives up before poem has an answer), and what `Allow` says, which poem's 405 leaves out.

use std::sync::Arc;

use futures_util::future::Either;
use poem::http::{HeaderValue, Method, Uri};
use poem::{Endpoint, IntoEndpoint, Request, Response, Result};
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaOperation, MetaParamIn};

use super::operations::Operations;
use crate::telemetry::route::Route;

/// What pages allow: they are read, never written.
const READ_ONLY: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Parameters whose values are not logged: a seed may be a person's name, and a cursor says nothing to anyone.
const PRIVATE: [&str; 2] = ["cursor", "seed"];

/// poem's routes together with what is known of their paths, so that neither lacks what the other has.
#[derive(Default)]
pub struct Table {
    ways: Ways,
    paths: Routes,
}

/// poem's routers: that of the pages, and that of the API, which has whole paths. Nested in the other, it would have a request
/// looked up twice, and its path taken apart and put together in between.
#[derive(Default)]
pub struct Ways {
    pages: poem::Route,
    api: Option<(&'static str, Operations)>,
}

/// Every path of a port.
#[derive(Default)]
pub struct Routes {
    known: matchit::Router<Known>,
    all: Vec<Route>,
}

struct Known {
    route: Route,
    allow: HeaderValue,
    /// Those of the query.
    parameters: Vec<Box<str>>,
}

impl Table {
    /// Adds a page, which is only read; `path` as poem has it, such as `/assets/:name`.
    #[must_use]
    pub fn at<E>(self, path: &str, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.allowing(path, READ_ONLY, endpoint)
    }

    /// Adds an endpoint with the methods that it takes, such as `GET, HEAD, PUT`.
    #[must_use]
    pub fn allowing<E>(mut self, path: &str, allow: HeaderValue, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.paths.add(path, allow, Vec::new());
        self.ways.pages = self.ways.pages.at(path, endpoint);
        self
    }

    /// Adds the operations of an API, all of them below `prefix`.
    #[must_use]
    pub fn api<A: OpenApi>(mut self, prefix: &'static str, operations: Operations) -> Self {
        for path in A::meta().into_iter().flat_map(|api| api.paths) {
            let methods = path.operations.iter().map(|operation| &operation.method);
            self.paths.add(&path.path, allow(methods), parameters(&path.operations));
        }
        self.ways.api = Some((prefix, operations));
        self
    }

    /// The two of them.
    #[must_use]
    pub fn into_parts(self) -> (Ways, Arc<Routes>) {
        (self.ways, Arc::new(self.paths))
    }
}

impl Endpoint for Ways {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        match &self.api {
            Some((prefix, api)) if request.uri().path().starts_with(prefix) => Either::Left(api.call(request)),
            _ => Either::Right(self.pages.call(request)),
        }
    }
}

impl Routes {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Route> {
        self.all.iter().copied()
    }

    /// The template of a path.
    #[must_use]
    pub fn of(&self, path: &str) -> Route {
        self.find(path).map_or(Route::UNMATCHED, |known| known.route)
    }

    /// What `Allow` says of a path.
    #[must_use]
    pub fn allowed(&self, path: &str) -> HeaderValue {
        self.find(path).map_or(READ_ONLY, |known| known.allow.clone())
    }

    /// The parameters of an address's query whose values may be logged.
    #[must_use]
    pub fn parameters(&self, uri: &Uri) -> &[Box<str>] {
        // Most have no query, and need not be looked for.
        let known = uri.query().and_then(|_| self.find(uri.path()));
        known.map_or(&[], |known| &known.parameters)
    }

    /// As in poem, a path that is spelt out goes before one with a parameter.
    fn find(&self, path: &str) -> Option<&Known> {
        self.known.at(path).ok().map(|found| found.value)
    }

    fn add(&mut self, path: &str, allow: HeaderValue, parameters: Vec<Box<str>>) {
        let segments = path.split('/').map(|text| match parameter(text) {
            Some(name) => format!("{{{name}}}"),
            None => text.to_owned(),
        });
        let template = segments.collect::<Vec<_>>().join("/");
        let known = Known { route: Route::of_template(&template), allow, parameters };
        self.all.push(known.route);
        let added = self.known.insert(template, known);
        // poem, which has the same paths, panics at such a one.
        debug_assert!(added.is_ok(), "{path} is there twice: {added:?}");
    }
}

/// The name of a parameter, which poem writes `:id` and its OpenAPI document `{id}`.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix(':').or_else(|| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// The parameters of the operations' queries, but those that are nobody's business.
fn parameters(operations: &[MetaOperation]) -> Vec<Box<str>> {
    let all = operations.iter().flat_map(|operation| &operation.params);
    let query = all.filter(|parameter| matches!(parameter.in_type, MetaParamIn::Query));
    query.map(|parameter| parameter.name.as_str()).filter(|name| !PRIVATE.contains(name)).map(Into::into).collect()
}

fn allow<'a>(methods: impl Iterator<Item = &'a Method>) -> HeaderValue {
    let mut names: Vec<&str> = methods.map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    // Method names are tokens, which are always valid in a header.
    HeaderValue::try_from(names.join(", ")).unwrap_or(READ_ONLY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::api::Api;

    fn routes() -> Arc<Routes> {
        let nothing = || poem::endpoint::make_sync(|_| Response::default());
        Table::default()
            .at("/", nothing())
            .at("/assets/:name", nothing())
            .api::<Api>("/api/v1", Operations::default())
            .into_parts()
            .1
    }

    #[test]
    fn a_path_is_known_by_its_template() {
        for (path, template) in [
            ("/", "/"),
            ("/assets/page.css", "/assets/{name}"),
            ("/api/v1/images/random", "/api/v1/images/random"),
            ("/api/v1/images/abc", "/api/v1/images/{id}"),
            ("/api/v1/images/abc/content", "/api/v1/images/{id}/content"),
            ("/api/v1/images/", "unmatched"),
            ("/api/v1/images/abc/content/", "unmatched"),
            ("/assets", "unmatched"),
            ("/wp-login.php", "unmatched"),
            ("", "unmatched"),
        ] {
            assert_eq!(routes().of(path).template(), template, "{path}");
        }
    }

    #[test]
    fn the_parameters_of_a_path_are_known_but_for_private_ones() {
        let routes = routes();
        let of = |uri: &str| routes.parameters(&uri.parse().unwrap());
        let random: Vec<_> = of("/api/v1/images/random?tag=a").iter().map(|name| &**name).collect();
        assert!(["tag", "count", "kind"].iter().all(|name| random.contains(name)), "{random:?}");
        assert!(!random.contains(&"seed") && !random.contains(&"cursor"), "{random:?}");
        assert!(of("/?tag=a").is_empty() && of("/nowhere?tag=a").is_empty());
    }

    #[test]
    fn the_methods_of_a_path_are_known() {
        assert_eq!(routes().allowed("/api/v1/visits"), "GET, HEAD, POST");
        assert_eq!(routes().allowed("/api/v1/images/abc/content"), "GET, HEAD");
        assert_eq!(routes().allowed("/"), "GET, HEAD");
    }
}
