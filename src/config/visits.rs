//! `[visits]`: counting visits.

use std::time::Duration;

use super::declare::settings;
use super::kind::{count, duration};

const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_mins(1);

settings! {
    /// `[visits]`
    pub struct Visits {
        /// The most visits that wait to be committed; further ones are answered 503.
        max_waiting: usize = 10_000 => count(1..=1_000_000);
        /// How long a visit may wait for its commit before it is answered 503.
        timeout: Duration = Duration::from_secs(5) => duration(SHORTEST..=LONGEST);
        /// How long the page waits for its number before it says that it is unavailable.
        page_timeout: Duration = Duration::from_secs(1) => duration(SHORTEST..=LONGEST);
    }
}
