//! The streams of an HTTP/2 connection: each a task of its own, cut when its client takes nothing of the response.
//!
//! The socket does not show that: other streams, or pings, may keep it moving.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::timeout;

use super::facts::{Facts, Underway};
use crate::telemetry::events::ResponseCutOff;

tokio::task_local! {
    /// How many pieces of its response the stream of this task has given to hyper.
    static PROGRESS: Cell<u64>;
}

/// Runs the streams of one connection.
#[derive(Clone)]
pub(super) struct Streams {
    facts: Arc<Facts>,
    stall_timeout: Duration,
}

impl Streams {
    pub(super) fn new(facts: Arc<Facts>, stall_timeout: Duration) -> Self {
        Self { facts, stall_timeout }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let watched = watch(stream, self.facts.underway(), self.stall_timeout);
        tokio::spawn(PROGRESS.scope(Cell::new(0), watched));
    }
}

/// Notes that the stream of this task has given a piece of its response to hyper.
pub(super) fn note_progress() {
    // Outside such a task, as in a test of a body, nobody is watching.
    let _ = PROGRESS.try_with(|progress| progress.set(progress.get() + 1));
}

/// Runs a stream until it ends, or until it has given nothing for at least `limit` and at most twice that. Before its
/// first piece the deadlines of the request hold. A stream that is dropped is reset.
async fn watch(stream: impl Future<Output = ()>, _underway: Underway, limit: Duration) {
    let mut stream = pin!(stream);
    let mut seen = 0;
    while timeout(limit, &mut stream).await.is_err() {
        let progress = PROGRESS.with(Cell::get);
        if progress > 0 && progress == seen {
            ResponseCutOff::NotTaken.emit();
            return;
        }
        seen = progress;
    }
}
