//! Looking whether linked pictures are still where their links lead.
//!
//! This is the only place that goes out to the addresses of images, and only by the operator's hand. A catalogue may
//! have been filled from a stranger's manifest, so that no address in it may make Sirius knock on doors of the network
//! it runs in: private addresses are not asked, whether an address names them, its host resolves to them, or a
//! redirect leads there. No proxy is used, since that would resolve names itself.

mod public;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RANGE};
use reqwest::{Client, Method, StatusCode, Url, redirect};

use self::public::is_public;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Asks addresses whether they have a picture. Never reads one.
pub struct Checker {
    client: Client,
    may_ask: MayAsk,
}

/// Which addresses may be asked.
type MayAsk = fn(IpAddr) -> bool;

/// Whether addresses of private networks may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Private {
    /// They may not, which is right for links from strangers.
    Refused,
    /// They may: the pictures are in the operator's own network.
    Allowed,
}

/// What an address has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A picture.
    Picture,
    /// A picture, at another address now.
    Moved {
        /// Where the redirects end.
        to: String,
    },
    /// Something that says it is no picture.
    NotAPicture {
        /// Its media type; empty if it has none.
        media_type: String,
    },
    /// Nothing: the server's answer is an error.
    Failed {
        /// Its status.
        status: u16,
    },
    /// It leads into a private network and was not asked.
    Private,
    /// It has not answered.
    Unreachable {
        /// Why, in one sentence.
        reason: String,
    },
}

impl Finding {
    /// Whether whoever follows the link sees a picture.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        matches!(self, Self::Picture | Self::Moved { .. })
    }
}

/// The network layer cannot be set up, which is a fault of the system.
#[derive(Debug, thiserror::Error)]
#[error("cannot ask other servers: {0}")]
pub struct CheckerError(#[from] reqwest::Error);

/// An address that is not asked.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it leads into a private network")]
struct IsPrivate;

impl Checker {
    /// Gives each request `timeout`, redirects included.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(private: Private, timeout: Duration) -> Result<Self, CheckerError> {
        Self::that_asks(if private == Private::Refused { is_public } else { |_| true }, timeout)
    }

    fn that_asks(may_ask: MayAsk, timeout: Duration) -> Result<Self, CheckerError> {
        // It fails when there is a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .timeout(timeout)
            .user_agent(concat!("sirius/", env!("CARGO_PKG_VERSION"), " (check-links)"))
            .redirect(redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > MAX_REDIRECTS {
                    attempt.stop()
                } else if names_other(attempt.url(), may_ask) {
                    attempt.error(IsPrivate)
                } else {
                    attempt.follow()
                }
            }))
            .dns_resolver(Arc::new(Resolver(may_ask)));
        Ok(Self { client: client.build()?, may_ask })
    }

    /// Asks one address.
    pub async fn check(&self, address: &str) -> Finding {
        let url = match Url::parse(address) {
            Ok(url) => url,
            Err(error) => return Finding::Unreachable { reason: error.to_string() },
        };
        if names_other(&url, self.may_ask) {
            return Finding::Private;
        }
        match self.ask(Method::HEAD, &url).await {
            // Some servers know GET only, and say so in many ways; one byte is asked for, and not even that is read.
            Finding::Failed { status } if !matches!(status, 404 | 410) => self.ask(Method::GET, &url).await,
            finding => finding,
        }
    }

    async fn ask(&self, method: Method, url: &Url) -> Finding {
        let request = self.client.request(method, url.clone()).header(ACCEPT, "image/*").header(RANGE, "bytes=0-0");
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return of_error(&error),
        };
        let status = response.status();
        // An empty or odd file cannot give the byte that was asked for, and is there all the same.
        if !status.is_success() && status != StatusCode::RANGE_NOT_SATISFIABLE {
            return Finding::Failed { status: status.as_u16() };
        }
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media_type.to_ascii_lowercase().starts_with("image/") {
            return Finding::NotAPicture { media_type: media_type.chars().take(80).collect() };
        }
        if response.url() == url { Finding::Picture } else { Finding::Moved { to: response.url().to_string() } }
    }
}

/// Resolves names to addresses that may be asked only.
struct Resolver(MayAsk);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self(may_ask) = *self;
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let asked: Vec<SocketAddr> = addresses.into_iter().filter(|address| may_ask(address.ip())).collect();
            if asked.is_empty() {
                return Err(IsPrivate.into());
            }
            Ok(Box::new(asked.into_iter()) as Addrs)
        })
    }
}

/// Whether an address itself, without a name that would be resolved, names one that may not be asked.
fn names_other(url: &Url, may_ask: MayAsk) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => !may_ask(ip.into()),
        Some(url::Host::Ipv6(ip)) => !may_ask(ip.into()),
        Some(url::Host::Domain(_)) | None => false,
    }
}

fn of_error(error: &reqwest::Error) -> Finding {
    let mut cause: &(dyn Error + 'static) = error;
    loop {
        if cause.is::<IsPrivate>() {
            return Finding::Private;
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    let reason = if error.is_timeout() { "it did not answer in time".to_owned() } else { cause.to_string() };
    Finding::Unreachable { reason }
}

#[cfg(test)]
mod tests;
