//! How a connection is told to end.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// What a connection is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// Nothing.
    GoOn,
    /// To end when nothing is under way.
    WindDown,
    /// To end at once if it is its client that it waits for: others need the room.
    MakeRoom,
}

/// Raised for good, seen by one task. Each connection has its own: one that all shared would be one lock for all.
#[derive(Debug, Default)]
pub(super) struct Signal {
    wish: AtomicU8,
    waker: AtomicWaker,
}

impl Signal {
    /// Tells it; what is stronger stays.
    pub(super) fn raise(&self, wish: Wish) {
        self.wish.fetch_max(wish as u8, Ordering::Release);
        self.waker.wake();
    }

    /// What the connection is told; wakes the task that polled last when that changes.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Wish {
        self.waker.register(context.waker());
        self.wish()
    }

    pub(super) fn wish(&self) -> Wish {
        match self.wish.load(Ordering::Acquire) {
            0 => Wish::GoOn,
            1 => Wish::WindDown,
            _ => Wish::MakeRoom,
        }
    }

    /// Waits until it is told this, or what is stronger.
    pub(super) async fn raised(&self, wish: Wish) {
        poll_fn(|context| if self.poll(context) < wish { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}
