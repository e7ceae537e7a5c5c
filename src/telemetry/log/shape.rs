//! What a line looks like: a JSON object, or text for people.
//!
//! Written straight into the bytes that go out, without anything in between. A value is cut at 1 KiB, and a line that has
//! reached 8 KiB takes no more fields.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::escape::{self, Escaped};
use super::{clock, number};
use crate::telemetry::context::Context;

/// A line that is longer takes no more fields.
const MAX_LINE_BYTES: usize = 8 << 10;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One JSON object.
    Json,
    /// For people.
    Text {
        /// Whether a terminal colours it.
        coloured: bool,
    },
}

impl Shape {
    /// Appends the line of an event, its end included.
    pub fn write(self, out: &mut Vec<u8>, event: &Event<'_>) {
        match self {
            Self::Json => write_json(out, event),
            Self::Text { coloured } => write_text(out, event, coloured),
        }
    }
}

/// What every line says of itself; a field of such a name is shown as another.
fn is_taken(name: &str) -> bool {
    matches!(name, "timestamp" | "level" | "target" | "trace_id" | "span_id" | "truncated")
}

fn write_json(out: &mut Vec<u8>, event: &Event<'_>) {
    let metadata = event.metadata();
    let end = out.len() + MAX_LINE_BYTES;
    out.extend_from_slice(b"{\"timestamp\":\"");
    clock::now(out);
    out.extend_from_slice(b"\",\"level\":\"");
    out.extend_from_slice(metadata.level().as_str().as_bytes());
    out.extend_from_slice(b"\",\"target\":\"");
    escape::text(out, metadata.target());
    out.push(b'"');
    let mut fields = JsonFields { out, end, truncated: false };
    event.record(&mut fields);
    let JsonFields { out, truncated, .. } = fields;
    if truncated {
        out.extend_from_slice(b",\"truncated\":true");
    }
    if let Some(context) = Context::current() {
        out.extend_from_slice(b",\"trace_id\":\"");
        out.extend_from_slice(context.trace_id().hex().as_bytes());
        out.extend_from_slice(b"\",\"span_id\":\"");
        out.extend_from_slice(context.span_id().hex().as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b"}\n");
}

struct JsonFields<'a> {
    out: &'a mut Vec<u8>,
    end: usize,
    truncated: bool,
}

impl JsonFields<'_> {
    /// Writes a field's name; nothing when the line is full.
    fn begin(&mut self, field: &Field) -> Option<&mut Vec<u8>> {
        if self.out.len() > self.end {
            self.truncated = true;
            return None;
        }
        self.out.extend_from_slice(b",\"");
        let name = field.name();
        if is_taken(name) {
            self.out.extend_from_slice(b"field.");
        }
        escape::text(self.out, name);
        self.out.extend_from_slice(b"\":");
        Some(self.out)
    }
}

impl Visit for JsonFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(out) = self.begin(field) {
            out.push(b'"');
            // An error only tells that it was cut.
            let _ = write!(Escaped::new(out), "{value:?}");
            out.push(b'"');
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(out) = self.begin(field) {
            out.push(b'"');
            escape::text(out, value);
            out.push(b'"');
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if let Some(out) = self.begin(field) {
            if value.is_finite() {
                number::float(out, value);
            } else {
                out.extend_from_slice(b"null");
            }
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if let Some(out) = self.begin(field) {
            number::integer(out, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if let Some(out) = self.begin(field) {
            number::integer(out, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if let Some(out) = self.begin(field) {
            out.extend_from_slice(if value { b"true" } else { b"false" });
        }
    }
}

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";

fn write_text(out: &mut Vec<u8>, event: &Event<'_>, coloured: bool) {
    let metadata = event.metadata();
    let end = out.len() + MAX_LINE_BYTES;
    let paint = |out: &mut Vec<u8>, code: &str| {
        if coloured {
            out.extend_from_slice(code.as_bytes());
        }
    };
    paint(out, DIM);
    clock::now(out);
    paint(out, RESET);
    out.push(b' ');
    let (code, level) = level(*metadata.level());
    paint(out, code);
    out.extend_from_slice(level.as_bytes());
    paint(out, RESET);
    out.push(b' ');
    paint(out, DIM);
    escape::text(out, metadata.target());
    out.push(b':');
    paint(out, RESET);
    let mut fields = TextFields { out, end, coloured };
    event.record(&mut fields);
    if let Some(context) = Context::current() {
        fields.named("trace_id");
        fields.out.extend_from_slice(context.trace_id().hex().as_bytes());
    }
    out.push(b'\n');
}

/// Its colour, and its name in five letters.
fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::ERROR => ("\x1b[31m", "ERROR"),
        Level::WARN => ("\x1b[33m", " WARN"),
        Level::INFO => ("\x1b[32m", " INFO"),
        Level::DEBUG => ("\x1b[34m", "DEBUG"),
        Level::TRACE => ("\x1b[35m", "TRACE"),
    }
}

struct TextFields<'a> {
    out: &'a mut Vec<u8>,
    end: usize,
    coloured: bool,
}

impl TextFields<'_> {
    fn named(&mut self, name: &str) {
        self.out.push(b' ');
        let (begin, end) = if self.coloured { (DIM, RESET) } else { ("", "") };
        self.out.extend_from_slice(begin.as_bytes());
        escape::text(self.out, name);
        self.out.push(b'=');
        self.out.extend_from_slice(end.as_bytes());
    }

    fn value(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.out.len() > self.end {
            return;
        }
        // The message stands for itself; a name stands before everything else.
        if field.name() == "message" {
            self.out.push(b' ');
        } else {
            self.named(field.name());
        }
        // An error only tells that it was cut.
        let _ = Escaped::new(self.out).write_fmt(value);
    }
}

impl Visit for TextFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.value(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};
    use tracing_subscriber::{Layer, Registry};

    use super::*;
    use crate::telemetry::route::Route;

    struct Written(Shape, std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl<S: tracing::Subscriber> Layer<S> for Written {
        fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
            self.0.write(&mut self.1.lock().unwrap(), event);
        }
    }

    fn written(shape: Shape, emit: impl FnOnce()) -> String {
        let out = std::sync::Arc::default();
        with_default(Registry::default().with(Written(shape, std::sync::Arc::clone(&out))), emit);
        let out = std::mem::take(&mut *out.lock().unwrap());
        String::from_utf8(out).unwrap()
    }

    fn json(emit: impl FnOnce()) -> serde_json::Value {
        let line = written(Shape::Json, emit);
        assert_eq!(line.find('\n'), Some(line.len() - 1), "one line: {line:?}");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    #[test]
    fn a_line_is_an_object_of_what_the_event_says() {
        let line = json(|| {
            tracing::warn!(
                visits = 3_u64,
                delta = -7,
                share = 0.25,
                nothing = f64::NAN,
                good = true,
                what = "text",
                why = ?Some(1),
                absent = None::<u64>,
                "committed {}",
                "all"
            );
        });
        let mut fields = line.as_object().unwrap().clone();
        let time = fields.remove("timestamp").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z') && time.as_str().unwrap().len() == 27, "{time}");
        let expected = serde_json::json!({
            "level": "WARN", "target": module_path!(), "message": "committed all", "visits": 3, "delta": -7,
            "share": 0.25, "nothing": null, "good": true, "what": "text", "why": "Some(1)",
        });
        assert_eq!(serde_json::Value::Object(fields), expected);
    }

    #[tokio::test]
    async fn a_line_carries_the_id_of_its_request() {
        let context = Context::begin(&http::HeaderMap::new(), Route::UNMATCHED);
        let id = context.trace_id().to_string();
        context
            .scope(async {
                let line = json(|| tracing::info!(trace_id = "forged", level = 1, "hello"));
                assert_eq!(line["trace_id"], id.as_str());
                assert_eq!(line["span_id"], context.span_id().to_string());
                assert_eq!((&line["field.trace_id"], &line["field.level"]), (&"forged".into(), &1.into()));
                assert!(written(Shape::Text { coloured: false }, || tracing::info!("hello")).contains(&id));
            })
            .await;
    }

    #[test]
    fn a_line_is_bounded() {
        let long = "\x1b".repeat(100_000);
        let line = json(|| tracing::info!(a = %long, b = long, c = ?long, d = "after", "much"));
        assert!(line.to_string().len() < 20_000);
        assert_eq!((&line["truncated"], &line["d"]), (&true.into(), &serde_json::Value::Null));
    }

    #[test]
    fn people_read_text() {
        let emit = || tracing::error!(path = "/a\x1b[2J", count = 2, "it broke");
        let plain = written(Shape::Text { coloured: false }, emit);
        let (_, plain) = plain.split_once("Z ").unwrap();
        assert_eq!(plain, format!("ERROR {}: it broke path=/a\\u001b[2J count=2\n", module_path!()));
        let coloured = written(Shape::Text { coloured: true }, emit);
        assert!(coloured.contains("\x1b[31mERROR\x1b[0m") && !coloured.contains("\x1b[2J"), "{coloured:?}");
    }
}
