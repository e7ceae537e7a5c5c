//! Puts the security headers on every answer of a port; which ones, says `http::security`.

use futures_util::TryFutureExt;
use poem::{Endpoint, Request, Response, Result};

use crate::http::security::secure;

/// The outermost layer: what it answers for, errors and preflights included, is secured.
pub struct Secured<E>(pub E);

impl<E: Endpoint<Output = Response>> Endpoint for Secured<E> {
    type Output = Response;

    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        self.0.call(request).map_ok(|mut response| {
            secure(response.headers_mut());
            response
        })
    }
}
