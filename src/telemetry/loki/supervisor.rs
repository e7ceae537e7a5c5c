//! The breaker: sends lines while Loki takes them; when it fails, takes no more lines, asks it for its health, and begins
//! again when it is well.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::probe::Probe;
use super::push::{Outcome, Pushes};
use super::record::Record;
use super::tap::Shared;
use crate::telemetry::events::LokiChanged;
use crate::telemetry::health::{self, DropReason, Signal};

/// How long lines wait for others to be sent with.
const GATHER: Duration = Duration::from_millis(500);

/// How long after a failure Loki is asked for its health, and how much longer after each further one.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest time between two questions. With a push's or a question's time-out before and `GATHER` behind it, lines
/// are shipped again within 5 s.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A Loki that was not heard of for so long is asked for its health.
const QUIET: Duration = Duration::from_secs(10);

/// Sends lines until it is told to stop.
pub(super) struct Supervisor {
    pub(super) shared: Arc<Shared>,
    pushes: Pushes,
    probe: Probe,
    timeout: Duration,
    stop: Arc<Stop>,
    /// Failures since Loki was last known to be well.
    failures: u32,
    /// When it is asked for its health, while it is taken for ill.
    ask_at: Option<Instant>,
    heard_of: Instant,
    batch: Vec<Record>,
}

/// How a supervisor is told to stop.
#[derive(Default)]
pub(super) struct Stop {
    token: CancellationToken,
    deadline: OnceLock<Instant>,
}

impl Stop {
    /// Sends what still waits, but for no longer than that.
    pub(super) fn within(&self, timeout: Duration) {
        // Only the first deadline counts.
        let _ = self.deadline.set(Instant::now() + timeout);
        self.token.cancel();
    }

    async fn asked(&self) {
        self.token.cancelled().await;
    }

    /// Until there is no more time.
    async fn over(&self) {
        self.asked().await;
        if let Some(deadline) = self.deadline.get() {
            sleep_until(*deadline).await;
        }
    }

    fn is_over(&self) -> bool {
        self.deadline.get().is_some_and(|deadline| Instant::now() >= *deadline)
    }
}

impl Supervisor {
    /// One that takes Loki for well until it fails.
    pub(super) fn new(
        shared: Arc<Shared>,
        (pushes, probe): (Pushes, Probe),
        timeout: Duration,
        stop: Arc<Stop>,
    ) -> Self {
        let batch = Vec::new();
        Self { shared, pushes, probe, timeout, stop, failures: 0, ask_at: None, heard_of: Instant::now(), batch }
    }

    /// Sends lines until it is told to stop, then what still waits.
    pub(super) async fn run(mut self) {
        while !self.stop.token.is_cancelled() {
            self.wait().await;
            // What comes meanwhile waits for the next time.
            self.send(self.shared.waiting()).await;
        }
        self.shared.open_gate(false);
        self.send(self.shared.waiting()).await;
        self.discard(DropReason::Stopped);
    }

    /// Waits until there may be something to send, and asks for Loki's health where that has to be known.
    async fn wait(&mut self) {
        if let Some(at) = self.ask_at {
            tokio::select! {
                () = self.stop.asked() => return,
                () = sleep_until(at) => {}
            }
            self.ask().await;
            return;
        }
        tokio::select! {
            () = self.stop.asked() => return,
            () = sleep(GATHER) => {}
            () = self.shared.batch.notified() => {}
        }
        if self.shared.waiting() == 0 && self.heard_of.elapsed() >= QUIET {
            self.ask().await;
        }
    }

    async fn ask(&mut self) {
        let answer = tokio::select! {
            () = self.stop.asked() => return,
            answer = self.probe.ask() => answer,
        };
        self.heard_of = Instant::now();
        match answer {
            Err(fault) => self.open(fault),
            Ok(()) if self.ask_at.take().is_some() => self.shared.open_gate(true),
            Ok(()) => self.is_well(),
        }
    }

    /// Sends that many of the lines that wait, unless Loki fails or time runs out.
    async fn send(&mut self, count: usize) {
        let mut left = count;
        while left > 0 && self.ask_at.is_none() && !self.stop.is_over() {
            self.shared.take(&mut self.batch);
            left = left.saturating_sub(self.batch.len());
            let outcome = tokio::select! {
                outcome = self.pushes.push(&self.batch, self.timeout) => outcome,
                () = self.stop.over() => Outcome::Unanswered("no answer before Sirius stopped".to_owned()),
            };
            let count = self.batch.len();
            self.shared.recycle(&mut self.batch);
            self.heard_of = Instant::now();
            self.settle(outcome, count);
        }
    }

    fn settle(&mut self, outcome: Outcome, count: usize) {
        let account = &self.shared.account;
        let fault = match outcome {
            Outcome::Delivered => {
                account.delivered(count);
                return self.is_well();
            }
            Outcome::Refused(fault) => {
                account.dropped(DropReason::ExportFailed, count);
                fault
            }
            Outcome::Unanswered(fault) => {
                account.dropped(DropReason::Unconfirmed, count);
                fault
            }
        };
        health::export_failed(Signal::Loki);
        self.open(fault);
    }

    /// Loki has done what it is for. That it says it is ready is not enough: it may still refuse every line.
    fn is_well(&mut self) {
        if self.failures > 0 {
            self.failures = 0;
            health::fault(Signal::Loki, None);
            LokiChanged { fault: None }.emit();
        }
    }

    /// Takes no more lines, and gives up those that wait: they would be old news when Loki is back.
    fn open(&mut self, fault: String) {
        self.shared.open_gate(false);
        let stopping = self.stop.token.is_cancelled();
        self.discard(if stopping { DropReason::Stopped } else { DropReason::Unavailable });
        if self.failures == 0 {
            LokiChanged { fault: Some(&fault) }.emit();
        }
        self.failures = self.failures.saturating_add(1);
        self.ask_at = Some(Instant::now() + PAUSE.saturating_mul(self.failures).min(LONGEST_PAUSE));
        health::fault(Signal::Loki, Some(fault));
    }

    fn discard(&mut self, reason: DropReason) {
        loop {
            self.shared.take(&mut self.batch);
            if self.batch.is_empty() {
                return;
            }
            self.shared.account.dropped(reason, self.batch.len());
            self.shared.recycle(&mut self.batch);
        }
    }
}
