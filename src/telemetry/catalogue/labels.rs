//! The labels of metrics and the values they may have: closed sets, so that the number of series is known beforehand.
//!
//! Nothing that a client sends becomes a value: a method that is not known is `_OTHER`, a path is its template.

use std::borrow::Cow;

use super::values::DatabaseFault;
use crate::domain::Format;
use crate::telemetry::route::{MAX_ROUTES, Route};

/// A label of a metric.
pub trait Label: Copy + 'static {
    /// How many values there are.
    const COUNT: usize;

    /// Which of them it is, below [`Label::COUNT`].
    fn index(self) -> usize;

    /// As it is exposed; none where the label is left out.
    fn value(self) -> Option<Cow<'static, str>>;

    /// All values, where they are known when the process starts and each is worth a series before it happens.
    fn known() -> Vec<Self>;
}

impl Label for Route {
    const COUNT: usize = MAX_ROUTES;

    fn index(self) -> usize {
        self.index()
    }

    fn value(self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(self.template()))
    }

    fn known() -> Vec<Self> {
        Vec::new()
    }
}

/// The status of a response: one that is registered with IANA, or `_OTHER`, which Sirius never sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16);

/// <https://www.iana.org/assignments/http-status-codes>
const STATUSES: [u16; 61] = [
    100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400,
    401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426,
    428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
];

impl Label for Status {
    const COUNT: usize = STATUSES.len() + 1;

    fn index(self) -> usize {
        STATUSES.binary_search(&self.0).unwrap_or(STATUSES.len())
    }

    fn value(self) -> Option<Cow<'static, str>> {
        let known = STATUSES.binary_search(&self.0).is_ok();
        Some(if known { Cow::Owned(self.0.to_string()) } else { Cow::Borrowed("_OTHER") })
    }

    fn known() -> Vec<Self> {
        Vec::new()
    }
}

impl Label for Format {
    const COUNT: usize = Self::ALL.len();

    fn index(self) -> usize {
        self as usize
    }

    fn value(self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(self.name()))
    }

    fn known() -> Vec<Self> {
        Self::ALL.to_vec()
    }
}

/// The format of an image, if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaybeFormat(pub Option<Format>);

impl Label for MaybeFormat {
    const COUNT: usize = Format::COUNT + 1;

    fn index(self) -> usize {
        self.0.map_or(Format::COUNT, Label::index)
    }

    fn value(self) -> Option<Cow<'static, str>> {
        self.0.map_or(Some(Cow::Borrowed("unknown")), Label::value)
    }

    fn known() -> Vec<Self> {
        Vec::new()
    }
}

/// How a statement ended.
impl Label for Option<DatabaseFault> {
    const COUNT: usize = DatabaseFault::COUNT + 1;

    fn index(self) -> usize {
        self.map_or(DatabaseFault::COUNT, Label::index)
    }

    fn value(self) -> Option<Cow<'static, str>> {
        self.and_then(Label::value)
    }

    fn known() -> Vec<Self> {
        Vec::new()
    }
}

/// No label at all.
impl Label for () {
    const COUNT: usize = 1;

    fn index(self) -> usize {
        0
    }

    fn value(self) -> Option<Cow<'static, str>> {
        None
    }

    fn known() -> Vec<Self> {
        vec![()]
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::values::{HttpMethod, Operation};
    use super::*;

    #[test]
    fn every_value_has_an_index_of_its_own_within_bounds() {
        fn check<L: Label>(values: impl IntoIterator<Item = L>) {
            let mut seen = vec![false; L::COUNT];
            for value in values {
                assert!(!std::mem::replace(&mut seen[value.index()], true));
            }
            assert!(seen.into_iter().all(|seen| seen), "{}", std::any::type_name::<L>());
        }
        check(HttpMethod::known());
        check(Format::known());
        check(STATUSES.into_iter().chain([299]).map(Status));
        check(Format::ALL.into_iter().map(Some).chain([None]).map(MaybeFormat));
        check(DatabaseFault::ALL.iter().copied().map(Some).chain([None]));
    }

    #[test]
    fn what_is_not_known_is_other() {
        let brew = Method::from_bytes(b"BREW").unwrap();
        assert_eq!(HttpMethod::from(&brew).name(), "_OTHER");
        assert_eq!(HttpMethod::from(&Method::TRACE).name(), "TRACE");
        assert_eq!(Status(299).value().unwrap(), "_OTHER");
        assert_eq!(Status(404).value().unwrap(), "404");
        assert_eq!(Operation::of("BEGIN IMMEDIATE"), Operation::Begin);
        assert_eq!(Operation::of("PRAGMA x"), Operation::Other);
    }
}
