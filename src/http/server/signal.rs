//! How a connection is told to wind down.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// Raised once, seen by one task. Each connection has its own: one that all shared would be one lock for all.
#[derive(Debug, Default)]
pub(super) struct Signal {
    raised: AtomicBool,
    waker: AtomicWaker,
}

impl Signal {
    pub(super) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Ready once the signal is raised; wakes the task that polled last.
    pub(super) fn poll_raised(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.raised.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }

    pub(super) async fn raised(&self) {
        poll_fn(|context| self.poll_raised(context)).await;
    }
}
