//! Log lines on standard output, the record that a container's platform collects. What is said is in the events; here is
//! what a line looks like (`shape`), which are written (`filter`) and how they get out (`queue`, `writer`).
//!
//! A line is written by whoever says it, into a buffer that goes round, and handed to one thread. That costs neither an
//! allocation nor a lock nor, while lines keep coming, a call to the system; and whatever happens to standard output,
//! nobody but that thread waits for it.

mod clock;
mod escape;
mod filter;
mod number;
mod queue;
mod requests;
mod shape;
mod writer;

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use self::queue::Queue;
use self::shape::Shape;
use self::writer::Writer;
use super::health::{self, DropReason, Signal};
use crate::config::LogFormat;

pub use self::filter::{ALWAYS, LogFilter, NoFilter, Setting};
pub use self::requests::Policy;

/// The log of a process, until it is stopped.
pub struct Log {
    writer: Writer,
}

/// Writes the line of each event.
pub(super) struct Lines {
    queue: Arc<Queue>,
    shape: Shape,
}

impl Log {
    /// Starts to write lines to standard output.
    ///
    /// # Errors
    /// When the system gives neither a thread nor a descriptor.
    pub(super) fn start(format: LogFormat) -> io::Result<(Self, Lines)> {
        let stdout = io::stdout();
        let shape = shape(format, stdout.is_terminal(), !anstyle_query::no_color());
        // A descriptor of its own: the standard library's is line-buffered and behind a lock.
        let out = File::from(stdout.as_fd().try_clone_to_owned()?);
        let queue = Queue::new();
        let waiting = Arc::clone(&queue);
        health::queue(Signal::Logs, move || waiting.len());
        let writer = Writer::start(Arc::clone(&queue), out)?;
        Ok((Self { writer }, Lines { queue, shape }))
    }

    /// Writes what was said; gives up after `deadline` and tells how many lines are left. Blocks.
    pub(super) fn stop(&self, deadline: Duration) -> usize {
        self.writer.stop(deadline)
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let important = *event.metadata().level() <= Level::WARN;
        match self.queue.claim(important) {
            Some(mut line) => {
                self.shape.write(line.buffer(), event);
                line.push();
            }
            None => health::dropped(Signal::Logs, DropReason::QueueFull, 1),
        }
    }
}

fn shape(format: LogFormat, terminal: bool, colours: bool) -> Shape {
    match format {
        LogFormat::Json => Shape::Json,
        LogFormat::Auto if !terminal => Shape::Json,
        LogFormat::Auto | LogFormat::Text => Shape::Text { coloured: terminal && colours },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_objects_unless_people_read_them() {
        let text = |coloured| Shape::Text { coloured };
        for (format, terminal, colours, expected) in [
            (LogFormat::Json, true, true, Shape::Json),
            (LogFormat::Auto, false, true, Shape::Json),
            (LogFormat::Auto, true, true, text(true)),
            (LogFormat::Auto, true, false, text(false)),
            (LogFormat::Text, false, true, text(false)),
            (LogFormat::Text, true, true, text(true)),
        ] {
            assert_eq!(shape(format, terminal, colours), expected);
        }
    }
}
