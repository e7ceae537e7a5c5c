//! Whom a request asks, in one place for the endpoint and said in one way only: two answers to that question are how
//! a request gets past a proxy that reads the other one.

use http::uri::Authority;
use http::{HeaderValue, Request, Version, header, request};

/// Whether a request says whom it asks as RFC 9112, section 3.2, demands it of HTTP/1.1: in one `Host`, which is a name
/// or an address, or empty. HTTP/2 says it in its target.
pub(super) fn is_clear<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => false,
        (Some(host), None) => is_host(host),
        (None, _) => request.version() != Version::HTTP_11,
    }
}

/// Puts the authority of a target that has one, as in HTTP/2 and in requests to a proxy, in the place of `Host`
/// (RFC 9113, section 8.3.1, and RFC 9112, section 3.2.2).
pub(super) fn settle(parts: &mut request::Parts) {
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
}

fn is_host(host: &HeaderValue) -> bool {
    // A name and a password are no part of a host, and letters outside ASCII are none of a name.
    let authority = |host: &[u8]| Authority::try_from(host).is_ok_and(|host| !host.as_str().contains('@'));
    host.is_empty() || authority(host.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, target: &str, hosts: &[&'static str]) -> Request<()> {
        let mut request = Request::builder().version(version).uri(target).body(()).unwrap();
        for host in hosts {
            request.headers_mut().append(header::HOST, HeaderValue::from_static(host));
        }
        request
    }

    #[test]
    fn only_one_proper_host_is_clear() {
        for host in ["example.org", "example.org:8080", "127.0.0.1", "[::1]:80", ""] {
            assert!(is_clear(&request(Version::HTTP_11, "/", &[host])), "{host:?}");
        }
        for host in ["a b", "a/b", "user@example.org", "\"a\"", "<script>"] {
            assert!(!is_clear(&request(Version::HTTP_11, "/", &[host])), "{host:?}");
        }
        assert!(!is_clear(&request(Version::HTTP_11, "/", &[])));
        assert!(!is_clear(&request(Version::HTTP_11, "/", &["a", "a"])));
        assert!(is_clear(&request(Version::HTTP_10, "/", &[])));
        assert!(is_clear(&request(Version::HTTP_2, "http://a/", &[])));
    }

    #[test]
    fn the_target_has_the_last_word() {
        let settled = |target, hosts| {
            let (mut parts, ()) = request(Version::HTTP_11, target, hosts).into_parts();
            settle(&mut parts);
            parts.headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(settled("http://inside.example/", &["outside.example"]), ["inside.example"]);
        assert_eq!(settled("/", &["outside.example"]), ["outside.example"]);
    }
}
