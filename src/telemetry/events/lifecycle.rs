//! Starting and stopping.

use std::fmt::Display;
use std::net::SocketAddr;

use tracing::{debug, info, warn};

/// A step of stopping was reached.
pub struct Stopping<'a> {
    /// What happens now.
    pub step: &'a str,
}

impl Stopping<'_> {
    /// Logs it.
    pub fn emit(self) {
        info!("stopping: {}", self.step);
    }
}

/// A port is open.
pub struct Listening {
    /// `public` or `admin`.
    pub port: &'static str,
    /// Where.
    pub address: SocketAddr,
}

impl Listening {
    /// Logs it.
    pub fn emit(self) {
        debug!(port = self.port, address = %self.address, "listening");
    }
}

/// A setting that is allowed but unwise, or anything else the operator should look at once.
pub struct Advice<T>(pub T);

impl<T: Display> Advice<T> {
    /// Logs it.
    pub fn emit(self) {
        warn!("{}", self.0);
    }
}

/// Something did not end within its deadline and was given up.
pub struct CutOff {
    /// What, in the plural.
    pub what: &'static str,
    /// How many.
    pub count: usize,
}

impl CutOff {
    /// Logs it.
    pub fn emit(self) {
        warn!(count = self.count, "stopping: {} were cut off at the deadline", self.what);
    }
}
