//! Who gets in, and what those hear who do not.
//!
//! Whenever more is asked than can be answered, what is refused takes time from what is answered: if a refusal costs half of
//! an answer, a service that is asked for a third more answers a third less. So it is decided before anything is done for a
//! request, the response is ready but for its trace id, and the lines are summed up; what is counted is counted exactly.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};

use super::burst::Burst;
use super::facts::Facts;
use super::gauge::{Gauge, Ticket};
use super::lag::Lag;
use super::refusal::{Refusal, Refuse};
use crate::config;
use crate::telemetry::catalogue::values::TurnedAwayReason;
use crate::telemetry::context::Context as Trace;
use crate::telemetry::route::Route;

pub(super) const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// The way in.
pub(super) struct Door {
    /// Of `server.max_requests`.
    pub(super) requests: Arc<Gauge>,
    lag: Lag,
    for_operators: bool,
    full: ReadyMade,
    lagging: ReadyMade,
    lines: Burst,
}

/// What becomes of a request that comes.
#[derive(Debug)]
pub(super) enum Entry {
    /// It is answered.
    Granted(Ticket),
    /// It is turned away.
    Denied(TurnedAwayReason),
}

impl Door {
    pub(super) fn new(settings: &config::Server, for_operators: bool, refuse: &Refuse) -> Self {
        Self {
            requests: Gauge::new(settings.max_requests),
            lag: Lag::new(settings.max_lag),
            for_operators,
            full: ReadyMade::of(refuse, Refusal::TooManyRequests),
            lagging: ReadyMade::of(refuse, Refusal::Lagging),
            lines: Burst::default(),
        }
    }

    /// Looks how long requests wait for a processor, for as long as it is polled.
    pub(super) async fn watch_lag(&self) {
        if !self.for_operators {
            self.lag.watch().await;
        }
    }

    /// Lets a request in or not. Neither operators nor probes are turned away because others ask for much: what probes hear
    /// would have a load balancer or an orchestrator take this process for ill.
    ///
    /// The last quarter is for connections that ask for one thing at a time, so that nobody fills the house by the streams of
    /// a few.
    pub(super) fn enter(&self, route: Route, facts: &Facts) -> Entry {
        if !self.for_operators && self.lag.refuses_one() && !route.is_probe() {
            Entry::Denied(TurnedAwayReason::Lag)
        } else if facts.has_several_streams() && self.requests.is_tight() {
            Entry::Denied(TurnedAwayReason::Surplus)
        } else {
            self.requests.enter().map_or(Entry::Denied(TurnedAwayReason::TooMany), Entry::Granted)
        }
    }

    /// The response that is ready for a request that is turned away, if that is all there is to do: nothing of it is still to
    /// be read, and nobody follows its trace.
    pub(super) fn ready_made<B: Body>(
        &self,
        reason: TurnedAwayReason,
        request: &Request<B>,
        trace: &Trace,
    ) -> Option<&ReadyMade> {
        let is_all = request.body().is_end_stream() && request.method() != Method::HEAD && !trace.is_exported();
        match reason {
            TurnedAwayReason::TooMany if is_all => Some(&self.full),
            TurnedAwayReason::Lag if is_all => Some(&self.lagging),
            _ => None,
        }
    }

    /// Notes a request that was turned away; if it is time for a line, how many it stands for.
    pub(super) fn note(&self) -> Option<u64> {
        self.lines.note()
    }
}

/// A response but for the trace id.
pub(super) struct ReadyMade {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Where in the body the id stands, if it does.
    id_at: Option<usize>,
}

impl ReadyMade {
    fn of(refuse: &Refuse, refusal: Refusal) -> Self {
        let stand_in = Trace::begin(&HeaderMap::new(), Route::UNMATCHED);
        let made = stand_in.scope(async {
            let response = refuse(refusal);
            let (parts, body) = response.into_parts();
            (parts.status, parts.headers, body.into_bytes().await.unwrap_or_default())
        });
        // A refusal is never read from anywhere: it is there at once. Were it not, its status would still say what to do.
        let (status, mut headers, body) = made.now_or_never().unwrap_or_default();
        headers.insert(X_TRACE_ID, stand_in.header());
        let id = stand_in.trace_id().hex();
        let id_at = body.windows(id.len()).position(|window| window == id.as_bytes());
        Self { status, headers, body: body.into(), id_at }
    }

    /// The response to a request.
    pub(super) fn response(&self, trace: &Trace) -> Response<BoxBody<Bytes, io::Error>> {
        let mut body = self.body.clone();
        let id = trace.trace_id().hex();
        if let Some(place) = self.id_at.and_then(|at| body.get_mut(at..at + id.len())) {
            place.copy_from_slice(id.as_bytes());
        }
        let mut response = Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(X_TRACE_ID, trace.header());
        response
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use poem::http::header;

    use super::*;
    use crate::telemetry::context::TraceId;

    fn refuse(refusal: Refusal) -> poem::Response {
        let id = TraceId::current().map_or_else(String::new, |id| id.to_string());
        let response = poem::Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).header(header::RETRY_AFTER, 1);
        response.body(format!("{refusal:?}, trace {id}."))
    }

    #[tokio::test]
    async fn what_is_ready_made_says_whose_it_is() {
        let ready = ReadyMade::of(&(Box::new(refuse) as Refuse), Refusal::Lagging);
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("traceparent"),
            HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        )]);
        for trace in [Trace::begin(&headers, Route::UNMATCHED), Trace::begin(&HeaderMap::new(), Route::UNMATCHED)] {
            let response = ready.response(&trace);
            assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &HeaderValue::from(1)));
            let id = trace.trace_id().to_string();
            assert_eq!(response.headers()[X_TRACE_ID], *id);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, format!("Lagging, trace {id}."));
        }
    }

    #[test]
    fn probes_are_not_refused_because_others_ask_for_much() {
        let settings = config::Server { max_requests: 2, ..config::Server::default() };
        let door = Door::new(&settings, false, &(Box::new(refuse) as Refuse));
        door.lag.refuse_all();
        let facts = Arc::new(Facts::default());
        assert!(matches!(door.enter(Route::UNMATCHED, &facts), Entry::Denied(TurnedAwayReason::Lag)));
        let probe = Route::of_template("/healthz");
        let granted = [door.enter(probe, &facts), door.enter(probe, &facts)];
        assert!(granted.iter().all(|entry| matches!(entry, Entry::Granted(_))));
        assert!(matches!(door.enter(probe, &facts), Entry::Denied(TurnedAwayReason::TooMany)));
    }
}
