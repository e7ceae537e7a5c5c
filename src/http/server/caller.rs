//! What a request's line tells of who asked, kept while the request itself is away to be answered.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderName, HeaderValue, Request, header};
use http_body::Body;

use crate::limits::client_address;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asked.
pub(super) struct Caller {
    pub(super) address: IpAddr,
    pub(super) user_agent: Option<HeaderValue>,
    /// The length of the request's body, where it is known.
    pub(super) body_bytes: Option<u64>,
}

impl Caller {
    pub(super) fn of<B: Body>(request: &Request<B>, peer: SocketAddr, trusted_proxies: u8) -> Self {
        let headers = request.headers();
        Self {
            address: client_address(peer.ip(), headers.get_all(X_FORWARDED_FOR).iter(), trusted_proxies),
            user_agent: headers.get(header::USER_AGENT).cloned(),
            body_bytes: request.body().size_hint().exact(),
        }
    }
}
