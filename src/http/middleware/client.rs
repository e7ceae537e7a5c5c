//! Who asks: the one address that quotas count by and log lines show.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use poem::Request;
use poem::http::HeaderName;

use crate::limits;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client behind `trusted_proxies` proxies, which are counted from the right of `X-Forwarded-For`.
#[must_use]
pub fn client_address(request: &Request, trusted_proxies: u8) -> IpAddr {
    // The server's connections are TCP, so there always is an address; tests without one are one client.
    let peer = request.remote_addr().as_socket_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), SocketAddr::ip);
    limits::client_address(peer, request.headers().get_all(X_FORWARDED_FOR).iter(), trusted_proxies)
}
