//! Puts the security headers on every answer of a port; which ones, says `http::security`.

use poem::{Endpoint, Request, Response, Result};

use crate::http::security::secure;

/// The outermost layer: what it answers for, errors and preflights included, is secured.
pub struct Secured<E>(pub E);

impl<E: Endpoint<Output = Response>> Endpoint for Secured<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = self.0.call(request).await?;
        secure(response.headers_mut());
        Ok(response)
    }
}
