//! Which requests are sampled: the SDK's samplers, asked before there is a span.

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{SpanKind, TraceContextExt, TraceState};
use opentelemetry_sdk::trace::{Sampler as Sdk, SamplingDecision, ShouldSample};

use super::ids::span_context;
use crate::config::{self, Sampler as Setting};
use crate::telemetry::context::{Parent, TraceId};

/// Decides for each request.
pub(super) struct Sampler(Sdk);

impl Sampler {
    /// The one that the settings name.
    pub(super) fn new(settings: &config::Traces) -> Self {
        let ratio = || Sdk::TraceIdRatioBased(settings.sampler_ratio);
        let parent_based = |root: Sdk| Sdk::ParentBased(Box::new(root));
        Self(match settings.sampler {
            Setting::AlwaysOn => Sdk::AlwaysOn,
            Setting::AlwaysOff => Sdk::AlwaysOff,
            Setting::Ratio => ratio(),
            Setting::ParentBasedAlwaysOn => parent_based(Sdk::AlwaysOn),
            Setting::ParentBasedAlwaysOff => parent_based(Sdk::AlwaysOff),
            Setting::ParentBasedRatio => parent_based(ratio()),
        })
    }

    /// Whether to sample a request of this trace, sent by this span.
    pub(super) fn samples(&self, trace_id: TraceId, parent: Option<Parent>) -> bool {
        let parent = parent.map(|parent| {
            let sender = span_context(parent.trace_id, parent.span_id, parent.sampled, TraceState::default());
            OtelContext::new().with_remote_span_context(sender)
        });
        let result =
            self.0.should_sample(parent.as_ref(), trace_id.number().into(), "request", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::context::SpanId;

    fn sampler(sampler: Setting, sampler_ratio: f64) -> Sampler {
        Sampler::new(&config::Traces { sampler, sampler_ratio, ..config::Traces::default() })
    }

    fn parent(sampled: bool) -> Parent {
        Parent { trace_id: TraceId::random(), span_id: SpanId::random(), sampled }
    }

    #[test]
    fn each_sampler_follows_its_parent_or_does_not() {
        let id = TraceId::random();
        for (setting, root, sampled, unsampled) in [
            (Setting::AlwaysOn, true, true, true),
            (Setting::AlwaysOff, false, false, false),
            (Setting::Ratio, false, false, false),
            (Setting::ParentBasedAlwaysOn, true, true, false),
            (Setting::ParentBasedAlwaysOff, false, true, false),
            (Setting::ParentBasedRatio, false, true, false),
        ] {
            let sampler = sampler(setting, 0.0);
            let found = [None, Some(parent(true)), Some(parent(false))].map(|parent| sampler.samples(id, parent));
            assert_eq!(found, [root, sampled, unsampled], "{setting:?}");
        }
    }

    #[test]
    fn a_ratio_is_kept() {
        let sampler = sampler(Setting::ParentBasedRatio, 0.1);
        let taken = (0..20_000).filter(|_| sampler.samples(TraceId::random(), None)).count();
        // Six standard deviations around 2,000: once in 500 million runs it is none of them.
        assert!((1_745..=2_255).contains(&taken), "{taken}");
    }
}
