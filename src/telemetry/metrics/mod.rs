//! The metrics of this process: recorded through handles that are held, exposed on the admin port.
//!
//! There is one set of them in a process, from [`start`] on. Before, or when they are switched off, recording is a look
//! at an empty place. Only `telemetry::events` records; what is merely there to be looked at, such as the length of a
//! queue, is looked at when somebody asks for it (see [`observe`]).

mod exemplars;
mod exposition;
mod family;
mod handles;
mod health;
mod process;
mod recorder;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use exposition::Format;

use handles::Handles;
use recorder::Recorder;

/// How often recorded values are put into their buckets. Until then each takes 16 bytes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

static METRICS: OnceLock<Metrics> = OnceLock::new();

/// Rendering is for one at a time: ten scrapers that ask at once keep one thread busy, not ten.
static TURN: Semaphore = Semaphore::const_new(1);

/// Looks at something; false when it is gone.
type Look = Box<dyn Fn() -> bool + Send>;

struct Metrics {
    recorder: Arc<Recorder>,
    handles: Handles,
    looks: Mutex<Vec<Look>>,
}

/// Begins to record; a second call changes nothing.
pub fn start() {
    METRICS.get_or_init(Metrics::new);
}

/// What events record with; none while metrics are off.
pub(super) fn handles() -> Option<&'static Handles> {
    METRICS.get().map(|metrics| &metrics.handles)
}

/// Has `subject` looked at whenever metrics are asked for, as long as it lives. `look` emits an event, and neither waits
/// nor takes long. Of several subjects that tell the same, the latest is believed.
pub fn observe<T: Send + Sync + 'static>(subject: &Arc<T>, look: impl Fn(&T) + Send + 'static) {
    if let Some(metrics) = METRICS.get() {
        metrics.observe(subject, look);
    }
}

/// A gauge and a bucket hold nothing else, and neither does Prometheus.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the last digits are of no interest")]
pub(super) fn to_f64(number: u64) -> f64 {
    number as f64
}

/// What `/metrics` answers; none while metrics are off.
pub async fn scrape(format: Format) -> Option<String> {
    let metrics = METRICS.get()?;
    // Never closed; if it were, everybody would have their turn.
    let _turn = TURN.acquire().await.ok();
    // Sorting values into buckets and writing thousands of lines is not for a thread that serves others meanwhile.
    tokio::task::spawn_blocking(move || metrics.render(format)).await.ok()
}

/// Puts what was recorded into its buckets, again and again until `stop`: nobody may ever ask for it.
pub async fn keep_up(stop: CancellationToken) {
    let Some(metrics) = METRICS.get() else { return };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(UPKEEP_INTERVAL) => {}
        }
        // Whether it ended well shows in memory, nowhere else.
        let _ = tokio::task::spawn_blocking(|| metrics.recorder.upkeep()).await;
    }
}

impl Metrics {
    fn new() -> Self {
        let recorder = Arc::new(Recorder::new());
        let handles = Handles::new(&recorder);
        Self { recorder, handles, looks: Mutex::default() }
    }

    fn observe<T: Send + Sync + 'static>(&self, subject: &Arc<T>, look: impl Fn(&T) + Send + 'static) {
        let subject = Arc::downgrade(subject);
        let look = move || subject.upgrade().inspect(|subject| look(subject)).is_some();
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(look));
    }

    fn render(&self, format: Format) -> String {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).retain(|look| look());
        self.handles.health.look();
        self.handles.process.look();
        self.handles.runtime.look();
        exposition::write(&self.recorder.render(), &self.recorder.exemplars(), format)
    }
}

#[cfg(test)]
mod tests;
