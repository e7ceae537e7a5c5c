//! The built-in monitor: what this process did in the last hour, for whoever has no Prometheus at hand.
//!
//! It reads what `/metrics` says every five seconds, as a small Prometheus would, and so costs requests nothing. The
//! objectives and the alerts are those of `alerts/slo.yaml`. How it looks is the business of `http::pages`.

mod definition;
mod history;
mod reading;
mod view;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;

pub use self::reading::Figure;
pub use self::view::{Alert, Minute, Operation, Promise, View};

use self::definition::Definition;
use self::history::History;
use self::reading::Reading;
use crate::telemetry::metrics::{self, Format};
use crate::telemetry::recent::{self, CAPACITY, Notable};

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Remembers the last hour.
pub struct Monitor {
    definition: Definition,
    since: SystemTime,
    state: Mutex<State>,
}

/// No request waits for its lock: only readings and those who look at the page take it.
#[derive(Default)]
struct State {
    history: History,
    /// Since when each alert fires, objective by objective, in the order of the definition.
    firing: Vec<Option<SystemTime>>,
    /// The newest last.
    notable: VecDeque<Notable>,
}

impl Monitor {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { definition: Definition::embedded(), since: SystemTime::now(), state: Mutex::default() }
    }

    /// Looks every few seconds until `stop`; at once where metrics are off.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        while let Some(text) = metrics::scrape(Format::Text).await {
            let monitor = Arc::clone(&self);
            // Whether it ended well shows on the page.
            let _ = tokio::task::spawn_blocking(move || monitor.read(Instant::now(), Reading::of(&text))).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    /// What there is to show; none before the first reading, or when metrics are off.
    pub fn view(&self) -> Option<View> {
        let mut state = self.state();
        state.gather();
        let last = state.history.last()?.at;
        Some(View::of(&self.definition, &state, last, self.since))
    }

    fn read(&self, now: Instant, reading: Reading) {
        let mut state = self.state();
        state.gather();
        state.history.add(now, reading, &self.definition.objectives);
        let firing: Vec<_> = view::alerts(&self.definition, &state.history, now).map(|alert| alert.fires).collect();
        let mut before = std::mem::take(&mut state.firing).into_iter().chain(std::iter::repeat(None));
        // As long as it fires, it fires since it began.
        let mut since = |fires: bool| before.next().flatten().or(Some(SystemTime::now())).filter(|_| fires);
        state.firing = firing.into_iter().map(&mut since).collect();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Monitor {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn gather(&mut self) {
        self.notable.extend(recent::take());
        let surplus = self.notable.len().saturating_sub(CAPACITY);
        self.notable.drain(..surplus);
    }
}
