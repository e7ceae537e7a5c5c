//! Telemetry itself: what it lost, and how it is set.

use std::time::Duration;

use tracing::{info, warn};

use crate::telemetry::log::ALWAYS;

/// What is logged was changed at run time, or returned to what is configured.
pub struct LogFilterChanged<'a> {
    /// Before.
    pub from: &'a str,
    /// From now on.
    pub to: &'a str,
    /// For how long; nothing when it is as configured again.
    pub expires_in: Option<Duration>,
}

impl LogFilterChanged<'_> {
    /// Logs it, whatever the filter says.
    pub fn emit(self) {
        let Self { from, to, expires_in } = self;
        if let Some(expires_in) = expires_in {
            let expires_in_seconds = expires_in.as_secs();
            warn!(target: ALWAYS, from, to, expires_in_seconds, "what is logged was changed for a while");
        } else {
            info!(target: ALWAYS, from, to, "what is logged is as configured again");
        }
    }
}

/// Records that Sirius made of itself were lost since this was last said.
pub struct TelemetryLost<'a> {
    /// How many, by where they were to go and why, such as `loki unavailable: 12, logs queue_full: 3`.
    pub records: &'a str,
}

impl TelemetryLost<'_> {
    /// Logs it.
    pub fn emit(self) {
        warn!(records = self.records, "log lines or traces were lost; requests were not affected");
    }
}

/// Loki stopped taking log lines, or takes them again.
pub struct LokiChanged<'a> {
    /// Why it does not, or nothing when it does.
    pub fault: Option<&'a str>,
}

impl LokiChanged<'_> {
    /// Logs it.
    pub fn emit(self) {
        if let Some(fault) = self.fault {
            warn!(fault, "Loki takes no log lines; they are still on standard output");
        } else {
            info!("Loki takes log lines again");
        }
    }
}
