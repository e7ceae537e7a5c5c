//! Where spans wait to be sent: so many, and no more.

use std::sync::mpsc as std_mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::worker::lost;
use crate::telemetry::health::{self, DropReason, Signal};

/// The end of the queue that requests see. They never wait for it.
#[derive(Debug)]
pub(in crate::telemetry::traces) struct Queue {
    spans: mpsc::Sender<SpanData>,
    stop: watch::Sender<Option<Instant>>,
    ended: Mutex<std_mpsc::Receiver<()>>,
}

/// The end that the sending thread sees.
pub(super) struct Arrivals {
    pub(super) spans: mpsc::Receiver<SpanData>,
    /// When to have ended, once that is known.
    pub(super) stop: watch::Receiver<Option<Instant>>,
    /// Dropped when everything has ended.
    pub(super) ended: std_mpsc::Sender<()>,
}

impl Queue {
    /// One for so many spans.
    pub(super) fn new(size: usize) -> (Self, Arrivals) {
        let (spans, arriving) = mpsc::channel(size);
        let (stop, stopping) = watch::channel(None);
        let (ending, ended) = std_mpsc::channel();
        let seen = spans.downgrade();
        health::queue(Signal::Traces, move || {
            seen.upgrade().map_or(0, |spans| spans.max_capacity() - spans.capacity())
        });
        (Self { spans, stop, ended: Mutex::new(ended) }, Arrivals { spans: arriving, stop: stopping, ended: ending })
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        match self.spans.try_send(span) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => lost(DropReason::QueueFull, 1),
            Err(mpsc::error::TrySendError::Closed(_)) => lost(DropReason::Stopped, 1),
        }
    }

    /// Batches go when they are full or old enough; nobody asks for more.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        // Nobody listens when the thread has ended already.
        let _ = self.stop.send(Some(Instant::now() + timeout));
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // It ends when its last batch has: a little late is better than a wrong count.
        match ended.recv_timeout(timeout + GRACE) {
            Err(std_mpsc::RecvTimeoutError::Timeout) => Err(OTelSdkError::Timeout(timeout)),
            Ok(()) | Err(std_mpsc::RecvTimeoutError::Disconnected) => Ok(()),
        }
    }
}

/// How long the thread may take to count what it drops at the deadline.
const GRACE: Duration = Duration::from_millis(100);
