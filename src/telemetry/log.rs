//! Log lines: where they go and what they look like. What is said is in the events.

use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
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
    let layer = lines(log.format, io::stdout().is_terminal(), io::stdout);
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()?;
    Ok(())
}

fn lines<S, W>(format: LogFormat, terminal: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Auto if !terminal => lines.json().flatten_event(true).boxed(),
        // Left alone, lines are coloured unless the user has set NO_COLOR.
        LogFormat::Auto | LogFormat::Text if terminal => lines.boxed(),
        LogFormat::Auto | LogFormat::Text => lines.with_ansi(false).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// What is written of an event below a filter.
    fn written(format: LogFormat, terminal: bool, filter: &str) -> String {
        let (read, written) = io::pipe().unwrap();
        let layer = lines(format, terminal, Arc::new(written));
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter.parse::<Targets>().unwrap()));
        tracing::subscriber::with_default(subscriber, || tracing::info!(visits = 3, "committed"));
        io::read_to_string(read).unwrap()
    }

    #[test]
    fn lines_are_objects_unless_people_read_them() {
        for (format, terminal) in [(LogFormat::Json, true), (LogFormat::Auto, false)] {
            let line = written(format, terminal, "info");
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["level"], "INFO");
            assert_eq!(line["message"], "committed");
            assert_eq!(line["visits"], 3);
            assert_eq!(line["target"], module_path!());
            assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
        }
        for (format, terminal) in [(LogFormat::Text, false), (LogFormat::Auto, true)] {
            assert!(serde_json::from_str::<serde_json::Value>(&written(format, terminal, "info")).is_err());
        }
        assert!(!written(LogFormat::Text, false, "info").contains('\x1b'), "no colours outside a terminal");
    }

    #[test]
    fn the_filter_decides_by_level_and_module() {
        assert_eq!(written(LogFormat::Json, false, "warn"), "");
        assert_ne!(written(LogFormat::Json, false, "warn,sirius::telemetry=info"), "");
    }
}
