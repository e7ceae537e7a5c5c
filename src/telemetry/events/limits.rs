//! Quotas of clients.

use crate::telemetry::catalogue::values::Policy;
use crate::telemetry::metrics::{handles, to_f64};

/// A request was refused, because its client's quota is used up.
pub struct RequestLimited {
    /// Which quota.
    pub policy: Policy,
}

impl RequestLimited {
    /// Counts it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.rate_limited.at((self.policy,)).increment(1);
        }
    }
}

/// How many clients are told apart, when somebody looks.
pub struct ClientsObserved {
    /// By which quota.
    pub policy: Policy,
    /// How many.
    pub clients: usize,
}

impl ClientsObserved {
    /// Measures it.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.rate_limit_keys.at((self.policy,)).set(to_f64(self.clients as u64));
        }
    }
}
