//! The thread that sends: batch after batch, each offered again while that may help, never longer than its time.

use std::io;
use std::thread;
use std::time::Duration;

use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::otlp::Message;
use super::queue::Arrivals;
use super::transport::{Failure, Transport};
use crate::config;
use crate::telemetry::health::{self, DropReason, Signal};

/// How long to wait before offering a batch again; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Short enough that spans go within seconds of the endpoint's return.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long the clients' own tasks may take to end.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(50);

/// What the thread works with.
pub(super) struct Worker {
    transport: Transport,
    resource: ResourceAttributesWithSchema,
    arrivals: Arrivals,
    batch: Vec<SpanData>,
    max_batch_size: usize,
    batch_delay: Duration,
    timeout: Duration,
    export_timeout: Duration,
}

/// Spans that were not sent.
pub(super) fn lost(reason: DropReason, count: usize) {
    health::dropped(Signal::Traces, reason, count as u64);
}

impl Worker {
    pub(super) fn new(
        transport: Transport,
        resource: &Resource,
        arrivals: Arrivals,
        settings: &config::Traces,
    ) -> Self {
        Self {
            transport,
            resource: resource.into(),
            arrivals,
            batch: Vec::new(),
            max_batch_size: settings.max_batch_size,
            batch_delay: settings.batch_delay,
            timeout: settings.timeout,
            export_timeout: settings.export_timeout,
        }
    }

    /// Starts the thread; it ends some time after the queue has been told to.
    pub(super) fn start(self, runtime: Runtime) -> io::Result<()> {
        thread::Builder::new().name("traces".to_owned()).spawn(move || {
            let ended = self.arrivals.ended.clone();
            runtime.block_on(self.run());
            runtime.shutdown_timeout(CLOSE_TIMEOUT);
            drop(ended);
        })?;
        Ok(())
    }

    async fn run(mut self) {
        while self.gather().await {
            self.ship().await;
        }
        // Whoever still ends a span is told so by the closed queue.
        self.arrivals.spans.close();
        let mut goes_well = true;
        while self.take_waiting() && goes_well && !self.is_over() {
            goes_well = self.ship().await;
        }
        let mut left = self.batch.len();
        while self.arrivals.spans.try_recv().is_ok() {
            left += 1;
        }
        lost(DropReason::Stopped, left);
    }

    /// Waits until a batch is full or its first span has waited long enough. Says no when it is time to stop.
    async fn gather(&mut self) -> bool {
        let Self { arrivals, batch, max_batch_size, batch_delay, .. } = self;
        let filling = async {
            if batch.is_empty() && arrivals.spans.recv_many(batch, *max_batch_size).await == 0 {
                return false;
            }
            let go = Instant::now() + *batch_delay;
            while batch.len() < *max_batch_size {
                let room = *max_batch_size - batch.len();
                match timeout_at(go, arrivals.spans.recv_many(batch, room)).await {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
            true
        };
        tokio::select! {
            biased;
            // An error means that the queue is gone, which is as good as being told to stop.
            _ = arrivals.stop.wait_for(Option::is_some) => false,
            goes_on = filling => goes_on,
        }
    }

    /// Fills the batch with what waits already. Says no when there is nothing.
    fn take_waiting(&mut self) -> bool {
        while self.batch.len() < self.max_batch_size
            && let Ok(span) = self.arrivals.spans.try_recv()
        {
            self.batch.push(span);
        }
        !self.batch.is_empty()
    }

    fn is_over(&self) -> bool {
        self.stop_at().is_none_or(|deadline| deadline <= Instant::now())
    }

    fn stop_at(&self) -> Option<Instant> {
        *self.arrivals.stop.borrow()
    }

    /// Sends the batch, and counts what is not taken. Says whether it went well.
    async fn ship(&mut self) -> bool {
        let spans = std::mem::take(&mut self.batch);
        let count = spans.len();
        let message = Message::new(spans, &self.resource);
        let outcome = self.offer(&message).await;
        match outcome {
            Ok(rejected) => {
                let rejected = usize::try_from(rejected).unwrap_or_default().min(count);
                lost(DropReason::ExportFailed, rejected);
                health::fault(Signal::Traces, None);
                true
            }
            Err((reason, fault)) => {
                lost(reason, count);
                health::fault(Signal::Traces, fault);
                false
            }
        }
    }

    /// Offers a message until it is taken or refused, or its time is over. Gives how many spans of it were rejected, or why
    /// it is lost.
    async fn offer(&mut self, message: &Message) -> Result<u64, (DropReason, Option<String>)> {
        let deadline = Instant::now() + self.export_timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.offer_once(message).await {
                None => return Err((DropReason::Stopped, None)),
                Some(Ok(rejected)) => return Ok(rejected),
                Some(Err(failure)) => failure,
            };
            health::export_failed(Signal::Traces);
            let next = Instant::now() + failure.pause().unwrap_or(pause).min(LONGEST_PAUSE);
            pause = (pause * 2).min(LONGEST_PAUSE);
            let reason = failure.reason();
            if reason != DropReason::Unavailable || next >= deadline {
                return Err((reason, Some(failure.to_string())));
            }
            if self.stop_at().is_some() {
                return Err((DropReason::Stopped, Some(failure.to_string())));
            }
            health::fault(Signal::Traces, Some(failure.to_string()));
            // A pause ends early when it is time to stop, for one last attempt.
            tokio::select! {
                () = sleep_until(next) => {}
                _ = self.arrivals.stop.wait_for(Option::is_some) => {}
            }
        }
    }

    /// One attempt; nothing when the time to stop was over first.
    async fn offer_once(&mut self, message: &Message) -> Option<Result<u64, Failure>> {
        let Self { transport, arrivals, timeout, .. } = self;
        let sending = async {
            let sent = tokio::time::timeout(*timeout, transport.send(message)).await;
            sent.unwrap_or(Err(Failure::Unanswered(*timeout)))
        };
        let over = async {
            // Of a queue that is gone nobody says when to stop: then one attempt is made in its own time.
            let deadline = match arrivals.stop.wait_for(Option::is_some).await {
                Ok(deadline) => *deadline,
                Err(_) => None,
            };
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            sent = sending => Some(sent),
            () = over => None,
        }
    }
}
