//! The identity of a request, within reach of everything that is done for it: its trace id (the client's own when it sent
//! a valid one), its route. Log lines, exemplars and problem documents read it here, not from a span, which most
//! requests do not have.

use std::fmt;

use http::{HeaderMap, HeaderValue};

use super::route::Route;

/// A W3C trace id: 16 bytes, not all zero; <https://www.w3.org/TR/trace-context/#trace-id>.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// A request, as everything that is done for it sees it.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    trace_id: TraceId,
    route: Route,
}

tokio::task_local! {
    static CURRENT: Context;
}

impl Context {
    /// That of a request with these headers.
    #[must_use]
    pub fn begin(headers: &HeaderMap, route: Route) -> Self {
        let header = headers.get("traceparent").and_then(|header| header.to_str().ok());
        let trace_id = header.and_then(TraceId::from_traceparent).unwrap_or_else(TraceId::random);
        Self { trace_id, route }
    }

    /// That of the request that the current task serves, if it serves one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// The trace that the request is part of.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The template of its path.
    #[must_use]
    pub fn route(&self) -> Route {
        self.route
    }

    /// The trace id, if the trace is sent where it can be looked at: what an exemplar may lead to.
    #[must_use]
    pub fn exported(&self) -> Option<TraceId> {
        None
    }

    /// The trace id as a response tells it.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        // Hexadecimal digits are always valid in a header.
        HeaderValue::try_from(self.trace_id.to_string()).unwrap_or(HeaderValue::from_static(""))
    }

    /// Runs a future as part of this request.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
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
        Context::current().map(|context| context.trace_id)
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
