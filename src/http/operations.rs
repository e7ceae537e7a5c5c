//! The API's operations, each behind its path and its method: what poem-openapi's own service is, in two futures fewer.
//!
//! That service puts a future into a box of its own for all of them, and another for each method around the operation's, and each
//! moves the request several times: a twentieth of what an answer in JSON takes.

use std::collections::HashMap;
use std::future::ready;

use futures_util::future::Either;
use poem::endpoint::{BoxEndpoint, DynEndpoint};
use poem::error::MethodNotAllowedError;
use poem::http::Method;
use poem::{Endpoint, Request, Response, Result, Route};
use poem_openapi::OpenApi;
// Where what the macros of poem-openapi write looks for the query.
use poem_openapi::__private::UrlQuery;

/// The operations of an API.
#[derive(Default)]
pub struct Operations(Route);

/// Those of one path.
struct Methods(Vec<(Method, BoxEndpoint<'static>)>);

impl Operations {
    /// All that `api` has, by their whole paths.
    #[must_use]
    pub fn of(api: impl OpenApi) -> Self {
        let mut paths = HashMap::new();
        api.add_routes(&mut paths);
        let routes = paths.into_iter().map(|(path, methods)| (path, Methods(methods.into_iter().collect())));
        Self(routes.fold(Route::new(), |all, (path, methods)| all.at(path, methods)))
    }
}

impl Endpoint for Operations {
    type Output = Response;

    fn call(&self, mut request: Request) -> impl Future<Output = Result<Response>> {
        // As poem-openapi does: a query that cannot be read is none.
        let query = UrlQuery(request.params().unwrap_or_default());
        request.extensions_mut().insert(query);
        self.0.call(request)
    }
}

impl Endpoint for Methods {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        match self.0.iter().find(|(method, _)| method == request.method()) {
            Some((_, operation)) => Either::Left(DynEndpoint::call(&**operation, request)),
            None => Either::Right(ready(Err(MethodNotAllowedError.into()))),
        }
    }
}
