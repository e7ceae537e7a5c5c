//! The one place where everything that listens to `tracing` meets: lines, and whatever else is given.
//!
//! Which events there are is decided here, once for each place that logs, and remembered there by `tracing`: an event
//! that nobody wants costs one look at a flag. Which spans there are is the business of those who want spans.

use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry};

use super::log::LogFilter;

/// Something that listens.
pub(super) type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// Which spans there are.
pub(super) type Wanted = fn(&Metadata<'_>) -> bool;

/// No spans at all.
pub(super) fn nothing(_: &Metadata<'_>) -> bool {
    false
}

/// Lets all of them listen from here on. Events are those that `filter` wants, spans those that `spans` wants.
///
/// # Errors
/// When something in this process listens already.
pub(super) fn install(filter: LogFilter, spans: Wanted, listeners: Vec<Listener>) -> Result<(), TryInitError> {
    tracing_subscriber::registry().with(listeners).with(Gate { filter, spans }).try_init()
}

/// Decides what there is.
struct Gate {
    filter: LogFilter,
    spans: Wanted,
}

impl Gate {
    fn admits(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() { (self.spans)(metadata) } else { self.filter.enables(metadata) }
    }
}

impl<S: Subscriber> Layer<S> for Gate {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.admits(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.admits(metadata)
    }
}
