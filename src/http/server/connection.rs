//! One connection, from its first byte to its close.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::Endpoint;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::alarm::Alarm;
use super::exchange::{Connection, Context};
use super::facts::{Facts, Phase};
use super::signal::{Signal, Wish};
use super::socket::Socket;
use super::stream::Streams;
use crate::config;
use crate::telemetry::events::ConnectionBroken;

/// How HTTP/2 with prior knowledge begins; RFC 9113, section 3.4.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Room for what is read to tell the protocol: all of an ordinary head, so that it takes one read.
const FIRST_READ_BYTES: usize = 4 << 10;

/// The most that HTTP/1.1 buffers of one connection, unless heads may be larger.
const BUFFER_BYTES: usize = 64 << 10;

/// HTTP/2: requests at a time on one connection.
const MAX_STREAMS: u32 = 100;
/// HTTP/2: what a client may send ahead of the endpoint's reading, on one stream and on all of a connection.
const STREAM_WINDOW_BYTES: u32 = (64 << 10) - 1;
const CONNECTION_WINDOW_BYTES: u32 = 256 << 10;
/// HTTP/2: streams that the client reset before they were accepted, and that we reset for its errors, until the
/// connection is closed as a flood (CVE-2023-44487, RUSTSEC-2024-0003). The defaults of h2 and hyper, made explicit.
const MAX_PENDING_RESETS: usize = 20;
const MAX_LOCAL_RESETS: usize = 1024;

/// HTTP/2: what a client may send besides a head without asking for, sending or taking anything: settings, pings and
/// the like, which cost little each and are answered without end.
const IDLE_BYTES: u64 = 16 << 10;

/// How long, and for how many bytes, a client that is still sending may go on after the last response, so that closing
/// does not destroy the response on its way.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 1 << 20;

/// Serves a connection until either side ends it. `signal` tells it to end when nothing is under way.
pub(super) async fn serve<E>(mut stream: TcpStream, connection: Connection, context: &Arc<Context<E>>, signal: &Signal)
where
    E: Endpoint<Output = poem::Response> + 'static,
{
    let Some(opening) = Opening::read(&mut stream, &context.settings, signal).await else { return };
    let facts = Arc::clone(&connection.facts);
    let mut socket = Socket::new(stream, opening.bytes.freeze(), Arc::clone(&facts));
    let pace = Pace { settings: &context.settings, facts: &facts, signal, began: opening.began };
    let ended = match opening.protocol {
        Protocol::Http1 => serve_http1(&mut socket, connection, context, pace).await,
        Protocol::Http2 => {
            facts.by_streams();
            serve_http2(&mut socket, connection, context, pace).await
        }
    };
    match ended {
        Ended::Done(Ok(())) if !facts.has_unread_body() => {}
        Ended::Done(Ok(())) => linger(&mut socket).await,
        Ended::Done(Err(error)) => {
            ConnectionBroken::Failed(&error).emit();
            if opening.protocol == Protocol::Http1 && !facts.has_peer_closed() {
                linger(&mut socket).await;
            }
        }
        Ended::GivenUp(reason, phase) => {
            ConnectionBroken::GivenUp { reason, phase: &phase }.emit();
            if let Phase::Blocked { .. } = phase {
                // What the client has not taken would otherwise wait in the kernel for minutes. If it fails, it does.
                let _ = socket.stream().set_zero_linger();
            }
        }
    }
}

async fn serve_http1<E>(socket: &mut Socket, connection: Connection, context: &Arc<Context<E>>, pace: Pace<'_>) -> Ended
where
    E: Endpoint<Output = poem::Response> + 'static,
{
    let max_head_bytes = pace.settings.max_head_bytes;
    let http = http1::Builder::new()
        // It would count the time between two requests too.
        .header_read_timeout(None)
        .max_header_size(max_head_bytes)
        .max_buf_size(max_head_bytes.max(BUFFER_BYTES))
        .serve_connection(TokioIo::new(socket), service_fn(|request| context.answer(&connection, request)));
    drive(http, http1::Connection::graceful_shutdown, Protocol::Http1, pace).await
}

async fn serve_http2<E>(socket: &mut Socket, connection: Connection, context: &Arc<Context<E>>, pace: Pace<'_>) -> Ended
where
    E: Endpoint<Output = poem::Response> + 'static,
{
    let stall_timeout = pace.settings.stall_timeout;
    let room = [Arc::clone(&context.requests), Arc::clone(&context.unsent)];
    let streams = Streams::new(Arc::clone(&connection.facts), stall_timeout, room);
    let http = http2::Builder::new(streams)
        .timer(TokioTimer::new())
        .keep_alive_interval(stall_timeout)
        .keep_alive_timeout(stall_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(pace.settings.max_head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_LOCAL_RESETS)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .serve_connection(TokioIo::new(socket), service_fn(|request| context.answer(&connection, request)));
    drive(http, http2::Connection::graceful_shutdown, Protocol::Http2, pace).await
}

/// The protocols that are spoken on the same port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
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

/// What a connection began with.
struct Opening {
    protocol: Protocol,
    bytes: BytesMut,
    /// When the first byte came.
    began: Instant,
}

impl Opening {
    /// Reads until the protocol shows; none if the client let a deadline pass or left, or if the server stops before
    /// it has said anything.
    async fn read(stream: &mut TcpStream, settings: &config::Server, signal: &Signal) -> Option<Self> {
        // A look that takes nothing, so that no buffer is held for a client that says nothing.
        let mut first = [0];
        tokio::select! {
            seen = timeout(settings.first_byte_timeout, stream.peek(&mut first)) => seen.ok()?.ok()?,
            () = signal.raised() => return None,
        };
        let began = Instant::now();
        let mut bytes = BytesMut::with_capacity(FIRST_READ_BYTES);
        let protocol = timeout(settings.head_timeout, async {
            loop {
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                if let Some(protocol) = Protocol::of(&bytes) {
                    return Ok(protocol);
                }
            }
        });
        let protocol = protocol.await.ok()?.ok()?;
        Some(Self { protocol, bytes, began })
    }
}

/// What a connection's deadlines follow from.
struct Pace<'a> {
    settings: &'a config::Server,
    facts: &'a Facts,
    signal: &'a Signal,
    began: Instant,
}

impl Pace<'_> {
    /// How long a phase may last.
    fn limit(&self, phase: Phase, winding_down: bool) -> Option<Duration> {
        match phase {
            Phase::Busy => None,
            Phase::Head { .. } => Some(self.settings.head_timeout),
            Phase::Idle { .. } if !winding_down => Some(self.settings.keep_alive_timeout),
            Phase::Idle { .. } | Phase::Blocked { .. } => Some(self.settings.stall_timeout),
        }
    }

    /// Why to give the connection up now, whatever its deadlines.
    fn must_end(&self, protocol: Protocol) -> Option<&'static str> {
        // In HTTP/1.1 all that comes is a head or a body, and those have their limits.
        let most = IDLE_BYTES + self.settings.max_head_bytes as u64;
        if protocol == Protocol::Http2 && self.facts.idle_bytes() > most {
            Some("its client sends without asking for anything")
        } else if self.signal.wish() == Wish::MakeRoom && self.facts.waiting_since().is_some() {
            Some("others need the room, and its client keeps it waiting")
        } else {
            None
        }
    }
}

/// How a connection ended.
enum Ended {
    /// As HTTP has it, or with an error of HTTP or of the socket.
    Done(hyper::Result<()>),
    /// By us, for a reason, in a phase.
    GivenUp(&'static str, Phase),
}

/// Drives a connection of either protocol, under the deadline of whatever it is doing.
async fn drive<C, W>(http: C, wind_down: W, protocol: Protocol, pace: Pace<'_>) -> Ended
where
    C: Future<Output = hyper::Result<()>>,
    W: Fn(Pin<&mut C>),
{
    let heads = protocol == Protocol::Http1;
    let mut http = pin!(http);
    let mut alarm = Alarm::default();
    let mut phase = pace.facts.phase(heads);
    let mut since = pace.began;
    let mut winding_down = false;
    poll_fn(|context| {
        loop {
            if pace.signal.poll(context) > Wish::GoOn && !winding_down {
                winding_down = true;
                wind_down(http.as_mut());
            }
            if let Poll::Ready(result) = http.as_mut().poll(context) {
                return Poll::Ready(Ended::Done(result));
            }
            let now = pace.facts.phase(heads);
            if now != phase {
                (phase, since) = (now, Instant::now());
                pace.facts.waits((phase != Phase::Busy).then_some(since));
            }
            if let Some(reason) = pace.must_end(protocol) {
                return Poll::Ready(Ended::GivenUp(reason, phase));
            }
            let Some(limit) = pace.limit(phase, winding_down) else { return Poll::Pending };
            if alarm.poll(context, since + limit).is_pending() {
                return Poll::Pending;
            }
            if winding_down || !matches!(phase, Phase::Idle { .. }) {
                return Poll::Ready(Ended::GivenUp("its client let a deadline pass", phase));
            }
            // Idle for too long: closed the way that tells the client, and again under a deadline.
            (winding_down, since) = (true, Instant::now());
            wind_down(http.as_mut());
        }
    })
    .await
}

/// Waits for the client to stop sending. Closing a socket that holds unread bytes would reset the connection, and the
/// reset may overtake the response that tells the client why.
async fn linger(socket: &mut Socket) {
    let mut rest = socket.stream().take(LINGER_BYTES);
    let mut discard = [0; 1024];
    let _ = timeout(LINGER, async { while matches!(rest.read(&mut discard).await, Ok(1..)) {} }).await;
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
}
