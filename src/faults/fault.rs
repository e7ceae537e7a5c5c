//! What can be broken on purpose, and how it is told.

use std::fmt;
use std::time::Duration;

use crate::telemetry::catalogue::values::{FaultKind, Signal};
use crate::telemetry::route::Route;

/// Something that is broken on purpose. A ratio is the share of what is hit, above 0 and at most 1, chosen at random.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Requests are answered later.
    Latency {
        /// Which requests; none for all of the public port but `/healthz`.
        route: Option<Route>,
        /// How many of them.
        ratio: f64,
        /// How much later.
        delay: Duration,
    },
    /// Requests are answered with an error.
    Errors {
        /// Which requests; none for all of the public port but `/healthz`.
        route: Option<Route>,
        /// How many of them.
        ratio: f64,
        /// With what status; one of [`Fault::STATUSES`].
        status: u16,
    },
    /// Statements of the database take longer.
    DatabaseLatency {
        /// How many of them.
        ratio: f64,
        /// How much longer.
        delay: Duration,
    },
    /// Statements of the database fail.
    DatabaseErrors {
        /// How many of them.
        ratio: f64,
    },
    /// Every connection to the database is taken.
    PoolExhausted,
    /// Calls to the byte store take longer.
    BlobLatency {
        /// How many of them.
        ratio: f64,
        /// How much longer.
        delay: Duration,
    },
    /// Calls to the byte store fail.
    BlobErrors {
        /// How many of them.
        ratio: f64,
    },
    /// What Sirius says of itself does not arrive.
    TelemetryLoss {
        /// One of [`Fault::SIGNALS`]; none for all of them.
        signal: Option<Signal>,
    },
}

impl Fault {
    /// The statuses that Sirius itself answers with when something fails; no client meets one that is not documented.
    pub const STATUSES: [u16; 3] = [500, 502, 503];

    /// What can be lost. Lines on standard output cannot.
    pub const SIGNALS: [Signal; 2] = [Signal::Loki, Signal::Traces];

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Latency { .. } => FaultKind::Latency,
            Self::Errors { .. } => FaultKind::Errors,
            Self::DatabaseLatency { .. } => FaultKind::DatabaseLatency,
            Self::DatabaseErrors { .. } => FaultKind::DatabaseErrors,
            Self::PoolExhausted => FaultKind::PoolExhausted,
            Self::BlobLatency { .. } => FaultKind::BlobLatency,
            Self::BlobErrors { .. } => FaultKind::BlobErrors,
            Self::TelemetryLoss { .. } => FaultKind::TelemetryLoss,
        }
    }

    /// Whether records of this kind are lost.
    pub(super) fn loses(&self, wanted: Signal) -> bool {
        matches!(self, Self::TelemetryLoss { signal } if signal.is_none_or(|signal| signal == wanted))
    }
}

/// A sentence without its full stop, for people.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { route, ratio, delay } => {
                write!(f, "{} of {} take {} ms longer", Percent(*ratio), Requests(*route), delay.as_millis())
            }
            Self::Errors { route, ratio, status } => {
                write!(f, "{} of {} are answered with {status}", Percent(*ratio), Requests(*route))
            }
            Self::DatabaseLatency { ratio, delay } => {
                write!(f, "{} of the database's statements take {} ms longer", Percent(*ratio), delay.as_millis())
            }
            Self::DatabaseErrors { ratio } => write!(f, "{} of the database's statements fail", Percent(*ratio)),
            Self::PoolExhausted => f.write_str("every connection to the database is taken"),
            Self::BlobLatency { ratio, delay } => {
                write!(f, "{} of the calls to the byte store take {} ms longer", Percent(*ratio), delay.as_millis())
            }
            Self::BlobErrors { ratio } => write!(f, "{} of the calls to the byte store fail", Percent(*ratio)),
            Self::TelemetryLoss { signal: Some(Signal::Loki) } => f.write_str("log lines do not reach Loki"),
            Self::TelemetryLoss { signal: Some(Signal::Traces) } => f.write_str("spans do not reach their endpoint"),
            Self::TelemetryLoss { .. } => f.write_str("neither log lines reach Loki nor spans their endpoint"),
        }
    }
}

struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Three digits behind the point are as many as a ratio of a few requests in a thousand needs.
        let text = format!("{:.3}", self.0 * 100.0);
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

struct Requests(Option<Route>);

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(route) => write!(f, "the requests for {}", route.template()),
            None => f.write_str("all requests"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_in_a_sentence() {
        let delay = Duration::from_millis(300);
        let route = Some(Route::of_template("/api/v1/visits"));
        for (fault, said) in [
            (Fault::Latency { route, ratio: 0.5, delay }, "50% of the requests for /api/v1/visits take 300 ms longer"),
            (Fault::Errors { route: None, ratio: 0.002, status: 503 }, "0.2% of all requests are answered with 503"),
            (Fault::DatabaseErrors { ratio: 1.0 }, "100% of the database's statements fail"),
            (Fault::TelemetryLoss { signal: None }, "neither log lines reach Loki nor spans their endpoint"),
        ] {
            assert_eq!(fault.to_string(), said);
        }
    }

    #[test]
    fn what_is_lost_is_what_was_named() {
        let loses = |signal| Fault::SIGNALS.map(|wanted| Fault::TelemetryLoss { signal }.loses(wanted));
        assert_eq!(loses(Some(Signal::Loki)), [true, false]);
        assert_eq!(loses(None), [true, true]);
        assert!(!Fault::PoolExhausted.loses(Signal::Loki));
    }
}
