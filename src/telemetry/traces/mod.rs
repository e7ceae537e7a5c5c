//! Traces: what a request did and how long each part of it took, for those that are sampled; OpenTelemetry's model, sent by
//! OTLP.
//!
//! Whether a request is sampled is decided before anything is built, by asking the SDK's sampler; the answer stands in the
//! request's [`Context`], with the ids that its span will have. One that is not sampled makes no span at all, here or
//! further down: [`server`] and [`steps`] look at the context first, and so does the layer between `tracing` and
//! OpenTelemetry. What ends in a span here is said in `server` (requests), `steps` (what is done for them) and `late`
//! (requests that turn out to be worth one); `export` takes spans away.

mod export;
mod filter;
mod ids;
mod late;
mod sampler;
mod server;
mod steps;

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanLimits};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use self::export::ExportError;
pub use self::filter::is_wanted;
use self::ids::Ids;
use self::late::Late;
use self::sampler::Sampler;
pub use self::server::{Answered, Asked, ServerSpan};
pub use self::steps::{Commit, Link, Step, blob, database, wait};
use super::context::{Context, Parent, TraceId};
use super::health::{self, DropReason, Signal};
use crate::config::Config;
use crate::domain::AddressDetail;

/// What requests need to know of traces, once they are made at all.
struct Active {
    sampler: Sampler,
    tracer: SdkTracer,
    late: Late,
    client_addresses: AddressDetail,
}

/// Set once, when traces are started; without it no request is sampled.
static ACTIVE: OnceLock<Active> = OnceLock::new();

/// The making and sending of spans, until it is stopped.
#[must_use = "spans that wait are lost unless it is stopped"]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Starts it, if there is an endpoint; else ids are all there is.
    ///
    /// # Errors
    /// When the settings of the endpoint cannot be used.
    pub fn start(config: &Config) -> Result<Option<Self>, ExportError> {
        let Some(queue) = export::start(&config.traces)? else { return Ok(None) };
        // Whether to sample has been decided when a span is made, and what a span holds is chosen here; the SDK would
        // otherwise look into the environment for both.
        let provider = SdkTracerProvider::builder()
            .with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOn)
            .with_id_generator(Ids)
            .with_span_limits(SpanLimits::default())
            .with_resource(export::resource(&config.traces))
            .with_span_processor(queue)
            .build();
        let tracer = provider.tracer("sirius");
        let active = Active {
            sampler: Sampler::new(&config.traces),
            tracer: tracer.clone(),
            late: Late::new(&config.traces),
            client_addresses: config.log.client_addresses,
        };
        // Telemetry is started once a process.
        let _ = ACTIVE.set(active);
        Ok(Some(Self { provider, tracer }))
    }

    /// What turns the spans of `tracing` into OpenTelemetry's, for requests that are sampled and nothing else. For spans
    /// only that [`is_wanted`] admits.
    #[must_use]
    pub fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter::OfSampled)
            .boxed()
    }

    /// Sends the spans that wait and ends; what has not gone after `deadline` is dropped. Gives how many those are.
    ///
    /// Blocks: not for async threads.
    #[must_use]
    pub fn stop(self, deadline: Duration) -> u64 {
        // Whether it ended well shows in the count.
        let _ = self.provider.shutdown_with_timeout(deadline);
        let report = health::report();
        let dropped = report.iter().filter(|report| report.signal == Signal::Traces).flat_map(|report| &report.dropped);
        dropped.filter(|(reason, _)| *reason == DropReason::Stopped).map(|(_, count)| count).sum()
    }
}

/// Whether the spans of a request are to be made and exported.
pub(super) fn is_sampled(trace_id: TraceId, parent: Option<Parent>) -> bool {
    ACTIVE.get().is_some_and(|active| active.sampler.samples(trace_id, parent))
}

/// Whether what the current task does is part of a request, or of other work, whose spans are exported.
fn is_recorded() -> bool {
    Context::current().is_some_and(|context| context.is_exported())
}
