//! The parameters of the API's operations: what each allows, in the document and in the error that says so.
//!
//! poem-openapi's own validators answer "verification failed. maximum(100, exclusive: false)"; these types answer in
//! words, and refuse a single-valued parameter that is given twice instead of quietly taking the first.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::inline_type::inline_type;
use crate::domain::{Filter, Kind, MAX_TAG_CHARS, Step};

/// Implements parsing for a parameter that may be given once.
macro_rules! single {
    ($name:ident, $parse:expr) => {
        impl ParseFromParameter for $name {
            fn parse_from_parameter(value: &str) -> ParseResult<Self> {
                let parse: fn(&str) -> Result<Self, String> = $parse;
                parse(value).map_err(ParseError::custom)
            }

            fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(values: I) -> ParseResult<Self> {
                let mut values = values.into_iter();
                match (values.next(), values.next()) {
                    (Some(value), None) => Self::parse_from_parameter(value.as_ref()),
                    (None, _) => Err(ParseError::custom("a value is missing")),
                    (Some(_), Some(_)) => Err(ParseError::custom("one value is allowed, this is given twice")),
                }
            }
        }
    };
}

/// A parameter that takes one of a few words.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("`", $word, "`")] $variant),+ }

        inline_type!($name, MetaSchema {
            enum_items: vec![$($word.into()),+],
            ..MetaSchema::new("string")
        });
        single!($name, |value| match value {
            $($word => Ok(Self::$variant),)+
            other => Err(format!("{} is allowed, this is {:?}", [$($word),+].join(" or "), short(other))),
        });
    };
}

/// A parameter that takes a whole number.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $min:literal ..= $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub u32);

        inline_type!($name, MetaSchema {
            minimum: Some(f64::from($min)),
            maximum: Some(f64::from($max)),
            ..MetaSchema::new_with_format("integer", "int32")
        });
        single!($name, |value| match value.parse() {
            Ok(number @ $min..=$max) => Ok(Self(number)),
            _ => Err(format!("a whole number from {} to {} is allowed, this is {:?}", $min, $max, short(value))),
        });
    };
}

choice! {
    /// The form of a random answer.
    Form { Json = "json", Image = "image", Redirect = "redirect" }
}
choice! {
    /// Whether the picture moves.
    KindParam { Still = "still", Animated = "animated" }
}
choice! {
    /// The width of one entry of the history.
    StepParam { Hour = "hour", Day = "day" }
}
choice! {
    /// A switch.
    Switch { True = "true", False = "false" }
}
number! {
    /// How many distinct images.
    Count, 1..=100
}
number! {
    /// How many images a page of the list has.
    Limit, 1..=100
}

/// The name that a client gives to a request, so that repeating it does nothing new; quotation marks around it, as a
/// structured field has them, are not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

const MAX_KEY_CHARS: usize = 255;

inline_type!(
    IdempotencyKey,
    MetaSchema {
        min_length: Some(1),
        max_length: Some(MAX_KEY_CHARS),
        pattern: Some("^[!-~]+$".to_owned()),
        ..MetaSchema::new("string")
    }
);
single!(IdempotencyKey, |value| {
    let key = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let is_name = (1..=MAX_KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name {
        return Ok(Self(key.to_owned()));
    }
    Err(format!("1 to {MAX_KEY_CHARS} characters of ASCII without spaces are allowed, this is {:?}", short(value)))
});

impl From<KindParam> for Kind {
    fn from(kind: KindParam) -> Self {
        match kind {
            KindParam::Still => Self::Still,
            KindParam::Animated => Self::Animated,
        }
    }
}

impl From<StepParam> for Step {
    fn from(step: StepParam) -> Self {
        match step {
            StepParam::Hour => Self::Hour,
            StepParam::Day => Self::Day,
        }
    }
}

/// Labels of tags; given once for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(pub Vec<String>);

inline_type!(Labels, {
    let label = MetaSchema {
        min_length: Some(1),
        max_length: Some(MAX_TAG_CHARS),
        // No control characters, commas or slashes, and something besides white space.
        pattern: Some(r"^[^\u0000-\u001f\u007f-\u009f,/\\]*[^\s\u0000-\u001f\u007f-\u009f,/\\][^\u0000-\u001f\u007f-\u009f,/\\]*$".to_owned()),
        example: Some("stars".into()),
        ..MetaSchema::new("string")
    };
    MetaSchema {
        items: Some(Box::new(MetaSchemaRef::Inline(Box::new(label)))),
        max_items: Some(Filter::MAX_TAGS),
        ..MetaSchema::new("array")
    }
});

impl ParseFromParameter for Labels {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(vec![value.to_owned()]))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(values: I) -> ParseResult<Self> {
        // One more than is allowed is enough to be refused; a million more need not be kept.
        Ok(Self(values.into_iter().take(Filter::MAX_TAGS + 1).map(|value| value.as_ref().to_owned()).collect()))
    }
}

impl poem_openapi::types::ToJSON for Labels {
    fn to_json(&self) -> Option<serde_json::Value> {
        Some(self.0.clone().into())
    }
}

/// A seed: any text of 1 to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed(pub String);

const MAX_SEED_CHARS: usize = 256;

inline_type!(Seed, MetaSchema { min_length: Some(1), max_length: Some(MAX_SEED_CHARS), ..MetaSchema::new("string") });
single!(Seed, |value| match value.chars().count() {
    1..=MAX_SEED_CHARS => Ok(Self(value.to_owned())),
    chars => Err(format!("1 to {MAX_SEED_CHARS} characters are allowed, this has {chars}")),
});

/// A cursor, as an earlier answer gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorParam(pub String);

const MAX_CURSOR_CHARS: usize = 4_096;

inline_type!(
    CursorParam,
    MetaSchema {
        min_length: Some(1),
        max_length: Some(MAX_CURSOR_CHARS),
        pattern: Some("^[A-Za-z0-9_-]+$".to_owned()),
        ..MetaSchema::new("string")
    }
);
single!(CursorParam, |value| match value.len() {
    1..=MAX_CURSOR_CHARS => Ok(Self(value.to_owned())),
    _ => Err("this is not a cursor that an earlier answer gave".to_owned()),
});

/// A moment in RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub OffsetDateTime);

inline_type!(
    Moment,
    MetaSchema { example: Some("2026-11-21T00:00:00Z".into()), ..MetaSchema::new_with_format("string", "date-time") }
);
// A plus sign that a client forgot to escape arrives as a space.
single!(Moment, |value| OffsetDateTime::parse(&value.replace(' ', "+"), &Rfc3339)
    .map(Self)
    .map_err(|_| format!("a time such as 2026-11-21T00:00:00Z is allowed, this is {:?}", short(value))));

/// What a client wrote, cut to a length that an error can quote.
fn short(value: &str) -> String {
    const QUOTED_CHARS: usize = 40;
    match value.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: ParseFromParameter + std::fmt::Debug>(values: &[&str]) -> String {
        T::parse_from_parameters(values).unwrap_err().into_message()
    }

    #[test]
    fn a_refusal_says_what_is_allowed() {
        assert!(refusal::<Count>(&["101"]).ends_with("a whole number from 1 to 100 is allowed, this is \"101\""));
        assert!(refusal::<Count>(&["-1"]).contains("from 1 to 100"));
        assert!(refusal::<Form>(&["jsn"]).ends_with("json or image or redirect is allowed, this is \"jsn\""));
        assert!(refusal::<Seed>(&[""]).ends_with("1 to 256 characters are allowed, this has 0"));
        assert!(refusal::<Moment>(&["yesterday"]).contains("2026-11-21T00:00:00Z is allowed"));
        assert!(refusal::<Form>(&[&"x".repeat(1_000)]).len() < 200);
    }

    #[test]
    fn a_single_value_given_twice_is_refused() {
        assert!(refusal::<Seed>(&["a", "b"]).ends_with("one value is allowed, this is given twice"));
    }

    #[test]
    fn an_unescaped_plus_is_understood() {
        assert_eq!(
            Moment::parse_from_parameter("2026-11-21T00:00:00 01:00").unwrap().0.unix_timestamp(),
            Moment::parse_from_parameter("2026-11-20T23:00:00Z").unwrap().0.unix_timestamp()
        );
    }
}
