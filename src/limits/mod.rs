//! Quotas of clients and their housekeeping. The only place that may name governor.
//!
//! A quota is a token bucket per client address: `burst` requests at once, refilled at `per_second`. Its state is in
//! the memory of this process: two replicas grant twice as much, and a limit on the whole service belongs in the
//! ingress before them.

mod client;
mod quotas;
mod store;

pub use client::{ClientKey, client_address};
pub use quotas::{Class, Quotas, Verdict};
