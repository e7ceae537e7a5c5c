//! The last requests that failed or were slow, for whoever looks at this one process without any other tool.
//!
//! Bounded and without a lock: the newest pushes the oldest out.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use crossbeam_queue::ArrayQueue;

use super::catalogue::values::HttpMethod;
use super::context::TraceId;
use super::route::Route;

/// More than this are not looked through by anybody.
pub const CAPACITY: usize = 50;

static RECENT: LazyLock<ArrayQueue<Notable>> = LazyLock::new(|| ArrayQueue::new(CAPACITY));

/// A request that failed or was slow.
#[derive(Debug, Clone, Copy)]
pub struct Notable {
    /// When it ended.
    pub at: SystemTime,
    /// Of the request.
    pub method: HttpMethod,
    /// Of the request.
    pub route: Route,
    /// Of the answer.
    pub status: u16,
    /// Until the answer's head.
    pub elapsed: Duration,
    /// Where its log line and, if it was exported, its trace are found.
    pub trace_id: Option<TraceId>,
    /// Whether its trace is exported.
    pub exported: bool,
}

/// Remembers one.
pub(super) fn remember(request: Notable) {
    RECENT.force_push(request);
}

/// What was remembered since it was last asked for, oldest first. For one who asks: what is taken is gone.
#[must_use]
pub fn take() -> Vec<Notable> {
    std::iter::from_fn(|| RECENT.pop()).take(CAPACITY).collect()
}
