//! One batch of lines on its way to Loki by `tracing-loki`.
//!
//! The lines are told to the library's layer, and its background task, which has been told to end before anything else, is
//! run to its end. A task that is already told to end makes one request of all that it has, and ends whether that
//! succeeds or fails. So there is one request a batch, nothing is tried again behind our back, and nothing is left in queues
//! that nobody sees. What the task thinks of its request it only says in a log event of its own, which is listened to here.
//!
//! After a request that succeeded the task has nothing left, and can be run again with the next batch; its client, whose
//! making reads and parses all of the system's authorities, is kept with it. One that failed would try its lines again,
//! and is dropped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_loki::{BackgroundTask, Builder, Layer};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Layered, SubscriberExt};
use url::Url;

use super::record::Record;
use crate::telemetry::health::Signal;
use crate::telemetry::loss;

/// The most lines of a batch: the layer's channel takes 512 entries and says nothing of those that it does not take; one is
/// needed to tell the task to end.
pub const BATCH: usize = 500;

/// A connection that was used longer ago is not used again: Loki, or what is in front of it, may be about to close it, and of
/// lines that are on their way then nobody can say whether they have arrived.
const KEPT: Duration = Duration::from_secs(10);

/// Sends batches.
pub struct Pushes {
    builder: Builder,
    url: Url,
    /// What has sent the last batch, if that has arrived.
    kept: Option<Sender>,
    failure: Arc<Mutex<Option<String>>>,
    listener: Dispatch,
}

/// The two halves of the library. Together, because a task whose layer is gone asks for more lines without a pause.
struct Sender {
    layer: Layered<Layer, Registry>,
    task: BackgroundTask,
    used: Instant,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Loki has taken the lines.
    Delivered,
    /// Loki has answered that it does not take them.
    Refused(String),
    /// Nobody answered: Loki may have taken them or not.
    Unanswered(String),
}

impl Pushes {
    /// Sends to the Loki below `url` with what `builder` says.
    pub fn new(builder: Builder, url: Url) -> Self {
        let failure = Arc::default();
        let listener = Dispatch::new(Listener(Arc::clone(&failure)));
        Self { builder, url, kept: None, failure, listener }
    }

    /// Sends up to [`BATCH`] lines.
    pub async fn push(&mut self, records: &[Record], timeout: Duration) -> Outcome {
        if loss::is_lost(Signal::Loki) {
            return Outcome::Unanswered(loss::REASON.to_owned());
        }
        let mut sender = match self.sender().await {
            Ok(sender) => sender,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        for record in records {
            record.tell(&sender.layer);
        }
        self.failure().take();
        // Unconstrained, so that it takes all lines before it makes its request.
        let task = tokio::task::unconstrained(&mut sender.task).with_subscriber(self.listener.clone());
        if tokio::time::timeout(timeout, task).await.is_err() {
            return Outcome::Unanswered(format!("no answer within {timeout:?}"));
        }
        let failure = self.failure().take();
        match failure {
            None => {
                self.kept = Some(Sender { used: Instant::now(), ..sender });
                Outcome::Delivered
            }
            // The library's words for a response that is an error.
            Some(failure) if failure.contains("HTTP status") => Outcome::Refused(failure),
            Some(failure) => Outcome::Unanswered(failure),
        }
    }

    /// The one that was kept, or a new one.
    async fn sender(&mut self) -> Result<Sender, tracing_loki::Error> {
        if let Some(kept) = self.kept.take().filter(|kept| kept.used.elapsed() < KEPT) {
            return Ok(kept);
        }
        let (layer, controller, task) = self.builder.clone().build_controller_url(self.url.clone())?;
        // Before there is any line, and for good.
        controller.shutdown().await;
        Ok(Sender { layer: Registry::default().with(layer), task, used: Instant::now() })
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears what `tracing-loki` says of its failures, and nothing else.
struct Listener(Arc<Mutex<Option<String>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "tracing_loki"
    }

    fn event(&self, event: &Event<'_>) {
        let mut error = Error("a push failed".to_owned());
        event.record(&mut error);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        // Spans are not enabled; if one were made all the same, any id does.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &SpanRecord<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The field `error` of an event.
struct Error(String);

impl Visit for Error {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "error" {
            self.0 = format!("{value:?}");
        }
    }
}
