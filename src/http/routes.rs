//! Which paths there are: the template of each, and the methods it knows.
//!
//! poem routes requests; this only tells what a path is called, for metrics and traces (also of requests that the server
//! refuses or gives up before poem has an answer), and what `Allow` says, which poem's 405 leaves out.

use std::sync::Arc;

use poem::IntoEndpoint;
use poem::http::{HeaderValue, Method, Uri};
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaOperation, MetaParamIn};

use crate::telemetry::route::Route;

/// What pages allow: they are read, never written.
const READ_ONLY: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Parameters whose values are not logged: a seed may be a person's name, and a cursor says nothing to anyone.
const PRIVATE: [&str; 2] = ["cursor", "seed"];

/// poem's routes together with what is known of their paths, so that neither lacks what the other has.
#[derive(Default)]
pub struct Table {
    inner: poem::Route,
    paths: Routes,
}

/// Every path of a port.
#[derive(Default)]
pub struct Routes(Vec<Known>);

struct Known {
    segments: Vec<Segment>,
    route: Route,
    allow: HeaderValue,
    /// Those of the query.
    parameters: Vec<Box<str>>,
}

enum Segment {
    Exactly(Box<str>),
    Anything,
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
        self.paths.0.push(Known::new(path, allow));
        Self { inner: self.inner.at(path, endpoint), ..self }
    }

    /// Adds the operations of an API below `prefix`, which `service` serves.
    #[must_use]
    pub fn api<A: OpenApi>(mut self, prefix: &str, service: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        for path in A::meta().into_iter().flat_map(|api| api.paths) {
            let methods = path.operations.iter().map(|operation| &operation.method);
            let mut known = Known::new(&format!("{prefix}{}", path.path), allow(methods));
            known.parameters = parameters(&path.operations);
            self.paths.0.push(known);
        }
        Self { inner: self.inner.nest(prefix, service), ..self }
    }

    /// The two of them.
    #[must_use]
    pub fn into_parts(self) -> (poem::Route, Arc<Routes>) {
        (self.inner, Arc::new(self.paths))
    }
}

impl Routes {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Route> {
        self.0.iter().map(|known| known.route)
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

    fn find(&self, path: &str) -> Option<&Known> {
        // A path that is spelt out goes before one with a parameter, as it does in poem.
        let mut matching = self.0.iter().filter(|known| known.matches(path));
        let first = matching.next()?;
        Some(if first.is_exact() { first } else { matching.find(|known| known.is_exact()).unwrap_or(first) })
    }
}

impl Known {
    fn new(path: &str, allow: HeaderValue) -> Self {
        let (segments, names): (Vec<_>, Vec<_>) = path
            .split('/')
            .map(|text| match parameter(text) {
                Some(name) => (Segment::Anything, format!("{{{name}}}")),
                None => (Segment::Exactly(text.into()), text.to_owned()),
            })
            .unzip();
        Self { segments, route: Route::of_template(&names.join("/")), allow, parameters: Vec::new() }
    }

    fn matches(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let all = self.segments.iter().all(|segment| match (segment, parts.next()) {
            (Segment::Exactly(text), Some(part)) => **text == *part,
            (Segment::Anything, Some(part)) => !part.is_empty(),
            (_, None) => false,
        });
        all && parts.next().is_none()
    }

    fn is_exact(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Exactly(_)))
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
        let nothing = || poem::endpoint::make_sync(|_| ());
        Table::default()
            .at("/", nothing())
            .at("/assets/:name", nothing())
            .api::<Api>("/api/v1", nothing())
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
