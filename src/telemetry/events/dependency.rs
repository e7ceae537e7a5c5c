//! What Sirius depends on: going away and coming back.

use tracing::{info, warn};

/// Something that Sirius depends on went away or came back.
pub struct DependencyChanged<'a> {
    /// `database` or `bytes`.
    pub name: &'static str,
    /// Why it is away, or nothing when it is back.
    pub fault: Option<&'a str>,
}

impl DependencyChanged<'_> {
    /// Logs it.
    pub fn emit(self) {
        if let Some(fault) = self.fault {
            warn!(dependency = self.name, fault, "a dependency is down");
        } else {
            info!(dependency = self.name, "a dependency is back");
        }
    }
}
