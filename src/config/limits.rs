//! `[limits]`: what one client may ask for.

use super::declare::{Nested, settings};
use super::kind::{count, switch};

settings! {
    /// `[limits]`
    pub struct Limits {
        /// Whether clients are limited at all; `false` where something in front of Sirius does it.
        enabled: bool = true => switch();
        /// The most clients that are told apart at a time.
        max_clients: usize = 100_000 => count(1..=10_000_000);
        /// What one client may read: everything that counts no visit.
        reads: Rate = Rate { per_second: 50, burst: 200 } => Nested;
        /// What one client may count: visits.
        visits: Rate = Rate { per_second: 5, burst: 50 } => Nested;
    }
}

settings! {
    /// A quota of one client address.
    #[derive(Copy, Eq)]
    pub struct Rate {
        /// The steady rate, in requests.
        per_second: u32 => count(1..=1_000_000);
        /// How many requests may come at once.
        burst: u32 => count(1..=1_000_000);
    }
}
