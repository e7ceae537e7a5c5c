//! Log lines: where they go and what they look like. What is said is in the events.

use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Log, LogFormat};

/// Why lines cannot be logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is none. The configuration allows only what is one, so this is a mistake of Sirius.
    #[error("log.filter is not a filter: {0}")]
    Filter(#[from] ParseError),
    /// Something in this process logs already.
    #[error("the log was set up before: {0}")]
    Taken(#[from] TryInitError),
}

/// Sends log lines to standard output from here on: the record that a container's platform collects.
///
/// For `serve` only: the other commands answer there.
///
/// # Errors
/// When it was called before.
pub fn init(log: &Log) -> Result<(), LogError> {
    let filter: Targets = log.filter.parse()?;
    let terminal = io::stdout().is_terminal();
    let layer = tracing_subscriber::fmt::layer();
    let layer = match log.format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Auto if !terminal => layer.json().flatten_event(true).boxed(),
        // Left alone on a terminal, the layer colours its lines unless the user has set NO_COLOR.
        LogFormat::Auto | LogFormat::Text if terminal => layer.boxed(),
        LogFormat::Auto | LogFormat::Text => layer.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()?;
    Ok(())
}
