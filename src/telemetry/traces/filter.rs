//! What of `tracing` becomes part of a trace: our own spans and events, within a request that is sampled.
//!
//! The clients that send spans away use libraries that trace as well. None of it is wanted, or each sending would make
//! more to send.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Context as LayerContext, Filter};

/// Lets through what belongs to a sampled request.
pub(super) struct OfSampled;

/// Whether a span or an event may ever be part of a trace.
#[must_use]
pub fn is_wanted(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target().strip_prefix("sirius").is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    ours && *metadata.level() <= Level::INFO
}

impl<S> Filter<S> for OfSampled {
    fn enabled(&self, metadata: &Metadata<'_>, _: &LayerContext<'_, S>) -> bool {
        is_wanted(metadata) && super::is_recorded()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_wanted(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}
