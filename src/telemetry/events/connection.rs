//! Connections: opened, refused, ended.

use std::error::Error;
use std::fmt::Debug;

use tracing::{debug, error, warn};

use crate::telemetry::catalogue::values::RefusedReason;
use crate::telemetry::metrics::handles;

/// A connection is open, until this is dropped.
#[must_use]
pub struct ConnectionOpen(());

impl ConnectionOpen {
    /// From now on.
    pub fn begin() -> Self {
        if let Some(metrics) = handles() {
            metrics.connections.increment(1.0);
        }
        Self(())
    }
}

impl Drop for ConnectionOpen {
    fn drop(&mut self) {
        if let Some(metrics) = handles() {
            metrics.connections.decrement(1.0);
        }
    }
}

/// A client was turned away, because as many connections are open as may be.
pub struct ClientTurnedAway {
    /// For how many of them a line is due now, if one is.
    pub line: Option<u64>,
}

impl ClientTurnedAway {
    /// Logs and counts it.
    pub fn emit(self) {
        refused(RefusedReason::TooMany);
        if let Some(count) = self.line {
            warn!(count, "clients were turned away: server.max_connections are open and all are at work");
        }
    }
}

/// Connections are closed whose clients keep them waiting, because others need the room.
pub struct ClientsDismissed {
    /// How many.
    pub count: usize,
    /// For how many of these events a line is due now, if one is.
    pub line: Option<u64>,
}

impl ClientsDismissed {
    /// Logs and counts them.
    pub fn emit(self) {
        if let Some(metrics) = handles() {
            metrics.connections_refused.at((RefusedReason::MadeRoom,)).increment(self.count as u64);
        }
        if let Some(count) = self.line {
            warn!(count, "connections whose clients kept them waiting were closed: others needed the room");
        }
    }
}

/// The system could not give a connection.
pub struct AcceptFailed<'a> {
    /// What it said.
    pub error: &'a (dyn Error + 'static),
    /// For how many of them a line is due now, if one is.
    pub line: Option<u64>,
}

impl AcceptFailed<'_> {
    /// Logs and counts it.
    pub fn emit(self) {
        refused(RefusedReason::AcceptFailed);
        if let Some(count) = self.line {
            error!(error = self.error, count, "connections cannot be accepted, trying again");
        }
    }
}

/// A connection ended otherwise than HTTP has it.
pub enum ConnectionBroken<'a> {
    /// By an error of HTTP or of the socket, which mostly is the client's.
    Failed(&'a (dyn Error + 'static)),
    /// By the server, in this phase of it.
    GivenUp {
        /// Why, in words.
        reason: &'static str,
        /// What it was doing.
        phase: &'a dyn Debug,
    },
    /// By a fault of the server.
    Fault(&'a (dyn Error + 'static)),
}

impl ConnectionBroken<'_> {
    /// Logs it.
    pub fn emit(self) {
        match self {
            Self::Failed(error) => debug!(error, "a connection ended with an error"),
            Self::GivenUp { reason, phase } => debug!(?phase, "a connection was closed: {reason}"),
            Self::Fault(error) => error!(error, "a connection's task failed"),
        }
    }
}

fn refused(reason: RefusedReason) {
    if let Some(metrics) = handles() {
        metrics.connections_refused.at((reason,)).increment(1);
    }
}
