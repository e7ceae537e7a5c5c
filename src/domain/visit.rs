//! Visits: counted, numbered, never listed one by one.

use super::Timestamp;

/// The number that a visit got: 1 for the first; no two visits share one and none is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitNumber(pub u64);

/// What a client calls a visit, so that counting it again is counting it once: the SHA-256 of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitKey(pub [u8; 32]);

/// How many visits have been counted, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitTotal {
    /// All visits so far.
    pub total: u64,
    /// When counting began: the moment the database was made.
    pub since: Timestamp,
}

/// The width of one entry of the visit history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A clock hour in UTC.
    Hour,
    /// A calendar day in UTC.
    Day,
}

impl Step {
    /// Its width in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// The start of the step that a moment falls into.
    #[must_use]
    pub fn floor(self, at: Timestamp) -> Timestamp {
        let into = at.unix_timestamp().rem_euclid(self.seconds());
        let at = at.replace_nanosecond(0).unwrap_or(at);
        at.checked_sub(time::Duration::seconds(into)).unwrap_or(at)
    }
}
