//! How telemetry itself fares: what was dropped and why, what failed, how much waits, what is wrong now.
//!
//! Told from anywhere, also from within the writing of a log line: telling is counting, and logs nothing. What is known
//! is read by `/readyz` and said in a log line once a minute at most ([`Minutes`]). Whatever it is, Sirius serves on.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::events::TelemetryLost;

pub use super::catalogue::values::{DropReason, Signal};

/// The shortest time between two lines about what was lost.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

type Length = Box<dyn Fn() -> usize + Send + Sync>;

/// What is known of where one kind of records goes.
#[derive(Default)]
struct Known {
    offered: AtomicU64,
    delivered: AtomicU64,
    dropped: [AtomicU64; DropReason::ALL.len()],
    export_failures: AtomicU64,
    fault: ArcSwapOption<String>,
    queue: OnceLock<Length>,
}

static KNOWN: LazyLock<[Known; Signal::ALL.len()]> = LazyLock::new(Default::default);

/// What is known of where one kind of records goes, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What kind.
    pub signal: Signal,
    /// What is wrong now, in words for the operator.
    pub fault: Option<Arc<String>>,
    /// Records that wait; nothing when there is no queue, because the signal is off.
    pub queued: Option<usize>,
    /// Records that were to be sent, and those of them that are confirmed, since the process started; nothing where no account
    /// is kept of them.
    pub account: Option<(u64, u64)>,
    /// Records that were dropped since the process started, by reason; reasons without any are left out.
    pub dropped: Vec<(DropReason, u64)>,
    /// How often sending failed since the process started.
    pub export_failures: u64,
}

/// A record is to be sent, by a signal that keeps an account: what was offered was delivered or dropped, or waits.
pub fn offered(signal: Signal) {
    KNOWN[signal as usize].offered.fetch_add(1, Ordering::Relaxed);
}

/// Records have arrived.
pub fn delivered(signal: Signal, count: u64) {
    KNOWN[signal as usize].delivered.fetch_add(count, Ordering::Relaxed);
}

/// Records did not arrive.
pub fn dropped(signal: Signal, reason: DropReason, count: u64) {
    KNOWN[signal as usize].dropped[reason as usize].fetch_add(count, Ordering::Relaxed);
}

/// Sending records failed.
pub fn export_failed(signal: Signal) {
    KNOWN[signal as usize].export_failures.fetch_add(1, Ordering::Relaxed);
}

/// Something is wrong from now on, or nothing is any more.
pub fn fault(signal: Signal, fault: Option<String>) {
    KNOWN[signal as usize].fault.store(fault.map(Arc::new));
}

/// How to tell how many records wait; the first to say so is believed.
pub fn queue(signal: Signal, length: impl Fn() -> usize + Send + Sync + 'static) {
    let _ = KNOWN[signal as usize].queue.set(Box::new(length));
}

/// What is known now, of all signals.
#[must_use]
pub fn report() -> Vec<Report> {
    let of = |signal: &Signal| {
        let known = &KNOWN[*signal as usize];
        let dropped = DropReason::ALL.iter().map(|reason| (*reason, known.count(*reason)));
        Report {
            signal: *signal,
            fault: known.fault.load_full(),
            queued: known.queue.get().map(|length| length()),
            account: known.account(),
            dropped: dropped.filter(|(_, count)| *count > 0).collect(),
            export_failures: known.export_failures.load(Ordering::Relaxed),
        }
    };
    Signal::ALL.iter().map(of).collect()
}

impl Known {
    fn account(&self) -> Option<(u64, u64)> {
        let delivered = self.delivered.load(Ordering::Relaxed);
        // Last, so that it is never less than what has become of them.
        let offered = self.offered.load(Ordering::Relaxed);
        (offered > 0).then_some((offered, delivered))
    }

    fn count(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize].load(Ordering::Relaxed)
    }
}

/// Says what was lost, once a minute at most.
#[derive(Default)]
pub(super) struct Minutes {
    /// What was counted when it was last said.
    said: [[u64; DropReason::ALL.len()]; Signal::ALL.len()],
    said_at: Option<Instant>,
}

impl Minutes {
    /// Logs what was lost since this was last logged, if anything was and it is time. To be called now and then.
    pub(super) fn look(&mut self, now: Instant) {
        if self.said_at.is_some_and(|before| now.duration_since(before) < BETWEEN_LINES) {
            return;
        }
        let mut records = String::new();
        for (signal, said) in Signal::ALL.iter().zip(&mut self.said) {
            for (reason, said) in DropReason::ALL.iter().zip(said) {
                let count = KNOWN[*signal as usize].count(*reason);
                if count > *said {
                    let separator = if records.is_empty() { "" } else { ", " };
                    // Writing to memory cannot fail.
                    let _ = write!(records, "{separator}{} {}: {}", signal.name(), reason.name(), count - *said);
                    *said = count;
                }
            }
        }
        if !records.is_empty() {
            self.said_at = Some(now);
            TelemetryLost { records: &records }.emit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_reported() {
        // Of a reason that nothing else here counts for this signal: all tests share the counters.
        let count = || report()[Signal::Traces as usize].dropped.iter().map(|(_, count)| count).sum::<u64>();
        let before = count();
        dropped(Signal::Traces, DropReason::Budget, 3);
        assert!(count() >= before + 3);
        fault(Signal::Traces, Some("nobody there".to_owned()));
        assert_eq!(report()[Signal::Traces as usize].fault.as_deref().unwrap(), "nobody there");
        fault(Signal::Traces, None);
        assert_eq!(report()[Signal::Traces as usize].fault, None);
    }

    #[test]
    fn losses_are_said_once_a_minute() {
        let mut minutes = Minutes::default();
        let begin = Instant::now();
        dropped(Signal::Traces, DropReason::Budget, 1);
        minutes.look(begin);
        assert_eq!(minutes.said_at, Some(begin));
        dropped(Signal::Traces, DropReason::Budget, 1);
        minutes.look(begin + BETWEEN_LINES / 2);
        assert_eq!(minutes.said_at, Some(begin));
        minutes.look(begin + BETWEEN_LINES);
        assert_eq!(minutes.said_at, Some(begin + BETWEEN_LINES));
    }
}
