//! The thread that looks after telemetry once a second: a changed filter's time is over, something was lost.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::health::Minutes;
use super::log::LogFilter;

const INTERVAL: Duration = Duration::from_secs(1);

/// The thread, until it is stopped.
pub(super) struct Upkeep {
    /// Dropped to end it.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Upkeep {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(filter: LogFilter) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("telemetry".to_owned()).spawn(move || {
            let mut minutes = Minutes::default();
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                filter.expire();
                minutes.look(Instant::now());
            }
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it.
    pub(super) fn stop(self) {
        drop(self.stop);
        // It looks after others; if it panicked, that was said on standard error.
        let _ = self.thread.join();
    }
}
