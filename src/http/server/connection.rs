//! One connection, from its first byte to its close.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::TryFutureExt;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::alarm::Alarm;
use super::exchange::{Connection, Context};
use super::facts::{Facts, Phase};
use super::opening::{self, Opening, Protocol, Rest};
use super::signal::{Signal, Wish};
use super::socket::Socket;
use super::stream::Streams;
use crate::config;
use crate::telemetry::events::ConnectionBroken;

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

/// How long hyper keeps a connection on which nothing is under way: less, and clients that ask again soon would have its
/// buffers made anew each time; more, and idle clients would hold them.
const REST_AFTER: Duration = Duration::from_secs(1);

/// The same of those that find [`MAX_AWAKE`] connections with hyper already, so that a crowd that comes at once does not
/// have all of its buffers at once.
const REST_SOON: Duration = Duration::from_millis(50);

/// How many connections may stay with hyper for [`REST_AFTER`].
pub(super) const MAX_AWAKE: usize = 1_000;

/// How long, and for how many bytes, a client that is still sending may go on after the last response, so that closing
/// does not destroy the response on its way.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 1 << 20;

/// Serves a connection until either side ends it. `signal` tells it to end when nothing is under way.
pub(super) async fn serve(stream: TcpStream, connection: Connection, context: &Arc<Context>, signal: &Signal) {
    let (settings, facts) = (&context.settings, &*connection.facts);
    let mut socket = Socket::new(stream, Arc::clone(&connection.facts));
    let patience = settings.first_byte_timeout;
    let mut rest = Rest { protocol: None, bytes: BytesMut::new(), since: Instant::now(), patience };
    let (protocol, ended) = loop {
        let opening = opening::read(&mut socket, rest, facts, context, signal).await;
        let Some(Opening { protocol, bytes, began, large: _large }) = opening else { return };
        socket.replay(bytes);
        let awake = if protocol == Protocol::Http1 { context.awake.enter() } else { None };
        let rest_after = if awake.is_some() { REST_AFTER } else { REST_SOON };
        let pace = Pace { settings, facts, signal, began, rest_after };
        // In boxes, so that a connection at rest does not keep room for them.
        let ended = match protocol {
            Protocol::Http1 => Box::pin(serve_http1(&mut socket, &connection, context, pace)).await,
            Protocol::Http2 => {
                facts.by_streams();
                Box::pin(serve_http2(&mut socket, &connection, context, pace)).await
            }
        };
        match ended {
            Ended::Resting(resting) => rest = resting,
            ended => break (protocol, ended),
        }
    };
    match ended {
        Ended::Done(Ok(())) if !facts.has_unread_body() => {}
        Ended::Done(Ok(())) => linger(&mut socket).await,
        Ended::Done(Err(error)) => {
            ConnectionBroken::Failed(&error).emit();
            if protocol == Protocol::Http1 && !facts.has_peer_closed() {
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
        // Whose loop goes on.
        Ended::Resting(_) => {}
    }
}

async fn serve_http1(socket: &mut Socket, connection: &Connection, context: &Arc<Context>, pace: Pace<'_>) -> Ended {
    let max_head_bytes = pace.settings.max_head_bytes;
    let mut http = http1::Builder::new()
        // It would count the time between two requests too.
        .header_read_timeout(None)
        .max_header_size(max_head_bytes)
        .max_buf_size(max_head_bytes.max(BUFFER_BYTES))
        .serve_connection(
            TokioIo::new(socket),
            service_fn(|request| context.answer(connection, request).map_ok(|answer| context.parting.mark(answer))),
        );
    let ended = drive(Pin::new(&mut http), http1::Connection::graceful_shutdown, Protocol::Http1, &pace).await;
    match ended {
        // Copied, so that the buffer goes.
        Ended::Resting(rest) => Ended::Resting(Rest { bytes: BytesMut::from(&*http.into_parts().read_buf), ..rest }),
        ended => ended,
    }
}

async fn serve_http2(socket: &mut Socket, connection: &Connection, context: &Arc<Context>, pace: Pace<'_>) -> Ended {
    let stall_timeout = pace.settings.stall_timeout;
    let room = [Arc::clone(&context.door.requests), Arc::clone(&context.unsent)];
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
        // Boxed, so that its memory goes when there is an answer: a stream's task lives until the answer is taken.
        .serve_connection(TokioIo::new(socket), service_fn(|request| Box::pin(context.answer(connection, request))));
    drive(pin!(http), http2::Connection::graceful_shutdown, Protocol::Http2, &pace).await
}

/// What a connection's deadlines follow from.
struct Pace<'a> {
    settings: &'a config::Server,
    facts: &'a Facts,
    signal: &'a Signal,
    began: Instant,
    rest_after: Duration,
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

/// How a connection ended, or that hyper gives it back.
enum Ended {
    /// As HTTP has it, or with an error of HTTP or of the socket.
    Done(hyper::Result<()>),
    /// By us, for a reason, in a phase.
    GivenUp(&'static str, Phase),
    /// Not at all: it has nothing under way, and goes on when more of the next head comes.
    Resting(Rest),
}

/// Drives a connection of either protocol, under the deadline of whatever it is doing.
async fn drive<C, W>(mut http: Pin<&mut C>, wind_down: W, protocol: Protocol, pace: &Pace<'_>) -> Ended
where
    C: Future<Output = hyper::Result<()>>,
    W: Fn(Pin<&mut C>),
{
    let heads = protocol == Protocol::Http1;
    let mut alarm = Alarm::default();
    let mut phase = pace.facts.phase(heads);
    let (mut since, handed_over) = (pace.began, Instant::now());
    let mut winding_down = false;
    poll_fn(|context| {
        loop {
            // Before it is told to end: what has come is answered.
            if let Poll::Ready(result) = http.as_mut().poll(context) {
                return Poll::Ready(Ended::Done(result));
            }
            if pace.signal.poll(context) > Wish::GoOn && !winding_down {
                winding_down = true;
                wind_down(http.as_mut());
                continue;
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
            let end = since + limit;
            // What hyper was given it has been given a while to use, however long the client took to send it.
            let rest = since.max(handed_over) + pace.rest_after;
            let rests = heads && !winding_down && !matches!(phase, Phase::Blocked { .. }) && rest < end;
            if alarm.poll(context, if rests { rest } else { end }).is_pending() {
                return Poll::Pending;
            }
            if rests {
                let patience = pace.settings.keep_alive_timeout;
                let (protocol, bytes) = (Some(protocol), BytesMut::new());
                return Poll::Ready(Ended::Resting(Rest { protocol, bytes, since, patience }));
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
