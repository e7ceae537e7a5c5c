//! What the values of settings look like: read, shown again and described, a constructor for each kind.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use super::quantity::{BYTES, TIME};

/// The most characters of a given value that an error repeats.
const SHOWN_CHARS: usize = 80;

/// A value as it was given, before anything is known of what it should be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// A string of the file.
    Text(String),
    /// An integer of the file.
    Integer(i64),
    /// `true` or `false` of the file.
    Boolean(bool),
    /// From a variable or a flag, where numbers and texts look alike.
    Untyped(String),
    /// Anything else of the file, as it is written there: no setting takes such a value.
    Other(String),
}

impl Given {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Some(text),
            Self::Integer(_) | Self::Boolean(_) | Self::Other(_) => None,
        }
    }

    fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            Self::Untyped(text) => text.parse().ok(),
            Self::Text(_) | Self::Integer(_) | Self::Other(_) => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Untyped(text) => text.parse().ok(),
            Self::Text(_) | Self::Boolean(_) | Self::Other(_) => None,
        }
    }
}

/// On one line, shortened.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Integer(number) => return number.fmt(f),
            Self::Boolean(value) => return value.fmt(f),
            Self::Text(text) | Self::Untyped(text) => format!("{text:?}"),
            Self::Other(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        match text.char_indices().nth(SHOWN_CHARS) {
            Some((end, _)) => write!(f, "{}...", text.get(..end).unwrap_or_default()),
            None => f.write_str(&text),
        }
    }
}

type Parse<T> = Box<dyn Fn(&Given) -> Option<T>>;
type Show<T> = Box<dyn Fn(&T) -> Option<toml::Value>>;

/// How values of a type are read, shown and described.
pub(super) struct Kind<T> {
    allowed: String,
    secret: bool,
    parse: Parse<T>,
    show: Show<T>,
}

impl<T> Kind<T> {
    /// A kind that is written as text.
    pub(super) fn text(
        allowed: impl Into<String>,
        parse: impl Fn(&str) -> Option<T> + 'static,
        show: impl Fn(&T) -> String + 'static,
    ) -> Self {
        Self {
            allowed: allowed.into(),
            secret: false,
            parse: Box::new(move |given| given.text().and_then(&parse)),
            show: Box::new(move |value| Some(toml::Value::String(show(value)))),
        }
    }

    pub(super) fn parse(&self, given: &Given) -> Option<T> {
        (self.parse)(given)
    }

    pub(super) fn show(&self, value: &T) -> Option<toml::Value> {
        (self.show)(value)
    }

    pub(super) fn allowed(&self) -> &str {
        &self.allowed
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }
}

/// A value that need not be set.
pub(super) fn optional<T: 'static>(kind: Kind<T>) -> Kind<Option<T>> {
    let Kind { allowed, secret, parse, show } = kind;
    Kind {
        allowed,
        secret,
        parse: Box::new(move |given| parse(given).map(Some)),
        show: Box::new(move |value| value.as_ref().and_then(&show)),
    }
}

/// On or off.
pub(super) fn switch() -> Kind<bool> {
    Kind {
        allowed: "true or false".to_owned(),
        secret: false,
        parse: Box::new(Given::boolean),
        show: Box::new(|&value| Some(toml::Value::Boolean(value))),
    }
}

/// A number of things.
pub(super) fn count<T>(range: RangeInclusive<i64>) -> Kind<T>
where
    T: TryFrom<i64> + TryInto<i64> + Copy,
{
    Kind {
        allowed: format!("a whole number from {} to {}", range.start(), range.end()),
        secret: false,
        parse: Box::new(move |given| {
            given.integer().filter(|number| range.contains(number)).and_then(|number| number.try_into().ok())
        }),
        show: Box::new(|&value| value.try_into().ok().map(toml::Value::Integer)),
    }
}

/// A number of bytes.
pub(super) fn size<T>(range: RangeInclusive<u64>) -> Kind<T>
where
    T: TryFrom<u64> + TryInto<u64> + Copy,
{
    let (least, most) = (BYTES.show(*range.start()), BYTES.show(*range.end()));
    Kind {
        allowed: format!("a size from {least} to {most}, such as \"512KiB\", \"64MiB\" or a number of bytes"),
        secret: false,
        parse: Box::new(move |given| {
            let bytes = match given {
                Given::Integer(bytes) => u64::try_from(*bytes).ok(),
                _ => given.text().and_then(|text| BYTES.parse(text)),
            };
            bytes.filter(|bytes| range.contains(bytes)).and_then(|bytes| bytes.try_into().ok())
        }),
        show: Box::new(|&value| value.try_into().ok().map(|bytes| toml::Value::String(BYTES.show(bytes)))),
    }
}

/// A length of time, in whole milliseconds.
pub(super) fn duration(range: RangeInclusive<Duration>) -> Kind<Duration> {
    let (least, most) = (show_duration(range.start()), show_duration(range.end()));
    Kind::text(
        format!("a duration from {least} to {most}, such as \"250ms\", \"10s\" or \"5m\""),
        move |text| TIME.parse(text).map(Duration::from_millis).filter(|duration| range.contains(duration)),
        show_duration,
    )
}

/// Where to listen.
pub(super) fn address() -> Kind<SocketAddr> {
    Kind::text(
        "an IP address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
        |text| text.parse().ok(),
        SocketAddr::to_string,
    )
}

/// A file or a folder.
pub(super) fn path() -> Kind<PathBuf> {
    Kind::text(
        "a path, which is not empty",
        |text| (!text.is_empty()).then(|| text.into()),
        |path: &PathBuf| path.display().to_string(),
    )
}

/// One of a few words.
pub(super) fn choice<T: Copy + PartialEq>(words: &'static [(&'static str, T)]) -> Kind<T> {
    let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    Kind::text(
        format!("one of {list}"),
        |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value),
        |value| words.iter().find(|(_, known)| known == value).map(|(word, _)| (*word).to_owned()).unwrap_or_default(),
    )
}

/// A share of a whole, from nothing to all.
pub(super) fn ratio() -> Kind<f64> {
    Kind {
        allowed: "a number from 0 to 1, such as 0.01".to_owned(),
        secret: false,
        parse: Box::new(|given| {
            let number: f64 = match given {
                Given::Integer(number) => i32::try_from(*number).ok()?.into(),
                Given::Untyped(text) | Given::Other(text) => text.parse().ok()?,
                Given::Text(_) | Given::Boolean(_) => return None,
            };
            (0.0..=1.0).contains(&number).then_some(number)
        }),
        show: Box::new(|value| Some(toml::Value::Float(*value))),
    }
}

/// A text that is never printed.
pub(super) fn secret<T: 'static>(
    allowed: &str,
    parse: impl Fn(&str) -> Option<T> + 'static,
    expose: impl Fn(&T) -> String + 'static,
) -> Kind<T> {
    Kind { secret: true, ..Kind::text(allowed, parse, expose) }
}

/// A bearer token, never printed.
pub(super) fn token() -> Kind<Secret> {
    secret(Secret::ALLOWED, Secret::parse, |secret| secret.expose().to_owned())
}

fn show_duration(duration: &Duration) -> String {
    TIME.show(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    fn untyped(text: &str) -> Given {
        Given::Untyped(text.to_owned())
    }

    #[test]
    fn numbers_are_typed_in_the_file_and_not_elsewhere() {
        let kind = count::<u32>(1..=100);
        assert_eq!(kind.parse(&Given::Integer(100)), Some(100));
        assert_eq!(kind.parse(&untyped("7")), Some(7));
        for refused in [Given::Integer(0), Given::Integer(101), text("7"), untyped("7.5"), untyped("")] {
            assert_eq!(kind.parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn a_switch_is_true_or_false_and_nothing_like_it() {
        for given in [Given::Boolean(true), untyped("true")] {
            assert_eq!(switch().parse(&given), Some(true));
        }
        for refused in [text("true"), untyped("yes"), untyped("True"), untyped(""), Given::Integer(1)] {
            assert_eq!(switch().parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn a_number_that_its_type_cannot_hold_is_refused() {
        assert_eq!(count::<u8>(0..=1_000).parse(&Given::Integer(256)), None);
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        let kind = size::<usize>(1_024..=1 << 20);
        for given in [Given::Integer(65_536), text("64KiB"), untyped("65536"), untyped("64KiB")] {
            assert_eq!(kind.parse(&given), Some(65_536), "{given}");
        }
        for refused in [Given::Integer(-1), text("1MiBs"), text("2MiB"), text("1023")] {
            assert_eq!(kind.parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn ratios_are_numbers_from_nothing_to_all() {
        for (given, share) in
            [(Given::Integer(1), 1.0), (Given::Other("0.25".to_owned()), 0.25), (untyped("1e-3"), 0.001)]
        {
            assert_eq!(ratio().parse(&given), Some(share), "{given}");
        }
        for refused in [Given::Integer(2), untyped("-0.1"), untyped("NaN"), untyped("1%"), text("0.5"), untyped("")] {
            assert_eq!(ratio().parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        let kind = duration(Duration::from_millis(100)..=Duration::from_mins(10));
        assert_eq!(kind.parse(&text("250ms")), Some(Duration::from_millis(250)));
        assert_eq!(kind.parse(&text("10m")), Some(Duration::from_mins(10)));
        for refused in [Given::Integer(10), untyped("10"), text("99ms"), text("601s"), text("ten")] {
            assert_eq!(kind.parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again_as_the_same() {
        let shown = duration(Duration::ZERO..=Duration::MAX).show(&Duration::from_secs(620)).unwrap();
        assert_eq!(shown.as_str(), Some("620s"));
        let shown = choice(&[("a", 1), ("b", 2)]).show(&2).unwrap();
        assert_eq!(choice(&[("a", 1), ("b", 2)]).parse(&text(shown.as_str().unwrap())), Some(2));
    }

    #[test]
    fn an_error_repeats_a_value_on_one_line_and_shortened() {
        assert_eq!(text("a\nb").to_string(), r#""a\nb""#);
        assert_eq!(Given::Other("[1,\n  2]".to_owned()).to_string(), "[1, 2]");
        assert_eq!(untyped(&"é".repeat(500)).to_string().chars().count(), SHOWN_CHARS + 3);
    }
}
