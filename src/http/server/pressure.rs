//! The call for help of whatever becomes tight: see `crowd`, which answers it.

use std::time::Duration;

use tokio::sync::Notify;

use super::burst::Burst;

/// How often clients are looked for that take nothing: each time, all are looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// Told when room becomes scarce that slow clients may be taking.
pub(super) struct Pressure {
    felt: Notify,
    calls: Burst,
}

impl Default for Pressure {
    fn default() -> Self {
        Self { felt: Notify::new(), calls: Burst::every(INTERVAL) }
    }
}

impl Pressure {
    /// Calls for help, unless that has just been done: those who are under pressure have no time to wake others for nothing.
    pub(super) fn press(&self) {
        if self.calls.note().is_some() {
            self.felt.notify_one();
        }
    }

    /// Waits for a call.
    pub(super) async fn felt(&self) {
        self.felt.notified().await;
    }
}
