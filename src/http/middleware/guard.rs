//! Keeps strangers and web pages away from the admin port.
//!
//! A web page that an operator has open can make their browser send requests to `localhost`, or to a name of its own
//! that it lets resolve to a private address. The first carries an `Origin`, the second a public name in `Host`;
//! both are refused. A request with the token needs neither check: no page has it.

use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use subtle::ConstantTimeEq;

use crate::config::Secret;
use crate::http::problem::{Problem, ProblemKind};

/// Endings of names that nobody can register, so that no page of the internet can be served under them.
const PRIVATE_ENDINGS: [&str; 5] = [".localhost", ".local", ".internal", ".svc", ".home.arpa"];

/// Lets only the operator, probes and scrapers in.
pub struct Guard<E> {
    inner: E,
    token: Option<Secret>,
    open_paths: &'static [&'static str],
}

impl<E> Guard<E> {
    /// Guards `inner` with `token`; `open_paths` are answered without it, and all below those that end in `/`.
    pub fn new(inner: E, token: Option<Secret>, open_paths: &'static [&'static str]) -> Self {
        Self { inner, token, open_paths }
    }

    fn admit(&self, request: &Request) -> Result<(), Problem> {
        if self.has_token(request) {
            return Ok(());
        }
        refuse_pages(request)?;
        let path = request.uri().path();
        let is_open = |open: &&str| path == *open || (open.len() > 1 && open.ends_with('/') && path.starts_with(*open));
        if self.open_paths.iter().any(is_open) {
            return Ok(());
        }
        match &self.token {
            Some(_) => Err(ProblemKind::Unauthorized
                .because("send the token of `admin.token` as `Authorization: Bearer ...`")
                .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sirius admin\""))),
            None if is_loopback(request) => Ok(()),
            None => Err(ProblemKind::Forbidden
                .because("without `admin.token` only clients on this machine are let in; set it to admit others")),
        }
    }

    fn has_token(&self, request: &Request) -> bool {
        let sent = request.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        match (&self.token, sent) {
            // Compared in constant time, so that answers do not tell how much of a guess was right.
            (Some(token), Some(sent)) => token.expose().as_bytes().ct_eq(sent.trim().as_bytes()).into(),
            _ => false,
        }
    }
}

impl<E: Endpoint<Output: IntoResponse>> Endpoint for Guard<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        self.admit(&request)?;
        self.inner.call(request).await.map(IntoResponse::into_response)
    }
}

fn refuse_pages(request: &Request) -> Result<(), Problem> {
    if request.headers().contains_key(header::ORIGIN) {
        return Err(ProblemKind::Forbidden.because("web pages are not let in to the admin port"));
    }
    // HTTP/2 carries the name in the address instead of in `Host`.
    let host = request.uri().host().or_else(|| request.header(header::HOST)).unwrap_or_default();
    if is_private(host) {
        Ok(())
    } else {
        Err(ProblemKind::Forbidden.because(
            "use an IP address, localhost or a private name in the address: under a public name, a web page could get here",
        ))
    }
}

/// Whether a `Host` can only be one that the operator uses, never one that a web page was loaded from.
fn is_private(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => return rest.split_once(']').is_some_and(|(ip, _)| ip.parse::<std::net::Ipv6Addr>().is_ok()),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    let is_single_label = !name.is_empty() && !name.contains('.');
    is_address || is_single_label || PRIVATE_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_loopback(request: &Request) -> bool {
    request.remote_addr().as_socket_addr().is_some_and(|address| address.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_no_web_page_has_are_private() {
        for host in [
            "127.0.0.1:8081",
            "[::1]:8081",
            "[::1]",
            "localhost",
            "LOCALHOST:1",
            "sirius:8081",
            "sirius.ops.svc",
            "10.1.2.3",
            "a.svc.cluster.local.",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8081",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[evil]",
            "[::1",
            ":80",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }
}
