//! `[faults]`: breaking things on purpose.

use super::declare::settings;
use super::kind::switch;

settings! {
    /// `[faults]`
    pub struct Faults {
        /// Whether `/faults` on the admin port breaks things on purpose, for drills; needs `admin.token`.
        enabled: bool = false => switch();
    }
}
