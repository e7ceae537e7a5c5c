//! Bodies with limits: a request's may be only so large, and neither side may stall.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use poem::error::ReadBodyError;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::facts::{Facts, PIECE_BYTES, Underway, Untaken};
use super::gauge::Ticket;
use super::stream;
use crate::telemetry::events::{BodyOf, RequestBodyEnded, RequestUnderway, ResponseBodyEnded, ResponseCutOff};

/// Why the rest of a request's body could not be had, through no fault of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// It is larger than `server.max_body_bytes`, which only shows when no length was sent ahead: 413.
    #[error("the body is larger than the {limit_bytes} bytes that are taken")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// Nothing of it came for `server.stall_timeout`: 408.
    #[error("nothing of the body came for {} seconds", timeout.as_secs_f32())]
    Stalled {
        /// How long the server waited.
        timeout: Duration,
    },
}

impl BodyFault {
    /// The fault behind an error that reading a body gave, however poem and `io::Error` have wrapped it.
    #[must_use]
    pub fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(fault) = error.downcast_ref::<Self>() {
            return Some(*fault);
        }
        // Neither of these two names what it carries as its source.
        if let Some(ReadBodyError::Io(inner)) = error.downcast_ref() {
            return Self::behind(inner);
        }
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return Self::behind(inner);
        }
        error.source().and_then(Self::behind)
    }
}

/// How much a request's body may hold, and how long nothing of it may come.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub(super) max_bytes: usize,
    pub(super) stall_timeout: Duration,
}

/// A request's body. Its errors are [`BodyFault`]s or hyper's.
pub(super) struct RequestBody {
    incoming: Incoming,
    of: BodyOf,
    limits: BodyLimits,
    taken_bytes: usize,
    stall: Stall,
    facts: Arc<Facts>,
    ended: bool,
}

impl RequestBody {
    pub(super) fn new(incoming: Incoming, of: BodyOf, limits: BodyLimits, facts: Arc<Facts>) -> Self {
        Self { incoming, of, limits, taken_bytes: 0, stall: Stall::default(), facts, ended: false }
    }

    fn take(&mut self, frame: Frame<Bytes>) -> io::Result<Frame<Bytes>> {
        let limit_bytes = self.limits.max_bytes;
        self.taken_bytes += frame.data_ref().map_or(0, Bytes::len);
        if self.taken_bytes > limit_bytes {
            return Err(io::Error::other(BodyFault::TooLarge { limit_bytes }));
        }
        if self.incoming.is_end_stream() {
            self.end();
        } else {
            self.facts.body_read();
        }
        Ok(frame)
    }

    fn end(&mut self) {
        self.ended = true;
        self.facts.body_read();
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) else {
            let timeout = self.limits.stall_timeout;
            ready!(self.stall.poll(context, timeout));
            return Poll::Ready(Some(Err(io::Error::other(BodyFault::Stalled { timeout }))));
        };
        self.stall.over();
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(self.take(frame)),
            Some(Err(error)) => Some(Err(io::Error::other(error))),
            None => {
                self.end();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended {
            self.facts.body_dropped();
        }
        RequestBodyEnded { of: self.of, bytes: self.taken_bytes as u64 }.emit();
    }
}

/// A request, while anything of it is under way.
pub(super) struct Ongoing {
    pub(super) _underway: Underway,
    /// Of `server.max_requests`, if it was given one.
    pub(super) _ticket: Option<Ticket>,
    pub(super) _measured: RequestUnderway,
}

/// What lasts until a response is over: all of it written, or given up.
pub(super) struct Unfinished {
    untaken: Untaken,
    /// Of `server.max_unsent_bytes`; none for a body that is small, or read from the store piece by piece.
    unsent: Option<Ticket>,
    _request: Ongoing,
}

impl Unfinished {
    pub(super) fn new(request: Ongoing, unsent: Option<Ticket>, untaken: Untaken) -> Self {
        Self { untaken, unsent, _request: request }
    }
}

/// The end of a body, which takes with it what lasts until it is written: hyper drops it then.
struct LastPiece {
    data: Bytes,
    _unfinished: Unfinished,
}

impl AsRef<[u8]> for LastPiece {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// A response's body, which keeps its request under way until hyper has all of it, and until the socket has if it is
/// large.
pub(super) struct ResponseBody {
    inner: BoxBody<Bytes, io::Error>,
    of: BodyOf,
    given_bytes: u64,
    /// What of the last frame is still to be given, where frames are given in pieces.
    rest: Bytes,
    pieces: bool,
    stall: Stall,
    stall_timeout: Duration,
    unfinished: Option<Unfinished>,
}

impl ResponseBody {
    /// `pieces`: in HTTP/2 a stream takes one frame more than the client has room for. A picture in one frame would
    /// count as given although the client takes nothing, so there frames are given in pieces.
    pub(super) fn new(
        inner: BoxBody<Bytes, io::Error>,
        of: BodyOf,
        pieces: bool,
        stall_timeout: Duration,
        unfinished: Unfinished,
    ) -> Self {
        let unfinished = (!inner.is_end_stream()).then_some(unfinished);
        if pieces {
            stream::note_progress();
        }
        Self {
            inner,
            of,
            given_bytes: 0,
            rest: Bytes::new(),
            pieces,
            stall: Stall::default(),
            stall_timeout,
            unfinished,
        }
    }

    fn give(&mut self, mut data: Bytes) -> Frame<Bytes> {
        if self.pieces {
            stream::note_progress();
            if let Some(unfinished) = &self.unfinished {
                unfinished.untaken.more();
            }
            self.rest = data.split_off(data.len().min(PIECE_BYTES));
        }
        self.given_bytes += data.len() as u64;
        if self.is_end_stream()
            && let Some(unfinished) = self.unfinished.take()
            && unfinished.unsent.is_some()
        {
            data = Bytes::from_owner(LastPiece { data, _unfinished: unfinished });
        }
        Frame::data(data)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(self.give(rest))));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            let timeout = self.stall_timeout;
            ready!(self.stall.poll(context, timeout));
            ResponseCutOff::Stalled(timeout).emit();
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        };
        self.stall.over();
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(Ok(match frame.into_data() {
                Ok(data) => self.give(data),
                Err(trailers) => trailers,
            })),
            Some(Err(error)) => {
                ResponseCutOff::Failed(&error).emit();
                Some(Err(error))
            }
            None => {
                self.unfinished = None;
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.inner.size_hint();
        let rest = self.rest.len() as u64;
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(inner.lower() + rest);
        hint
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        ResponseBodyEnded { of: self.of, bytes: self.given_bytes }.emit();
    }
}

/// How long nothing has come.
#[derive(Default)]
struct Stall {
    since: Option<Instant>,
    alarm: Alarm,
}

impl Stall {
    /// Nothing came: ready once that has been so for `timeout`.
    fn poll(&mut self, context: &mut Context<'_>, timeout: Duration) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.alarm.poll(context, since + timeout)
    }

    /// Something came.
    fn over(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http_body_util::{BodyExt, Full};

    use super::super::facts::Phase;
    use super::super::gauge::Gauge;
    use super::*;
    use crate::telemetry::route::Route;

    #[test]
    fn a_fault_is_found_in_its_wrappings() {
        let fault = BodyFault::TooLarge { limit_bytes: 7 };
        let wrapped = ReadBodyError::Io(io::Error::other(io::Error::other(fault)));
        assert_eq!(BodyFault::behind(&wrapped), Some(fault));
        assert_eq!(BodyFault::behind(&ReadBodyError::PayloadTooLarge), None);
        assert_eq!(BodyFault::behind(&io::Error::from(io::ErrorKind::TimedOut)), None);
    }

    fn body(picture: &Bytes, pieces: bool, facts: &Arc<Facts>, gauge: &Arc<Gauge>) -> ResponseBody {
        let inner = Full::new(picture.clone()).map_err(|never| match never {}).boxed();
        let measured = RequestUnderway::begin(&Method::GET);
        let ongoing = Ongoing { _underway: facts.begin(), _ticket: None, _measured: measured };
        let unfinished = Unfinished::new(ongoing, gauge.enter_with(picture.len()), facts.answer());
        ResponseBody::new(
            inner,
            BodyOf::new(&Method::GET, Route::UNMATCHED),
            pieces,
            Duration::from_secs(1),
            unfinished,
        )
    }

    #[tokio::test]
    async fn a_large_frame_is_given_in_pieces_that_add_up() {
        let picture = Bytes::from((0..=255).cycle().take(40_000).collect::<Vec<u8>>());
        let facts = Arc::new(Facts::default());
        let mut body = body(&picture, true, &facts, &Gauge::new(40_000));
        let mut given = Vec::new();
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(data.len() <= PIECE_BYTES);
            given.extend_from_slice(&data);
            assert_eq!(body.size_hint().exact(), Some((picture.len() - given.len()) as u64));
        }
        assert_eq!(given, picture);
        assert_eq!(facts.phase(true), Phase::Idle { after: 1 });
    }

    #[tokio::test]
    async fn what_hyper_has_not_written_is_still_unsent() {
        let picture = Bytes::from(vec![7; 40_000]);
        for pieces in [true, false] {
            let (facts, gauge) = (Arc::new(Facts::default()), Gauge::new(40_000));
            let mut body = body(&picture, pieces, &facts, &gauge);
            let mut buffered = Vec::new();
            while let Some(frame) = body.frame().await {
                buffered.push(frame.unwrap().into_data().unwrap());
            }
            drop(body);
            assert!(gauge.enter().is_none() && facts.is_untaken());
            assert_eq!(facts.phase(true), Phase::Busy);
            drop(buffered);
            assert!(gauge.enter().is_some() && !facts.is_untaken());
            assert_eq!(facts.phase(true), Phase::Idle { after: 1 });
        }
    }
}
