//! What is done for a request: child spans, made only where the request is sampled.

use std::any::type_name;
use std::fmt::Display;

use tracing::field::{Empty, display};
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::ids::{hand_over, span_context};
use super::is_recorded;
use crate::telemetry::catalogue::values::Operation;
use crate::telemetry::context::{Context, SpanId, TraceId};

/// The most requests that a commit names: as many links as a span may have.
const MAX_LINKS: usize = 128;

/// One thing that is done; a span where the request is sampled, else nothing.
#[must_use = "it says what `run` does"]
pub struct Step(Span);

/// A statement for a database, without its values; `system` as in `db.system.name`.
///
/// Named and described as in <https://opentelemetry.io/docs/specs/semconv/database/database-spans/>.
pub fn database(system: &'static str, sql: &'static str) -> Step {
    Step::new(|| {
        let (operation, collection) = (operation_of(sql), collection_of(sql));
        info_span!(
            "statement",
            "otel.name" =
                collection.map_or_else(|| operation.clone(), |collection| format!("{operation} {collection}")),
            "otel.kind" = "client",
            "db.system.name" = system,
            "db.operation.name" = operation,
            "db.collection.name" = collection,
            "db.query.text" = sql.split_whitespace().collect::<Vec<_>>().join(" "),
            "error.type" = Empty,
            "otel.status_description" = Empty,
        )
    })
}

/// An access to the byte store: what is done (`get`, `read`), to which object, and with how many of its bytes if that is known.
pub fn blob(operation: &'static str, object: &dyn Display, bytes: Option<u64>) -> Step {
    Step::new(|| {
        info_span!(
            "blob",
            "otel.name" = format!("blob {operation}"),
            "otel.kind" = "client",
            "sirius.blob.operation" = operation,
            "sirius.blob.object" = %object,
            "sirius.blob.bytes" = bytes.and_then(|bytes| i64::try_from(bytes).ok()),
            "error.type" = Empty,
            "otel.status_description" = Empty,
        )
    })
}

/// Waiting for something that is done for several requests at once.
pub fn wait(what: &'static str) -> Step {
    Step::new(|| {
        info_span!(
            "wait",
            "otel.name" = format!("wait for {what}"),
            "otel.kind" = "internal",
            "error.type" = Empty,
            "otel.status_description" = Empty,
        )
    })
}

impl Step {
    fn new(span: impl FnOnce() -> Span) -> Self {
        Self(if is_recorded() { span() } else { Span::none() })
    }

    /// Does it; an error is told in the span.
    ///
    /// # Errors
    /// Those of the future.
    pub async fn run<T, E: Display>(&self, future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let outcome = future.instrument(self.0.clone()).await;
        if let Err(error) = &outcome {
            self.0.record("error.type", type_name::<E>());
            self.0.record("otel.status_description", display(error));
        }
        outcome
    }

    /// Says that it belongs together with what another span tells.
    pub fn link(&self, link: Option<Link>) {
        if let Some(link) = link {
            self.0.add_link(link.span_context());
        }
    }
}

/// A span, for others to name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    trace_id: TraceId,
    span_id: SpanId,
}

impl Link {
    /// To the request that the current task serves; nothing unless it is sampled.
    #[must_use]
    pub fn current() -> Option<Self> {
        Context::current().filter(Context::is_exported).map(|context| Self::to(&context))
    }

    fn to(context: &Context) -> Self {
        Self { trace_id: context.trace_id(), span_id: context.span_id() }
    }

    fn span_context(self) -> opentelemetry::trace::SpanContext {
        span_context(self.trace_id, self.span_id, true, opentelemetry::trace::TraceState::default())
    }
}

/// Work that is done for several requests at once: a trace of its own, linked to those of its requests that are sampled;
/// nothing where none is.
pub struct Commit(Option<(Context, Vec<Link>)>);

impl Commit {
    /// For these requests.
    #[must_use]
    pub fn of(requests: impl Iterator<Item = Option<Link>>) -> Self {
        let links: Vec<_> = requests.flatten().take(MAX_LINKS).collect();
        Self((!links.is_empty()).then(|| (Context::of_work(), links)))
    }

    /// To its span.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.0.as_ref().map(|(context, _)| Link::to(context))
    }

    /// Does it; `size` is how many requests share it.
    ///
    /// # Errors
    /// Those of the future.
    pub async fn run<T, E: Display>(
        self,
        name: &'static str,
        size: u64,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some((context, links)) = self.0 else { return future.await };
        let work = async {
            let span = info_span!(
                parent: None,
                "work",
                "otel.name" = name,
                "otel.kind" = "internal",
                "sirius.batch.size" = i64::try_from(size).unwrap_or(i64::MAX),
                "error.type" = Empty,
                "otel.status_description" = Empty,
            );
            for link in links {
                span.add_link(link.span_context());
            }
            hand_over(context.trace_id(), context.span_id(), || span.context());
            Step(span).run(future).await
        };
        context.scope(work).await
    }
}

/// The first word: `SELECT`, `BEGIN`.
fn operation_of(sql: &str) -> String {
    match sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase() {
        word if word == "WITH" => Operation::of(sql).name().to_owned(),
        word => word,
    }
}

/// The first table that a statement names.
fn collection_of(sql: &str) -> Option<&str> {
    let mut words = sql.split_whitespace();
    while let Some(word) = words.next() {
        if ["FROM", "INTO", "UPDATE"].iter().any(|before| before.eq_ignore_ascii_case(word))
            && let Some(name) = words.next()
        {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let end = name.bytes().position(|byte| !is_name(byte)).unwrap_or(name.len());
            match name.get(..end) {
                Some(name) if !name.is_empty() => return Some(name),
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_called_by_what_it_does_and_where() {
        for (sql, operation, collection) in [
            ("UPDATE visit_total SET total = total + ? RETURNING total", "UPDATE", Some("visit_total")),
            ("INSERT OR IGNORE INTO settings (key) VALUES (?)", "INSERT", Some("settings")),
            ("INSERT INTO hours(hour) VALUES (?)\n ON CONFLICT DO UPDATE SET a = 1", "INSERT", Some("hours")),
            ("select a from (select b FROM images WHERE c = ?)", "SELECT", Some("images")),
            ("BEGIN IMMEDIATE", "BEGIN", None),
            ("SELECT 1", "SELECT", None),
            ("", "", None),
        ] {
            assert_eq!((operation_of(sql).as_str(), collection_of(sql)), (operation, collection), "{sql}");
        }
    }

    #[tokio::test]
    async fn without_a_sampled_request_there_is_no_span() {
        assert!(database("sqlite", "SELECT 1").0.is_none());
        let context = Context::begin(&http::HeaderMap::new(), crate::telemetry::route::Route::UNMATCHED);
        assert!(context.scope(async { blob("get", &"an object", None).0.is_none() }).await);
        assert_eq!(context.scope(async { Link::current() }).await, None);
        let commit = Commit::of([None, None].into_iter());
        assert_eq!(commit.link(), None);
        assert_eq!(commit.run("commit", 2, async { Err::<(), _>("refused") }).await, Err("refused"));
    }
}
