//! Where a request found the site: the scheme and host that complete addresses begin with.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use poem::Request;
use poem::http::header;
use poem::http::uri::Authority;

use crate::config::{self, PublicUrl};

/// Tells the origin of the site, by the settings or by what requests say.
pub struct Origins {
    public_url: Option<Arc<str>>,
    behind_proxy: bool,
    /// What the last request said: nearly all say the same, and reading it takes longer than choosing a picture.
    last: ArcSwapOption<Said>,
}

/// What a request said, and what that is as an origin; none when it names no host, or not clearly.
struct Said {
    host: Box<str>,
    is_https: bool,
    origin: Option<Arc<str>>,
}

impl Origins {
    /// By `server.public_url` where there is one.
    #[must_use]
    pub fn new(server: &config::Server) -> Self {
        Self {
            public_url: server.public_url.as_ref().map(|url| url.as_str().into()),
            behind_proxy: server.trusted_proxies > 0,
            last: ArcSwapOption::empty(),
        }
    }

    /// The scheme and host at which this request found the site; none when it does not say, or not clearly.
    pub fn of(&self, request: &Request) -> Option<Arc<str>> {
        if let Some(url) = &self.public_url {
            return Some(Arc::clone(url));
        }
        let host = request.uri().authority().map(Authority::as_str).or_else(|| request.header(header::HOST))?;
        // Only a proxy knows this, and without one anybody could say it.
        let forwarded = request.header("x-forwarded-proto").filter(|_| self.behind_proxy);
        let is_https = forwarded.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        if let Some(said) = &*self.last.load()
            && said.is_https == is_https
            && *said.host == *host
        {
            return said.origin.clone();
        }
        let scheme = if is_https { "https" } else { "http" };
        let origin: Option<Arc<str>> = PublicUrl::parse(&format!("{scheme}://{host}")).map(|url| url.as_str().into());
        self.last.store(Some(Arc::new(Said { host: host.into(), is_https, origin: origin.clone() })));
        origin
    }
}

#[cfg(test)]
mod tests {
    use poem::http::Uri;

    use super::*;

    fn origins(trusted_proxies: u8) -> Origins {
        Origins { public_url: None, behind_proxy: trusted_proxies > 0, last: ArcSwapOption::empty() }
    }

    fn told(origins: &Origins, host: &str, scheme: &str) -> Option<String> {
        let request = Request::builder().header(header::HOST, host).header("x-forwarded-proto", scheme).finish();
        origins.of(&request).map(|origin| origin.to_string())
    }

    #[test]
    fn each_request_is_told_by_what_it_says_itself() {
        let origins = origins(1);
        for _ in 0..2 {
            assert_eq!(told(&origins, "one.example", "https").as_deref(), Some("https://one.example"));
            assert_eq!(told(&origins, "one.example", "https").as_deref(), Some("https://one.example"));
            assert_eq!(told(&origins, "one.example", "http").as_deref(), Some("http://one.example"));
            assert_eq!(told(&origins, "two.example", "http").as_deref(), Some("http://two.example"));
            assert_eq!(told(&origins, "two.example/path", "http"), None);
        }
    }

    #[test]
    fn what_anybody_could_say_is_not_believed_without_a_proxy() {
        assert_eq!(told(&origins(0), "one.example", "https").as_deref(), Some("http://one.example"));
    }

    #[test]
    fn http_2_says_it_in_the_address() {
        let request = Request::builder().uri(Uri::from_static("http://three.example/")).finish();
        assert_eq!(origins(0).of(&request).as_deref(), Some("http://three.example"));
    }
}
