//! The identity of a request: its trace id, the client's own when it sent a valid one.

use std::fmt;

/// A W3C trace id: 16 bytes, not all zero; <https://www.w3.org/TR/trace-context/#trace-id>.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

tokio::task_local! {
    static CURRENT: TraceId;
}

impl TraceId {
    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random_range(1..=u128::MAX))
    }

    /// The trace id of a `traceparent` header, if it is a valid one.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lower_hex =
            |text: &str, len| text.len() == len && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        // Version 00 has exactly four parts; a later one may add some, and ff is forbidden.
        let well_formed = lower_hex(version, 2)
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && lower_hex(trace, 32)
            && lower_hex(parent, 16)
            && parent.bytes().any(|byte| byte != b'0')
            && lower_hex(flags, 2);
        let id = u128::from_str_radix(trace, 16).ok()?;
        (well_formed && id != 0).then_some(Self(id))
    }

    /// The id of the request that the current task serves, if it serves one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|id| *id).ok()
    }

    /// Runs a future as part of this trace.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_traceparent_is_taken_over() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for header in [format!("00-{id}-00f067aa0ba902b7-01"), format!("01-{id}-00f067aa0ba902b7-01-new")] {
            assert_eq!(TraceId::from_traceparent(&header).unwrap().to_string(), id);
        }
        for header in [
            String::new(),
            format!("ff-{id}-00f067aa0ba902b7-01"),
            format!("00-{id}-00f067aa0ba902b7-01-new"),
            format!("00-{id}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase()),
            format!("00-+{}-00f067aa0ba902b7-01", &id[1..]),
        ] {
            assert_eq!(TraceId::from_traceparent(&header), None, "{header}");
        }
    }
}
