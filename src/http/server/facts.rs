//! What is known of one connection, and which of its deadlines that puts it under.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Written by the connection's socket and by its requests, read by the loop that drives it. Every field stands for
/// itself and the loop reads them after those that wrote them woke it, so relaxed order is enough.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Requests under way.
    requests: AtomicUsize,
    /// Requests so far.
    started: AtomicU64,
    /// Bytes read from the socket.
    received: AtomicU64,
    /// `received` when the latest request, its body included, had been read.
    consumed: AtomicU64,
    /// Bytes written to the socket.
    sent: AtomicU64,
    /// The socket took nothing when it was last offered something.
    write_blocked: AtomicBool,
    /// The latest request's body was dropped before its end.
    body_unread: AtomicBool,
    /// The peer has closed its side.
    peer_closed: AtomicBool,
}

/// What a connection is doing. Two values differ when the time for the earlier one is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A request is under way; its own deadlines hold.
    Busy,
    /// Part of a request head has come, after so many requests.
    Head { after: u64 },
    /// Nothing is under way, after so many requests.
    Idle { after: u64 },
    /// The client takes nothing, after so many bytes.
    Blocked { sent: u64 },
}

/// A request that is under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Underway(Arc<Facts>);

impl Facts {
    /// A request's head has been read.
    pub(super) fn begin(self: &Arc<Self>) -> Underway {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.body_unread.store(false, Ordering::Relaxed);
        self.body_read();
        self.underway()
    }

    /// Something more keeps the connection busy, such as the stream that writes a response.
    pub(super) fn underway(self: &Arc<Self>) -> Underway {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Underway(Arc::clone(self))
    }

    /// The request's body has been read to its end: what comes now is the next head.
    pub(super) fn body_read(&self) {
        self.consumed.store(self.received.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// The request's body will not be read to its end.
    pub(super) fn body_dropped(&self) {
        self.body_unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: usize) {
        if bytes == 0 {
            self.peer_closed.store(true, Ordering::Relaxed);
        }
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        self.write_blocked.store(false, Ordering::Relaxed);
    }

    pub(super) fn write_blocked(&self) {
        self.write_blocked.store(true, Ordering::Relaxed);
    }

    /// Whether the peer may still be sending something that nobody is going to read.
    pub(super) fn has_unread_body(&self) -> bool {
        self.body_unread.load(Ordering::Relaxed) && !self.has_peer_closed()
    }

    pub(super) fn has_peer_closed(&self) -> bool {
        self.peer_closed.load(Ordering::Relaxed)
    }

    /// `heads`: whether bytes between requests are the start of a head, as in HTTP/1.1. (In HTTP/2 they may be pings;
    /// there a head that stays unfinished also holds up the answer to ours, which has a deadline.)
    ///
    /// The start of a head that came in one read with the request before it is not seen until more of it comes. Until
    /// then it costs what an idle connection costs and has an idle connection's deadline.
    pub(super) fn phase(&self, heads: bool) -> Phase {
        let after = self.started.load(Ordering::Relaxed);
        if self.write_blocked.load(Ordering::Relaxed) {
            Phase::Blocked { sent: self.sent.load(Ordering::Relaxed) }
        } else if self.requests.load(Ordering::Relaxed) > 0 {
            Phase::Busy
        } else if heads && !self.body_unread.load(Ordering::Relaxed) && self.has_unconsumed() {
            Phase::Head { after }
        } else {
            Phase::Idle { after }
        }
    }

    fn has_unconsumed(&self) -> bool {
        self.received.load(Ordering::Relaxed) > self.consumed.load(Ordering::Relaxed)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_from_head_to_busy_to_idle_and_to_the_next_head() {
        let facts = Arc::new(Facts::default());
        assert_eq!(facts.phase(true), Phase::Idle { after: 0 });
        facts.received(10);
        assert_eq!(facts.phase(true), Phase::Head { after: 0 });
        let request = facts.begin();
        facts.received(5);
        assert_eq!(facts.phase(true), Phase::Busy);
        facts.body_read();
        drop(request);
        assert_eq!(facts.phase(true), Phase::Idle { after: 1 });
        facts.received(1);
        assert_eq!(facts.phase(true), Phase::Head { after: 1 });
        assert_eq!(facts.phase(false), Phase::Idle { after: 1 });
    }

    #[test]
    fn what_is_left_of_an_unread_body_is_not_taken_for_a_head() {
        let facts = Arc::new(Facts::default());
        let request = facts.begin();
        facts.body_dropped();
        drop(request);
        facts.received(100);
        assert_eq!(facts.phase(true), Phase::Idle { after: 1 });
        assert!(facts.has_unread_body());
        drop(facts.begin());
        assert!(!facts.has_unread_body());
    }

    #[test]
    fn a_blocked_write_is_told_until_something_is_taken() {
        let facts = Arc::new(Facts::default());
        facts.write_blocked();
        assert_eq!(facts.phase(true), Phase::Blocked { sent: 0 });
        facts.sent(7);
        facts.write_blocked();
        assert_eq!(facts.phase(true), Phase::Blocked { sent: 7 });
        facts.sent(1);
        assert_eq!(facts.phase(true), Phase::Idle { after: 0 });
    }
}
