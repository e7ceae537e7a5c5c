//! What a request says of the trace that it is part of: the headers of W3C Trace Context.
//!
//! They come from strangers: what is not well-formed is as if it were not there, and the request begins a trace of its own.
//! Baggage is never read.

use http::HeaderMap;

use super::{SpanId, TraceId};

/// The most members of a `tracestate`; <https://www.w3.org/TR/trace-context/#tracestate-header-field-values>.
const MAX_MEMBERS: usize = 32;

/// The most bytes of a `tracestate` that are passed on: as many as the standard asks for.
const MAX_STATE_BYTES: usize = 512;

/// Members longer than this are the first to go when there are too many bytes.
const LONG_MEMBER_BYTES: usize = 128;

/// The span that a request was sent by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace_id: TraceId,
    /// The caller's span.
    pub span_id: SpanId,
    /// Whether the caller records it.
    pub sampled: bool,
}

impl Parent {
    /// The one that the headers name, if they name exactly one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all("traceparent").iter();
        let header = values.next()?;
        if values.next().is_some() {
            return None;
        }
        Self::from_traceparent(header.as_bytes())
    }

    /// That of a `traceparent` of version 00, or of a later one, which begins in the same way and may go on.
    fn from_traceparent(header: &[u8]) -> Option<Self> {
        let (head, rest) = header.split_at_checked(55)?;
        let [version, trace, span, flags] = [&head[..2], &head[3..35], &head[36..52], &head[53..]];
        let dashes = [2, 35, 52].into_iter().all(|at| head[at] == b'-');
        let version = number(version)?;
        let ends_well = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.first().is_none_or(|byte| *byte == b'-'),
        };
        let (trace_id, span_id) = (TraceId::new(number(trace)?)?, SpanId::new(u64::try_from(number(span)?).ok()?)?);
        let sampled = number(flags)? & 1 == 1;
        (dashes && ends_well).then_some(Self { trace_id, span_id, sampled })
    }
}

/// The members of `tracestate` that are passed on: at most 32, of at most 512 bytes together. Empty when there are none, when
/// there are more, or when they are no text.
#[must_use]
pub fn trace_state(headers: &HeaderMap) -> String {
    let mut members = Vec::new();
    for value in headers.get_all("tracestate") {
        let Ok(text) = value.to_str() else { return String::new() };
        let named = text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
        members.extend(named.take(MAX_MEMBERS + 1));
        if members.len() > MAX_MEMBERS {
            return String::new();
        }
    }
    let bytes = |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1);
    if bytes(&members) > MAX_STATE_BYTES {
        members.retain(|member| member.len() <= LONG_MEMBER_BYTES);
    }
    while bytes(&members) > MAX_STATE_BYTES {
        members.pop();
    }
    members.join(",")
}

/// Of lower-case hexadecimal digits, at most 32 of them.
fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn headers(name: &'static str, values: &[&[u8]]) -> HeaderMap {
        values.iter().map(|value| (name.parse().unwrap(), HeaderValue::from_bytes(value).unwrap())).collect()
    }

    fn parent(header: &str) -> Option<Parent> {
        Parent::of(&headers("traceparent", &[header.as_bytes()]))
    }

    fn state(values: &[&str]) -> String {
        trace_state(&headers("tracestate", &values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>()))
    }

    #[test]
    fn a_valid_traceparent_is_taken_over() {
        for (header, sampled) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-00"), false),
            (format!("00-{TRACE}-{SPAN}-03"), true),
            (format!("01-{TRACE}-{SPAN}-01"), true),
            (format!("fe-{TRACE}-{SPAN}-00-and-more"), false),
        ] {
            let parent = parent(&header).unwrap();
            assert_eq!((parent.trace_id.to_string(), parent.span_id.to_string()), (TRACE.into(), SPAN.into()));
            assert_eq!(parent.sampled, sampled, "{header}");
        }
    }

    #[test]
    fn any_other_is_as_if_it_were_not_there() {
        for header in [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-new"),
            format!("01-{TRACE}-{SPAN}-01new"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-0x"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{TRACE}-{SPAN}-01{}", " ".repeat(20_000)),
        ] {
            assert_eq!(Parent::of(&headers("traceparent", &[header.as_bytes()])), None, "{header}");
        }
        assert_eq!(Parent::of(&headers("traceparent", &[b"00-\xff\xfe"])), None);
        let valid = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(
            Parent::of(&headers("traceparent", &[valid.as_bytes(), valid.as_bytes()])),
            None,
            "which of the two?"
        );
    }

    #[test]
    fn a_trace_state_is_passed_on_within_its_limits() {
        assert_eq!(state(&["a=1, b=2", "", "c=3,,"]), "a=1,b=2,c=3");
        let many: Vec<_> = (0..33).map(|member| format!("k{member}=v")).collect();
        assert_eq!(state(&[&many.join(",")]), "");
        assert_eq!(state(&[&many[..32].join(",")]), many[..32].join(","));
        let long = format!("long={}", "v".repeat(200));
        assert_eq!(
            state(&[&format!("a=1,{long}")]),
            format!("a=1,{long}"),
            "long members may stay where there is room"
        );
        assert_eq!(state(&[&format!("{long},a=1,{long},{long}")]), "a=1");
        let rest: Vec<_> = (0..10).map(|member| format!("k{member}={}", "v".repeat(97))).collect();
        assert_eq!(state(&[&rest.join(",")]), rest[..5].join(","));
        assert_eq!(trace_state(&headers("tracestate", &[b"a=\xff"])), "");
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_standard_is_read(version in 0..=0xfe_u8, trace: u128, span: u64, flags: u8) {
            let found = parent(&format!("{version:02x}-{trace:032x}-{span:016x}-{flags:02x}"));
            let (trace_id, span_id) = (TraceId::new(trace), SpanId::new(span));
            let expected = trace_id.zip(span_id).map(|(trace_id, span_id)| Parent { trace_id, span_id, sampled: flags & 1 == 1 });
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn nothing_that_a_client_sends_panics_or_grows(
            parent in proptest::collection::vec(32..=255_u8, 0..80),
            states in proptest::collection::vec(proptest::collection::vec(32..=255_u8, 0..2_000), 0..4),
        ) {
            prop_assume!(HeaderValue::from_bytes(&parent).is_ok());
            let states: Vec<_> = states.iter().filter(|state| HeaderValue::from_bytes(state).is_ok()).map(Vec::as_slice).collect();
            let _ = Parent::of(&headers("traceparent", &[&parent]));
            prop_assert!(trace_state(&headers("tracestate", &states)).len() <= MAX_STATE_BYTES);
        }
    }
}
