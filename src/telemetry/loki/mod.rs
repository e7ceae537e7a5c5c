//! Lines pushed to Loki by `tracing-loki`, for machines without an agent that collects standard output, which remains the
//! record.
//!
//! The library is made for less than this: it makes a request for every few lines, its channel forgets what it cannot
//! hold, its queues have no bound, its requests no time-out, its pauses grow to ten minutes, and it confirms nothing. So it
//! never sees more than one batch. Lines that pass a gate and a budget wait in a queue of ours (`tap`); a thread of its own
//! tells up to 500 of them to a layer of its own and runs that layer's background task, which has been told to end, to
//! its end (`push`). Such a task makes one request and, whatever comes of it, ends; what came of it is known, and a request that
//! fails or hangs is dropped with its task. The gate is closed while Loki is ill (`supervisor`, `probe`).
//!
//! So every line's end is known (`account`): confirmed, refused with a reason, or unconfirmed, where nobody answered. There
//! is a request twice a second at most, unless there is more than a batch to send, and a new client only after a failure
//! or a pause.
//!
//! A small proxy within the process, to which the library would push and which would push to Loki, would know the same. It would
//! also be an open port, a second queue and a second client.
//!
//! What a task cannot be given is certificates: over TLS, Loki's must lead to one of the public authorities that the
//! library brings along. A line's time in Loki is that of its batch; its own stands in its field `timestamp`.

mod account;
mod budget;
mod probe;
mod push;
mod record;
mod supervisor;
mod tap;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use self::probe::Probe;
use self::push::Pushes;
use self::supervisor::{Stop, Supervisor};
use self::tap::Shared;
use super::health::{self, Signal};
use crate::config;

pub use self::account::{Account, Balance};
pub(super) use self::tap::Tap;

/// What the environment is called among the attributes of a resource, now and before;
/// <https://opentelemetry.io/docs/specs/semconv/resource/deployment-environment/>.
const ENVIRONMENT: [&str; 2] = ["deployment.environment.name", "deployment.environment"];

const X_SCOPE_ORGID: HeaderName = HeaderName::from_static("x-scope-orgid");

/// What sends lines to Loki, until it is stopped.
pub struct Loki {
    shared: Arc<Shared>,
    stop: Arc<Stop>,
    /// Ends when the thread does.
    ended: Receiver<()>,
}

/// Lines cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum LokiError {
    /// The settings allow only what can be sent, so this is a mistake of Sirius.
    #[error("{0}")]
    Header(#[from] header::InvalidHeaderValue),
    /// The library does not take a label or a header.
    #[error("{0}")]
    Builder(#[from] tracing_loki::Error),
    /// There can be no HTTP client.
    #[error("{0}")]
    Client(#[from] reqwest::Error),
    /// The system gives no thread.
    #[error("{0}")]
    Thread(#[from] io::Error),
}

impl Loki {
    /// Starts to send lines, if `loki.url` is set.
    ///
    /// # Errors
    /// When it cannot be tried. Whether Loki is there is found out later, and no error.
    pub(super) fn start(settings: &config::Loki, traces: &config::Traces) -> Result<Option<(Self, Tap)>, LokiError> {
        let Some(url) = settings.base() else { return Ok(None) };
        let headers = headers(settings)?;
        let mut builder = tracing_loki::builder().label("service_name", &traces.service_name)?;
        if let Some(environment) = environment(settings, traces) {
            builder = builder.label("deployment_environment", environment)?;
        }
        for (name, value) in &headers {
            // They were made of text above.
            builder = builder.http_header(name, value.to_str().unwrap_or_default())?;
        }
        let probe = Probe::new(&url, headers)?;
        let shared = Shared::new(settings.lines_per_second);
        let waiting = Arc::clone(&shared);
        health::queue(Signal::Loki, move || waiting.waiting());

        let (stop, theirs, timeout) = (Arc::<Stop>::default(), Arc::clone(&shared), settings.timeout);
        let their_stop = Arc::clone(&stop);
        let (ending, ended) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("loki".to_owned()).spawn(move || {
            let _ending: mpsc::Sender<()> = ending;
            tap::silence_this_thread();
            runtime.block_on(async move {
                let connection = (Pushes::new(builder, url), probe);
                Supervisor::new(theirs, connection, timeout, their_stop).run().await;
            });
            // Names may still be looked up; nobody waits for that.
            runtime.shutdown_background();
        })?;
        let tap = Tap(Arc::clone(&shared));
        Ok(Some((Self { shared, stop, ended }, tap)))
    }

    /// Where the lines have gone.
    #[must_use]
    pub fn account(&self) -> Arc<Account> {
        Arc::clone(&self.shared.account)
    }

    /// Has it send what still waits and end, within `deadline`.
    pub(super) fn stop(self, deadline: Duration) -> Stopping {
        self.stop.within(deadline);
        // A little more than the thread gives itself.
        Stopping { ended: self.ended, until: Instant::now() + deadline + Duration::from_millis(100) }
    }
}

/// One that has been told to stop.
#[must_use = "it is waited for"]
pub(super) struct Stopping {
    ended: Receiver<()>,
    until: Instant,
}

impl Stopping {
    /// Waits until it has ended or its deadline is over. Blocks.
    pub(super) fn wait(self) {
        // What it has not sent by then, it has counted or is about to.
        let _ = self.ended.recv_timeout(self.until.saturating_duration_since(Instant::now()));
    }
}

/// That of the settings, or the one that traces have.
fn environment<'a>(settings: &'a config::Loki, traces: &'a config::Traces) -> Option<&'a str> {
    let attributes = || traces.resource_attributes.as_ref().into_iter().flat_map(config::Attributes::iter);
    let of_traces = || attributes().find(|(name, _)| ENVIRONMENT.contains(name)).map(|(_, value)| value);
    settings.deployment_environment.as_deref().or_else(of_traces)
}

fn headers(settings: &config::Loki) -> Result<HeaderMap, LokiError> {
    let mut headers = HeaderMap::new();
    if let Some(tenant) = &settings.tenant {
        headers.insert(X_SCOPE_ORGID, HeaderValue::from_str(tenant)?);
    }
    let password = || settings.password.as_ref().map_or("", |password| password.expose());
    let authorization = match (&settings.token, &settings.username) {
        (Some(token), _) => Some(format!("Bearer {}", token.expose())),
        (None, Some(name)) => Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{}", password())))),
        (None, None) => None,
    };
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(&authorization)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
