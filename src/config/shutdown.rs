//! `[shutdown]`: the deadlines of stopping.

use std::time::Duration;

use super::declare::settings;
use super::kind::duration;

const LONGEST: Duration = Duration::from_mins(10);

settings! {
    /// `[shutdown]`
    pub struct Shutdown {
        /// How long to go on serving after becoming unready, so that load balancers notice.
        unready_delay: Duration = Duration::ZERO => duration(Duration::ZERO..=LONGEST);
        /// How long requests under way may take to end.
        drain_timeout: Duration = Duration::from_secs(20) => duration(Duration::ZERO..=LONGEST);
        /// How long visits that were taken may take to be committed.
        flush_timeout: Duration = Duration::from_secs(5) => duration(Duration::ZERO..=LONGEST);
    }
}
