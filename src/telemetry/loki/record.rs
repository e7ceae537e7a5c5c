//! An event, kept until it is its turn: what it said, when, and for which request.
//!
//! Kept in buffers that go round, so that keeping one allocates nothing. Told again to `tracing-loki`, the event is the
//! same to it as it was, inside of a span that carries what is not the event's own: the ids and the time.

use std::fmt::{self, Write as _};
use std::ops::Range;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Value, Visit};
use tracing::metadata::Kind;
use tracing::span::Attributes;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::callsite::Callsite;

use crate::telemetry::context::Context;

/// The most fields that an event may have, as `tracing` has it.
const MAX_FIELDS: usize = 32;

/// The most bytes of one text, and of all of an event.
const MAX_TEXT_BYTES: usize = 1 << 10;
const MAX_BYTES: usize = 8 << 10;

/// An event.
#[derive(Default)]
pub struct Record {
    metadata: Option<&'static Metadata<'static>>,
    at: Option<OffsetDateTime>,
    context: Option<Context>,
    fields: Vec<(Field, Kept)>,
    /// All texts, one after the other.
    text: String,
}

/// The value of a field.
enum Kept {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Range<usize>),
}

/// The same, as `tracing` takes it.
enum Shown<'a> {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(&'a str),
}

impl Record {
    /// Keeps an event that happens now.
    pub fn keep(&mut self, event: &Event<'_>) {
        self.clear();
        self.metadata = Some(event.metadata());
        self.at = Some(OffsetDateTime::now_utc());
        self.context = Context::current();
        event.record(self);
    }

    /// Forgets the event.
    pub fn clear(&mut self) {
        self.metadata = None;
        self.fields.clear();
        self.text.clear();
    }

    /// Tells the event to whoever listens.
    pub fn tell(&self, listener: &impl Subscriber) {
        let Some(metadata) = self.metadata else { return };
        let span = self.surrounding(listener);
        let shown: Vec<_> = self.fields.iter().map(|(field, kept)| (field, self.show(kept))).collect();
        // `tracing` takes arrays only. An event without fields says nothing.
        let Some((first, _)) = shown.first() else { return };
        let mut values: [(&Field, Option<&dyn Value>); MAX_FIELDS] = [(first, None); MAX_FIELDS];
        for (value, (field, shown)) in values.iter_mut().zip(&shown) {
            *value = (field, Some(shown.value()));
        }
        let values = metadata.fields().value_set(&values);
        listener.event(&Event::new_child_of(span.clone(), metadata, &values));
        listener.try_close(span);
    }

    /// A span that carries what is not the event's own.
    fn surrounding(&self, listener: &impl Subscriber) -> tracing::span::Id {
        let timestamp = self.at.and_then(|at| at.format(&Rfc3339).ok());
        let timestamp = timestamp.as_deref();
        let ids = self.context.map(|context| (context.trace_id().hex(), context.span_id().hex()));
        let (trace_id, span_id) = ids.as_ref().map(|(trace_id, span_id)| (&**trace_id, &**span_id)).unzip();
        let fields = SURROUNDING.fields();
        let mut names = fields.iter();
        let [Some(first), Some(second), Some(third)] = [names.next(), names.next(), names.next()] else {
            unreachable!("the span is declared below with three fields")
        };
        let values: [(&Field, Option<&dyn Value>); 3] =
            [(&first, Some(&timestamp)), (&second, Some(&trace_id)), (&third, Some(&span_id))];
        listener.new_span(&Attributes::new_root(&SURROUNDING, &fields.value_set(&values)))
    }

    fn show(&self, kept: &Kept) -> Shown<'_> {
        match kept {
            Kept::Bool(value) => Shown::Bool(*value),
            Kept::Signed(value) => Shown::Signed(*value),
            Kept::Unsigned(value) => Shown::Unsigned(*value),
            Kept::Float(value) => Shown::Float(*value),
            Kept::Text(range) => Shown::Text(self.text.get(range.clone()).unwrap_or_default()),
        }
    }

    fn keep_text(&mut self, field: &Field, write: impl FnOnce(&mut Short) -> fmt::Result) {
        let start = self.text.len();
        let left = MAX_TEXT_BYTES.min(MAX_BYTES.saturating_sub(start));
        // An error only tells that it was cut.
        let _ = write(&mut Short { text: &mut self.text, left });
        self.push(field, Kept::Text(start..self.text.len()));
    }

    fn push(&mut self, field: &Field, kept: Kept) {
        if self.fields.len() < MAX_FIELDS {
            self.fields.push((field.clone(), kept));
        }
    }
}

impl Shown<'_> {
    fn value(&self) -> &dyn Value {
        match self {
            Self::Bool(value) => value,
            Self::Signed(value) => value,
            Self::Unsigned(value) => value,
            Self::Float(value) => value,
            Self::Text(value) => value,
        }
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep_text(field, |short| write!(short, "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep_text(field, |short| short.write_str(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, Kept::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, Kept::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, Kept::Unsigned(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, Kept::Bool(value));
    }
}

/// Text that is cut, and shows what JSON does not escape but terminals obey as a replacement character.
struct Short<'a> {
    text: &'a mut String,
    left: usize,
}

impl fmt::Write for Short<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nearly all text is, which need not be looked at character by character.
        if text.len() <= self.left && text.is_ascii() && !text.as_bytes().contains(&0x7f) {
            self.left -= text.len();
            self.text.push_str(text);
            return Ok(());
        }
        for char in text.chars() {
            let char = if matches!(char, '\u{7f}'..='\u{9f}') { char::REPLACEMENT_CHARACTER } else { char };
            if char.len_utf8() > self.left {
                if self.left > 0 {
                    self.text.push('…');
                    self.left = 0;
                }
                return Err(fmt::Error);
            }
            self.left -= char.len_utf8();
            self.text.push(char);
        }
        Ok(())
    }
}

/// The place of the surrounding span. Nobody is asked whether it is of interest: it is told to one listener only.
struct Place;

static PLACE: Place = Place;

static SURROUNDING: Metadata<'static> = tracing_core::metadata! {
    name: "sirius",
    target: "sirius",
    level: Level::INFO,
    fields: &["timestamp", "trace_id", "span_id"],
    callsite: &PLACE,
    kind: Kind::SPAN
};

impl Callsite for Place {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &SURROUNDING
    }
}
