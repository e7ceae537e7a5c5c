//! What is known of one connection, and which of its deadlines that puts it under.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How much of its responses a client must take for that to count as going on: less than this in a deadline's time is
/// nothing. Also the size of hyper's HTTP/2 frames.
pub(super) const PIECE_BYTES: usize = 16 << 10;

/// The value of `waiting_ms` while it is not the client that keeps the connection waiting.
const AT_WORK: u64 = u64::MAX;

/// Written by the connection's socket and by its requests, read by the loop that drives it. Every field stands for
/// itself and the loop reads them after those that wrote them woke it, so relaxed order is enough.
#[derive(Debug)]
pub(super) struct Facts {
    /// When the connection was accepted; the moments below are in milliseconds after it.
    began: Instant,
    /// Since when nothing is under way, or the socket takes nothing; [`AT_WORK`] otherwise.
    waiting_ms: AtomicU64,
    /// Responses that have not been taken whole.
    untaken: AtomicUsize,
    /// When the client last took a piece of one, in HTTP/1.1.
    taken_ms: AtomicU64,
    /// The connection speaks HTTP/2: its streams watch what is taken of each.
    has_streams: AtomicBool,
    /// It takes more memory than others.
    large: AtomicBool,
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
    /// The client takes nothing, after so many pieces.
    Blocked { pieces: u64 },
}

/// A request that is under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Underway(Arc<Facts>);

/// A response that its client has not taken whole, until it is dropped.
#[derive(Debug)]
pub(super) struct Untaken(Arc<Facts>);

impl Default for Facts {
    /// Of a connection that is accepted now.
    fn default() -> Self {
        Self {
            began: Instant::now(),
            waiting_ms: AtomicU64::new(0),
            untaken: AtomicUsize::new(0),
            taken_ms: AtomicU64::new(0),
            has_streams: AtomicBool::new(false),
            large: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            received: AtomicU64::new(0),
            consumed: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            write_blocked: AtomicBool::new(false),
            body_unread: AtomicBool::new(false),
            peer_closed: AtomicBool::new(false),
        }
    }
}

impl Facts {
    /// A request's head has been read.
    pub(super) fn begin(self: &Arc<Self>) -> Underway {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.body_unread.store(false, Ordering::Relaxed);
        self.body_read();
        self.underway()
    }

    /// Whether more than one request is under way, each on its stream.
    pub(super) fn has_several_streams(&self) -> bool {
        self.has_streams.load(Ordering::Relaxed) && self.requests.load(Ordering::Relaxed) > 1
    }

    /// Something more keeps the connection busy, such as the stream that writes a response.
    pub(super) fn underway(self: &Arc<Self>) -> Underway {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Underway(Arc::clone(self))
    }

    /// A response's head is handed over.
    pub(super) fn answer(self: &Arc<Self>) -> Untaken {
        self.untaken.fetch_add(1, Ordering::Relaxed);
        self.taken_ms.store(self.now_ms(), Ordering::Relaxed);
        Untaken(Arc::clone(self))
    }

    /// The connection speaks HTTP/2.
    pub(super) fn by_streams(&self) {
        self.has_streams.store(true, Ordering::Relaxed);
    }

    /// It takes more memory than others from now on, or no longer.
    pub(super) fn large(&self, is_large: bool) {
        self.large.store(is_large, Ordering::Relaxed);
    }

    pub(super) fn is_large(&self) -> bool {
        self.large.load(Ordering::Relaxed)
    }

    /// The phase changed: it is the client that keeps the connection waiting since then, or it is not.
    pub(super) fn waits(&self, since: Option<Instant>) {
        let ms = since.map_or(AT_WORK, |since| to_ms(since.saturating_duration_since(self.began)));
        self.waiting_ms.store(ms, Ordering::Relaxed);
    }

    /// Since when the connection waits for its client: to ask for something, or to take what it asked for. None while
    /// something else is going on.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let ms = if self.is_untaken() { &self.taken_ms } else { &self.waiting_ms }.load(Ordering::Relaxed);
        (ms != AT_WORK).then(|| self.began + Duration::from_millis(ms))
    }

    /// Whether there is a response that has not been taken whole; streams watch theirs themselves.
    pub(super) fn is_untaken(&self) -> bool {
        self.untaken.load(Ordering::Relaxed) > 0 && !self.has_streams.load(Ordering::Relaxed)
    }

    /// How many bytes have come since the last request, or the last piece of a body in either direction.
    pub(super) fn idle_bytes(&self) -> u64 {
        self.received.load(Ordering::Relaxed).saturating_sub(self.consumed.load(Ordering::Relaxed))
    }

    /// The request's body has been read so far: what comes now is more of it, or the next head.
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
        let before = self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        self.write_blocked.store(false, Ordering::Relaxed);
        if pieces(before) < pieces(before + bytes as u64) {
            self.taken_ms.store(self.now_ms(), Ordering::Relaxed);
        }
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
    /// The start of a head that came in one read with the request before it is not seen here: it shows when hyper gives
    /// the connection back.
    pub(super) fn phase(&self, heads: bool) -> Phase {
        let after = self.started.load(Ordering::Relaxed);
        if self.write_blocked.load(Ordering::Relaxed) {
            Phase::Blocked { pieces: pieces(self.sent.load(Ordering::Relaxed)) }
        } else if self.requests.load(Ordering::Relaxed) > 0 {
            Phase::Busy
        } else if heads && !self.body_unread.load(Ordering::Relaxed) && self.idle_bytes() > 0 {
            Phase::Head { after }
        } else {
            Phase::Idle { after }
        }
    }

    fn now_ms(&self) -> u64 {
        to_ms(self.began.elapsed())
    }
}

fn to_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(AT_WORK)
}

fn pieces(bytes: u64) -> u64 {
    bytes / PIECE_BYTES as u64
}

impl Untaken {
    /// The client took a piece of it: what it sent for that, such as window updates, was needed.
    pub(super) fn more(&self) {
        self.0.body_read();
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.0.untaken.fetch_sub(1, Ordering::Relaxed);
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
    fn a_blocked_write_is_told_until_a_piece_is_taken() {
        let facts = Arc::new(Facts::default());
        facts.write_blocked();
        assert_eq!(facts.phase(true), Phase::Blocked { pieces: 0 });
        facts.sent(7);
        facts.write_blocked();
        // A trickle is nothing.
        assert_eq!(facts.phase(true), Phase::Blocked { pieces: 0 });
        facts.sent(PIECE_BYTES);
        facts.write_blocked();
        assert_eq!(facts.phase(true), Phase::Blocked { pieces: 1 });
        facts.sent(1);
        assert_eq!(facts.phase(true), Phase::Idle { after: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_a_client_keeps_its_connection_waiting_is_known() {
        let facts = Arc::new(Facts::default());
        let second = Duration::from_secs(1);
        let start = Instant::now();
        assert_eq!(facts.waiting_since(), Some(start), "for its first byte");
        facts.waits(None);
        assert_eq!(facts.waiting_since(), None);

        tokio::time::advance(second).await;
        let response = facts.answer();
        tokio::time::advance(second).await;
        facts.sent(100);
        assert_eq!(facts.waiting_since(), Some(start + second), "a trickle does not count");
        facts.sent(PIECE_BYTES);
        assert_eq!(facts.waiting_since(), Some(start + 2 * second));
        drop(response);
        assert_eq!(facts.waiting_since(), None);
        tokio::time::advance(second).await;
        facts.waits(Some(Instant::now()));
        assert_eq!(facts.waiting_since(), Some(start + 3 * second));
    }
}
