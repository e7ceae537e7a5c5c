//! `[catalogue]`: the in-memory catalogue.

use std::time::Duration;

use super::declare::settings;
use super::kind::duration;

settings! {
    /// `[catalogue]`
    pub struct Catalogue {
        /// How often the database is asked for changes.
        refresh_interval: Duration = Duration::from_secs(1) =>
            duration(Duration::from_millis(50)..=Duration::from_mins(1));
    }
}
