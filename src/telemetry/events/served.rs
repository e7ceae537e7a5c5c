//! The end of a request, as its client sees it: the one wide line that it gets.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, Uri, Version};
use tracing::field::{Value, display};
use tracing::{debug, info, warn};

use crate::config::RequestLines;
use crate::domain::ShownAddress;
use crate::telemetry::catalogue::labels::Status;
use crate::telemetry::context::Context;
use crate::telemetry::log::Policy;
use crate::telemetry::metrics::handles;
use crate::telemetry::recent::{self, Notable};
use crate::telemetry::route::Route;

/// The most bytes of a `User-Agent` that a line shows.
const MAX_AGENT_BYTES: usize = 256;

/// A request was answered; its answer's head is on its way.
pub struct RequestServed<'a> {
    /// `public` or `admin`.
    pub port: &'static str,
    /// As the client sent it.
    pub method: &'a Method,
    /// As the client sent it. Of its query, only what is known is logged.
    pub uri: &'a Uri,
    /// The parameters whose values may be logged.
    pub parameters: &'a [Box<str>],
    /// That the client spoke.
    pub version: Version,
    /// Whoever asked, as far as it can be told.
    pub client: IpAddr,
    /// What the client says it is.
    pub user_agent: Option<&'a HeaderValue>,
    /// The length of the request's body, where it is known.
    pub request_bytes: Option<u64>,
    /// The length of the answer's body, where it is known.
    pub response_bytes: Option<u64>,
    /// Of the answer.
    pub status: u16,
    /// Until the answer's head.
    pub elapsed: Duration,
}

/// How much is made of a line.
enum Weight {
    Failed,
    Slow,
    Ordinary,
    Probe,
}

impl RequestServed<'_> {
    /// Logs and measures it, with what the request's [`Context`] knows.
    pub fn emit(self) {
        let context = Context::current();
        let route = context.map_or(Route::UNMATCHED, |context| context.route());
        if let Some(metrics) = handles() {
            metrics.request_duration.at((self.method.into(), route, Status(self.status))).record(self.elapsed);
        }
        let policy = Policy::of_process();
        let weight = self.weight(route, policy.slow_after);
        if matches!(weight, Weight::Failed | Weight::Slow) {
            self.remember(route, context);
        }
        let wanted = match policy.lines {
            RequestLines::All => true,
            RequestLines::Notable => matches!(weight, Weight::Failed | Weight::Slow),
            RequestLines::None => false,
        };
        if wanted {
            self.log(&weight, &policy, context);
        }
    }

    fn remember(&self, route: Route, context: Option<Context>) {
        recent::remember(Notable {
            at: SystemTime::now(),
            method: self.method.into(),
            route,
            status: self.status,
            elapsed: self.elapsed,
            trace_id: context.map(|context| context.trace_id()),
            exported: context.is_some_and(|context| context.is_exported()),
        });
    }

    fn weight(&self, route: Route, slow_after: Duration) -> Weight {
        if self.status >= 500 {
            Weight::Failed
        } else if self.elapsed >= slow_after {
            Weight::Slow
        } else if self.method.is_safe() && (self.port == "admin" || route.template() == "/healthz") {
            Weight::Probe
        } else {
            Weight::Ordinary
        }
    }

    fn log(&self, weight: &Weight, policy: &Policy, context: Option<Context>) {
        let (port, status, path) = (self.port, self.status, self.uri.path());
        let (method, protocol) = (self.method.as_str(), protocol(self.version));
        let route = context.map(|context| context.route().template());
        let sampled = context.map(|context| context.is_exported());
        // What was refused may be anything, also in a parameter that is known.
        let understood = !(400..500).contains(&status);
        let query = KnownQuery::of(self.uri, self.parameters).filter(|_| understood).map(display);
        let mut room = ShownAddress::ROOM;
        let client = policy.addresses.of(self.client).map(|shown| shown.write(&mut room));
        let plain = self.user_agent.and_then(plain);
        let lossy = self.user_agent.map(|agent| display(Lossy(agent.as_bytes())));
        // What is plain is taken as it is, which costs a tenth of what it costs to be displayed.
        let user_agent = plain.as_ref().map(|agent| agent as &dyn Value);
        let user_agent = user_agent.or(lossy.as_ref().map(|agent| agent as &dyn Value));
        let duration_ms = milliseconds(self.elapsed);
        let (request_bytes, response_bytes) = (self.request_bytes.filter(|bytes| *bytes > 0), self.response_bytes);
        macro_rules! line {
            ($level:ident, $($slow:ident = true,)? $message:literal) => {
                $level!(
                    target: "sirius::request",
                    $($slow = true,)?
                    port, method, path, route, query, status, duration_ms, request_bytes, response_bytes, client,
                    protocol, user_agent, sampled,
                    $message
                )
            };
        }
        match weight {
            Weight::Failed => line!(warn, "request failed"),
            Weight::Slow => line!(info, slow = true, "request served"),
            Weight::Ordinary => line!(info, "request served"),
            Weight::Probe => line!(debug, "request served"),
        }
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1_000.0
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

/// Of a query, the parameters that are known, as they were sent.
struct KnownQuery<'a> {
    query: &'a str,
    names: &'a [Box<str>],
}

impl<'a> KnownQuery<'a> {
    /// That of an address; none when nothing of it is known.
    fn of(uri: &'a Uri, names: &'a [Box<str>]) -> Option<Self> {
        let known = Self { query: uri.query()?, names };
        known.pairs().next()?;
        Some(known)
    }

    fn pairs(&self) -> impl Iterator<Item = &'a str> {
        let names = self.names;
        self.query.split('&').filter(move |pair| {
            let name = pair.split('=').next().unwrap_or_default();
            names.iter().any(|known| **known == *name)
        })
    }
}

impl fmt::Display for KnownQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.pairs().enumerate() {
            f.write_str(if index > 0 { "&" } else { "" })?;
            f.write_str(pair)?;
        }
        Ok(())
    }
}

/// What a client says it is, if that is short and of visible ASCII.
fn plain(agent: &HeaderValue) -> Option<&str> {
    agent.to_str().ok().filter(|agent| agent.len() <= MAX_AGENT_BYTES)
}

/// Bytes that ought to be text; what is none is shown as `\xff`.
struct Lossy<'a>(&'a [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, rest) = self.0.split_at(self.0.len().min(MAX_AGENT_BYTES));
        for chunk in shown.utf8_chunks() {
            f.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_str(if rest.is_empty() { "" } else { "…" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_of_a_query_is_shown() {
        let names: Vec<Box<str>> = ["tag", "count"].map(Into::into).to_vec();
        let shown = |uri: &str| KnownQuery::of(&uri.parse().unwrap(), &names).map(|query| query.to_string());
        assert_eq!(shown("/a?tag=stars&password=x&tag=moon&count=3").as_deref(), Some("tag=stars&tag=moon&count=3"));
        assert_eq!(shown("/a?tag&t%61g=x&TAG=x&tags=x").as_deref(), Some("tag"));
        for nothing in ["/a", "/a?", "/a?password=tag", "/a?&&="] {
            assert_eq!(shown(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_is_no_text_is_shown_byte_by_byte() {
        assert_eq!(Lossy(b"curl/8 \xff\xc3\xa9\xe2\x82").to_string(), "curl/8 \\xffé\\xe2\\x82");
        assert_eq!(Lossy(&[b'a'; 1_000]).to_string(), format!("{}…", "a".repeat(MAX_AGENT_BYTES)));
    }

    #[test]
    fn durations_are_milliseconds_to_the_microsecond() {
        let shown = milliseconds(Duration::from_nanos(12_345_678));
        assert_eq!(shown.to_string(), "12.345");
        assert!(milliseconds(Duration::MAX) > 4_000_000.0);
    }
}
