//! What a client says before hyper hears of it: which protocol it speaks, and its next head, whole.
//!
//! hyper takes some 25 KB for a connection, whatever its client does. So one that says nothing, for the first time or
//! since its last request, has no buffer at all, and one that has said half a head has that half. What is no head goes
//! to hyper at once, which says so.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::exchange::Context;
use super::facts::Facts;
use super::gauge::{Gauge, PATIENCE, Ticket};
use super::signal::{Signal, Wish};
use super::socket::Socket;

/// How HTTP/2 with prior knowledge begins; RFC 9113, section 3.4.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Room for what is read at first: all of an ordinary head, so that it takes one read. A longer head is a large one.
const FIRST_READ_BYTES: usize = 4 << 10;

/// How many fields a head may have; hyper's limit.
const MAX_FIELDS: usize = 100;

/// How long a client that needs much room waits for others to leave: they may stay for [`PATIENCE`].
const ROOM_TIMEOUT: Duration = PATIENCE.saturating_mul(2);

/// How often it looks for room meanwhile.
const ROOM_INTERVAL: Duration = Duration::from_millis(100);

/// The protocols that are spoken on the same port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// What the first bytes begin, once they tell.
    fn of(bytes: &[u8]) -> Option<Self> {
        let shared = bytes.iter().zip(HTTP2_PREFACE).take_while(|(byte, expected)| byte == expected).count();
        if shared == HTTP2_PREFACE.len() { Some(Self::Http2) } else { (shared < bytes.len()).then_some(Self::Http1) }
    }
}

/// A connection that hyper does not have: where it stands.
#[derive(Debug)]
pub(super) struct Rest {
    /// The protocol, where it is settled.
    pub(super) protocol: Option<Protocol>,
    /// What has come of a head.
    pub(super) bytes: BytesMut,
    /// Since when it has been so: the head's first byte came then, or the connection has said nothing since.
    pub(super) since: Instant,
    /// How long it may say nothing.
    pub(super) patience: Duration,
}

/// What a connection began with, or goes on with.
pub(super) struct Opening {
    pub(super) protocol: Protocol,
    /// What has been read, for hyper to read.
    pub(super) bytes: Bytes,
    /// When the first byte came.
    pub(super) began: Instant,
    /// Of `server.max_large_connections`, for HTTP/2.
    pub(super) large: Option<Ticket>,
}

/// Reads until hyper has something to do; none if the client let a deadline pass or left, if others need the room, or
/// if the server stops before anything was said.
pub(super) async fn read(
    socket: &mut Socket,
    rest: Rest,
    facts: &Facts,
    context: &Context,
    signal: &Signal,
) -> Option<Opening> {
    let Rest { protocol: known, mut bytes, since: mut began, patience } = rest;
    if bytes.is_empty() {
        first_byte(socket.stream(), began + patience, signal).await?;
        began = Instant::now();
    }
    facts.waits(Some(began));
    let head = read_head(socket.stream(), known, &mut bytes, facts, context);
    let (protocol, large) = tokio::select! {
        read = timeout_at(began + context.settings.head_timeout, head) => read.ok()?.ok()?,
        () = signal.raised(Wish::MakeRoom) => return None,
    };
    Some(Opening { protocol, bytes: bytes.freeze(), began, large })
}

/// Waits for the client to say something, by a look that takes nothing, so that no buffer is held for one that does not.
async fn first_byte(stream: &TcpStream, deadline: Instant, signal: &Signal) -> Option<()> {
    let mut first = [0];
    tokio::select! {
        seen = timeout_at(deadline, stream.peek(&mut first)) => (seen.ok()?.ok()? > 0).then_some(()),
        () = signal.raised(Wish::WindDown) => None,
    }
}

async fn read_head(
    stream: &mut TcpStream,
    known: Option<Protocol>,
    bytes: &mut BytesMut,
    facts: &Facts,
    context: &Context,
) -> io::Result<(Protocol, Option<Ticket>)> {
    let most = context.settings.max_head_bytes;
    let mut large = None;
    let mut is_new = true;
    loop {
        // Nothing is settled in the middle of a line, unless it begins as no head does.
        match known.or_else(|| Protocol::of(bytes)) {
            Some(Protocol::Http2) => return Ok((Protocol::Http2, Some(room(facts, context, large).await?))),
            Some(Protocol::Http1) if bytes.len() >= most || is_new && is_settled(bytes) => {
                facts.large(false);
                return Ok((Protocol::Http1, None));
            }
            Some(Protocol::Http1) | None => {}
        }
        if bytes.len() >= FIRST_READ_BYTES && large.is_none() {
            large = Some(room(facts, context, None).await?);
        }
        let before = bytes.len();
        if bytes.capacity() == before {
            bytes.reserve(FIRST_READ_BYTES);
        }
        if stream.read_buf(bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        facts.received(bytes.len() - before);
        is_new = before == 0 || bytes[before..].contains(&b'\n');
    }
}

/// Whether hyper can answer: a head is whole, or is none.
fn is_settled(bytes: &[u8]) -> bool {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    !matches!(httparse::Request::new(&mut fields).parse(bytes), Ok(httparse::Status::Partial))
}

/// Room for a connection that takes more than others; waits until the crowd has made some.
async fn room(facts: &Facts, context: &Context, given: Option<Ticket>) -> io::Result<Ticket> {
    let large: &Arc<Gauge> = &context.large;
    let room = async {
        loop {
            if let Some(ticket) = large.enter() {
                return ticket;
            }
            context.pressure.press();
            sleep(ROOM_INTERVAL).await;
        }
    };
    let ticket = match given {
        Some(given) => given,
        None => timeout(ROOM_TIMEOUT, room).await?,
    };
    facts.large(true);
    context.relieve(large);
    Ok(ticket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_shows_as_soon_as_the_bytes_differ_from_the_preface() {
        for (bytes, protocol) in [
            ("", None),
            ("P", None),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", None),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Some(Protocol::Http2)),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", Some(Protocol::Http2)),
            ("G", Some(Protocol::Http1)),
            ("PO", Some(Protocol::Http1)),
            ("PRI * HTTP/1.1\r\n", Some(Protocol::Http1)),
        ] {
            assert_eq!(Protocol::of(bytes.as_bytes()), protocol, "{bytes:?}");
        }
    }

    #[test]
    fn only_half_a_head_is_waited_for() {
        let many = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(MAX_FIELDS + 1));
        for (bytes, settled) in [
            ("", false),
            ("\r\n", false),
            ("GET / HT", false),
            ("GET / HTTP/1.1\r\nhost: a\r\n", false),
            ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", true),
            ("GET / HTTP/1.1\nhost: a\n\nGET", true),
            ("\u{16}\u{3}\u{1}\u{2}", true),
            ("GET / HTTP/9.1\r\n", true),
            ("GET / HTTP/1.1\r\n folded: head\r\n", true),
            (&many, true),
        ] {
            assert_eq!(is_settled(bytes.as_bytes()), settled, "{bytes:?}");
        }
    }
}
