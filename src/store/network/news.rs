//! Hearing of changes from the server itself, where it tells of them, instead of asking for them again and again.
//!
//! Nothing depends on it: whoever hears still asks, as often as the settings say. So a connection that broke is made again
//! with back-off, and what was told meanwhile is made up for by asking once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::Network;
use super::pool::Door;
use crate::telemetry::events::NewsFollowing;

/// How long to wait before a connection is made again: at first, and at most.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A connection for listening.
pub(super) struct Ear<N: Network> {
    door: Door<N>,
    is_open: AtomicBool,
}

impl<N: Network> Ear<N> {
    /// One that is not open yet.
    pub(super) fn new(door: Door<N>) -> Self {
        Self { door, is_open: AtomicBool::new(false) }
    }

    /// Whether it has a connection.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Listens until this is dropped.
    pub(super) async fn listen(&self, heard: &(dyn Fn() + Send + Sync)) {
        let _closed = Closed(&self.is_open);
        let mut pause = PAUSE;
        let mut ok = true;
        loop {
            let told = || {
                if !self.is_open.swap(true, Ordering::Relaxed) && !ok {
                    NewsFollowing::Again::<sqlx::Error>.emit();
                }
                heard();
            };
            // No connection gets older than the others: a server, a password or a wire may have changed unnoticed.
            let ended = timeout(self.door.max_lifetime(), self.hear(&told)).await;
            let was_open = self.is_open.swap(false, Ordering::Relaxed);
            let Ok(Err(error)) = ended else { continue };
            if was_open {
                (pause, ok) = (PAUSE, true);
            }
            NewsFollowing::Failed { error, first: ok }.emit();
            ok = false;
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn hear(&self, told: &(dyn Fn() + Send + Sync)) -> Result<(), sqlx::Error> {
        N::hear(self.door.options().await?, self.door.connect_timeout(), told).await
    }
}

/// Whoever stops listening has no connection any more.
struct Closed<'a>(&'a AtomicBool);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
