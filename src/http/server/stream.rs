//! The streams of an HTTP/2 connection: each a task of its own, cut when its client takes nothing of the response.
//!
//! The socket does not show that: other streams, or pings, may keep it moving.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::{Instant, timeout};

use super::facts::{Facts, Underway};
use super::gauge::{Gauge, PATIENCE};
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
    /// The room that streams take.
    room: [Arc<Gauge>; 2],
}

impl Streams {
    pub(super) fn new(facts: Arc<Facts>, stall_timeout: Duration, room: [Arc<Gauge>; 2]) -> Self {
        Self { facts, stall_timeout, room }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let watched = watch(stream, self.facts.underway(), self.stall_timeout, self.room.clone());
        tokio::spawn(PROGRESS.scope(Cell::new(0), watched));
    }
}

/// Notes that the stream of this task has given the head or a piece of its response to hyper.
pub(super) fn note_progress() {
    // Outside such a task, as in a test of a body, nobody is watching.
    let _ = PROGRESS.try_with(|progress| progress.set(progress.get() + 1));
}

/// Runs a stream until it ends, or until it has given nothing for `limit`, or for [`PATIENCE`] where room is scarce.
/// Before its head the deadlines of the request hold. A stream that is dropped is reset.
async fn watch(stream: impl Future<Output = ()>, _underway: Underway, limit: Duration, room: [Arc<Gauge>; 2]) {
    let mut stream = pin!(stream);
    let (mut seen, mut moved) = (0, Instant::now());
    while timeout(limit.min(PATIENCE), &mut stream).await.is_err() {
        let progress = PROGRESS.with(Cell::get);
        if progress == 0 || progress != seen {
            (seen, moved) = (progress, Instant::now());
        } else if moved.elapsed() >= limit || room.iter().any(|room| room.is_tight()) {
            ResponseCutOff::NotTaken.emit();
            return;
        }
    }
}
