//! `[metrics]`: whether anything is measured.

use super::declare::settings;
use super::kind::switch;

settings! {
    /// `[metrics]`
    pub struct Metrics {
        /// Whether metrics are recorded and shown at `/metrics` on the admin port.
        enabled: bool = true => switch();
    }
}
