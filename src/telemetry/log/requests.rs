//! Which requests get a line of their own, and how much it shows of the client.

use std::sync::OnceLock;
use std::time::Duration;

use crate::config::{Log, RequestLines};
use crate::domain::AddressDetail;

/// What is said of requests, for the life of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Which requests get a line.
    pub lines: RequestLines,
    /// What it shows of a client's address.
    pub addresses: AddressDetail,
    /// How long a request takes to count as slow.
    pub slow_after: Duration,
}

static POLICY: OnceLock<Policy> = OnceLock::new();

impl Policy {
    /// That of the process; until it is set, what the settings are when nobody sets them.
    pub(in crate::telemetry) fn of_process() -> Self {
        POLICY.get().copied().unwrap_or_else(|| Self::of(&Log::default(), Duration::from_secs(1)))
    }

    /// Makes this that of the process. The first one stays.
    pub(in crate::telemetry) fn set(self) {
        let _ = POLICY.set(self);
    }

    pub(in crate::telemetry) fn of(log: &Log, slow_after: Duration) -> Self {
        Self { lines: log.requests, addresses: log.client_addresses, slow_after }
    }
}
