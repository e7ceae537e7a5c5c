//! Takes lines for Loki from whoever says them: a closed gate, a spent budget or a full queue refuse them at once.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crossbeam_queue::ArrayQueue;
use tokio::sync::Notify;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::account::Account;
use super::budget::Budget;
use super::push::BATCH;
use super::record::Record;
use crate::telemetry::health::DropReason;

/// The most lines that wait: what may come while one push waits for its time-out.
const CAPACITY: usize = 2_048;

/// What sends lines away does not get to send its own.
const SENDERS: [&str; 9] =
    ["h2", "hyper", "hyper_util", "opentelemetry", "opentelemetry_sdk", "reqwest", "rustls", "tonic", "tracing_loki"];

thread_local! {
    /// What this thread says is not sent to Loki.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// What whoever says something and the thread that sends it have in common.
pub(super) struct Shared {
    empty: ArrayQueue<Record>,
    waiting: ArrayQueue<Record>,
    gate: AtomicBool,
    budget: Budget,
    /// Told when there is a whole batch.
    pub(super) batch: Notify,
    pub(super) account: Arc<Account>,
}

/// Takes lines.
pub(in crate::telemetry) struct Tap(pub(super) Arc<Shared>);

impl Shared {
    pub(super) fn new(lines_per_second: u32) -> Arc<Self> {
        let (empty, waiting) = (ArrayQueue::new(CAPACITY), ArrayQueue::new(CAPACITY));
        while empty.push(Record::default()).is_ok() {}
        Arc::new(Self {
            empty,
            waiting,
            gate: AtomicBool::new(true),
            budget: Budget::new(lines_per_second),
            batch: Notify::new(),
            account: Arc::default(),
        })
    }

    /// Lets lines in or not.
    pub(super) fn open_gate(&self, open: bool) {
        self.gate.store(open, Ordering::Relaxed);
    }

    /// How many lines wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Up to a batch of the lines that wait.
    pub(super) fn take(&self, batch: &mut Vec<Record>) {
        batch.extend(std::iter::from_fn(|| self.waiting.pop()).take(BATCH));
    }

    /// Takes back what held lines.
    pub(super) fn recycle(&self, batch: &mut Vec<Record>) {
        for mut record in batch.drain(..) {
            record.clear();
            // There is room: there are only so many records.
            let _ = self.empty.push(record);
        }
    }

    fn offer(&self, event: &Event<'_>) {
        self.account.offered();
        if !self.gate.load(Ordering::Relaxed) {
            return self.account.dropped(DropReason::Unavailable, 1);
        }
        if !self.budget.spend(Instant::now(), || is_important(event.metadata())) {
            return self.account.dropped(DropReason::Budget, 1);
        }
        let Some(mut record) = self.empty.pop() else {
            return self.account.dropped(DropReason::QueueFull, 1);
        };
        record.keep(event);
        // There is room: there are only so many records.
        let _ = self.waiting.push(record);
        if self.waiting.len() >= BATCH {
            self.batch.notify_one();
        }
    }
}

impl<S: Subscriber> Layer<S> for Tap {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !SILENT.get() && !is_sender(event.metadata().target()) {
            self.0.offer(event);
        }
    }
}

/// Keeps what this thread says from Loki: it is the one that sends.
pub(super) fn silence_this_thread() {
    SILENT.set(true);
}

/// Errors, warnings and slow requests.
fn is_important(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::WARN || metadata.fields().field("slow").is_some()
}

fn is_sender(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    SENDERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sends_lines_is_told_by_its_crate() {
        for target in ["hyper_util::client::legacy::pool", "tracing_loki", "h2"] {
            assert!(is_sender(target), "{target}");
        }
        for target in ["sirius::http", "sqlx::query", "h2o"] {
            assert!(!is_sender(target), "{target}");
        }
    }
}
