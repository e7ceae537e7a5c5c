//! What Sirius says of itself: each thing that happens is one event struct in `events`, which says all that is logged and
//! measured of it.
//!
//! Imports only `domain` and `config`; every other module may call it.

pub mod catalogue;
pub mod context;
pub mod events;
pub mod health;
pub mod log;
pub mod loki;
pub mod loss;
pub mod metrics;
pub mod recent;
pub mod route;
mod subscriber;
pub mod traces;
mod upkeep;

use std::io;
use std::time::{Duration, Instant};

use tracing_subscriber::util::TryInitError;

use self::log::{Log, LogFilter, Policy};
use self::loki::{Loki, LokiError};
use self::subscriber::Listener;
use self::traces::Traces;
use self::upkeep::Upkeep;
use crate::config::Config;

/// What standard output gets for the last lines in any case: whoever reads takes them at once, and whoever does not is
/// not waited for longer.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The telemetry of a running server, from before anything happens until everything is said.
#[must_use = "it ends when it is stopped"]
pub struct Telemetry {
    traces: Option<Traces>,
    log: Log,
    loki: Option<Loki>,
    upkeep: Upkeep,
}

/// Telemetry that cannot be started; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none. The configuration allows only what is one, so this is a mistake of Sirius.
    #[error("log.filter is not a filter: {0}")]
    Filter(#[from] log::NoFilter),
    /// The system gives neither a thread nor a descriptor.
    #[error("cannot log to standard output: {0}; this process may need to be allowed more threads or files")]
    Output(#[from] io::Error),
    /// Nothing can be sent to Loki.
    #[error("cannot send log lines to Loki: {0}")]
    Loki(#[from] LokiError),
    /// Where spans are to go cannot be used.
    #[error(transparent)]
    Traces(#[from] traces::ExportError),
    /// Something in this process logs already.
    #[error("the log was set up before: {0}")]
    Taken(#[from] TryInitError),
}

/// What could not be said before the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsaid {
    /// Log lines that standard output did not take.
    pub lines: usize,
    /// Spans that their endpoint did not take.
    pub spans: u64,
}

impl Telemetry {
    /// Starts all of it. For `serve` only, once a process: the other commands answer on standard output.
    ///
    /// # Errors
    /// When something in this process has started it before.
    pub fn start(config: &Config) -> Result<Self, TelemetryError> {
        // All that speaks TLS here shares one provider. It fails when there is one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let filter = LogFilter::of_process();
        filter.configure(&config.log.filter)?;
        if config.metrics.enabled {
            metrics::start();
        }
        Policy::of(&config.log, config.traces.slow_after).set();
        let (log, lines) = Log::start(config.log.format)?;
        let (loki, tap) = Loki::start(&config.loki, &config.traces)?.unzip();
        let traces = Traces::start(config)?;
        let mut listeners: Vec<Listener> = vec![Box::new(lines)];
        listeners.extend(tap.map(|tap| Box::new(tap) as Listener));
        listeners.extend(traces.iter().map(Traces::layer));
        let spans = if traces.is_some() { traces::is_wanted } else { subscriber::nothing };
        subscriber::install(filter.clone(), spans, listeners)?;
        let upkeep = Upkeep::start(filter.clone())?;
        Ok(Self { traces, log, loki, upkeep })
    }

    /// Says what is still to be said, traces first, then logs, and ends; gives up after `deadline`.
    ///
    /// Blocks: not for async threads.
    ///
    /// # Errors
    /// With what could not be said.
    pub fn stop(self, deadline: Duration) -> Result<(), Unsaid> {
        let begun = Instant::now();
        let left = || deadline.saturating_sub(begun.elapsed());
        self.upkeep.stop();
        // Beside the traces: whichever of them hangs takes no time from the other.
        let loki = self.loki.map(|loki| loki.stop(left()));
        let spans = self.traces.map_or(0, |traces| traces.stop(left()));
        if let Some(loki) = loki {
            loki.wait();
        }
        match self.log.stop(left().max(LAST_WORDS)) {
            0 if spans == 0 => Ok(()),
            lines => Err(Unsaid { lines, spans }),
        }
    }
}
