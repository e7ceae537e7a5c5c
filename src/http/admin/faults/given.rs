//! A fault as a client asks for it: read as a whole, with everything that is wrong with it said at once.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::faults::{self, Fault, MAX_DURATION};
use crate::telemetry::catalogue::values::{FaultKind, Signal};
use crate::telemetry::route::Route;

/// The longest that something may be held up: longer than the longest deadline there is.
const MAX_LATENCY_MS: u64 = 60_000;

/// The most characters of a value that an error repeats.
const SHOWN_CHARS: usize = 80;

const EXAMPLE: &str =
    r#"{"kind": "errors", "route": "/api/v1/images/random", "ratio": 0.05, "status": 503, "expires_in_seconds": 600}"#;

/// The members that are left to read, and what was wrong with those before.
struct Given {
    members: Map<String, Value>,
    wrong: Vec<String>,
}

/// Reads a fault and how long it is to last.
///
/// # Errors
/// With all that is wrong, and what is allowed.
pub(super) fn read(body: &[u8]) -> Result<(Fault, Duration), String> {
    let value = serde_json::from_slice(body)
        .map_err(|error| format!("the body is no JSON ({error}); what is expected is such as {EXAMPLE}"))?;
    let Value::Object(members) = value else {
        return Err(format!("the body is no JSON object; what is expected is such as {EXAMPLE}"));
    };
    let mut given = Given { members, wrong: Vec::new() };
    let lasts = Duration::from_secs(given.whole("expires_in_seconds", 1..=MAX_DURATION.as_secs()));
    let kind = given.kind();
    let fault = kind.map(|kind| given.fault(kind));
    match (fault, given.finish(kind)) {
        (Some(fault), None) => Ok((fault, lasts)),
        (_, wrong) => Err(wrong.unwrap_or_default()),
    }
}

impl Given {
    fn fault(&mut self, kind: FaultKind) -> Fault {
        match kind {
            FaultKind::Latency => Fault::Latency { route: self.route(), ratio: self.ratio(), delay: self.delay() },
            FaultKind::Errors => Fault::Errors { route: self.route(), ratio: self.ratio(), status: self.status() },
            FaultKind::DatabaseLatency => Fault::DatabaseLatency { ratio: self.ratio(), delay: self.delay() },
            FaultKind::DatabaseErrors => Fault::DatabaseErrors { ratio: self.ratio() },
            FaultKind::PoolExhausted => Fault::PoolExhausted,
            FaultKind::BlobLatency => Fault::BlobLatency { ratio: self.ratio(), delay: self.delay() },
            FaultKind::BlobErrors => Fault::BlobErrors { ratio: self.ratio() },
            FaultKind::TelemetryLoss => Fault::TelemetryLoss { signal: self.signal() },
        }
    }

    fn kind(&mut self) -> Option<FaultKind> {
        let value = self.members.remove("kind");
        let kind = value.as_ref().and_then(Value::as_str);
        let known = FaultKind::ALL.iter().copied().find(|known| Some(known.name()) == kind);
        if known.is_none() {
            let names = list(FaultKind::ALL.iter().map(|kind| kind.name()));
            self.refuse("kind", value.as_ref(), &format!("one of {names}"));
        }
        known
    }

    /// Which requests; all of them where none is named.
    fn route(&mut self) -> Option<Route> {
        let value = self.members.remove("route")?;
        let known = faults::routes().iter().find(|route| Some(route.template()) == value.as_str());
        if known.is_none() {
            let names = list(faults::routes().iter().map(|route| route.template()));
            let allowed = match names.as_str() {
                "" => "none yet, because Sirius is still starting".to_owned(),
                names => format!("one of {names}; leave it out for all of them"),
            };
            self.refuse("route", Some(&value), &allowed);
        }
        known.copied()
    }

    fn ratio(&mut self) -> f64 {
        let value = self.members.remove("ratio");
        let ratio = value.as_ref().and_then(Value::as_f64).filter(|ratio| *ratio > 0.0 && *ratio <= 1.0);
        ratio.unwrap_or_else(|| {
            self.refuse("ratio", value.as_ref(), "a number above 0 and up to 1, such as 0.05 for 5 of 100");
            1.0
        })
    }

    fn delay(&mut self) -> Duration {
        Duration::from_millis(self.whole("latency_ms", 1..=MAX_LATENCY_MS))
    }

    fn status(&mut self) -> u16 {
        let value = self.members.remove("status");
        let status = value.as_ref().and_then(Value::as_u64);
        let known = Fault::STATUSES.into_iter().find(|known| Some(u64::from(*known)) == status);
        known.unwrap_or_else(|| {
            let allowed = list(Fault::STATUSES.iter().map(u16::to_string));
            self.refuse("status", value.as_ref(), &format!("one of {allowed}, which Sirius itself answers with"));
            Fault::STATUSES[0]
        })
    }

    /// What is lost; everything where nothing is named.
    fn signal(&mut self) -> Option<Signal> {
        let value = self.members.remove("signal")?;
        let known = Fault::SIGNALS.into_iter().find(|signal| Some(signal.name()) == value.as_str());
        if known.is_none() {
            let names = list(Fault::SIGNALS.iter().map(|signal| signal.name()));
            self.refuse("signal", Some(&value), &format!("one of {names}; leave it out for both"));
        }
        known
    }

    fn whole(&mut self, name: &str, range: RangeInclusive<u64>) -> u64 {
        let value = self.members.remove(name);
        let number = value.as_ref().and_then(Value::as_u64).filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            self.refuse(name, value.as_ref(), &format!("a whole number from {} to {}", range.start(), range.end()));
            *range.start()
        })
    }

    fn refuse(&mut self, name: &str, value: Option<&Value>, allowed: &str) {
        let said = match value {
            Some(value) => format!("`{name}` is {}; allowed is {allowed}", shortened(&value.to_string())),
            None => format!("`{name}` is missing; allowed is {allowed}"),
        };
        self.wrong.push(said);
    }

    /// Everything that is wrong, in one text; members that nobody wanted included.
    fn finish(mut self, kind: Option<FaultKind>) -> Option<String> {
        // Of what kind it should be is not known, nor what belongs to it.
        let strangers = kind.map(|kind| (kind, std::mem::take(&mut self.members)));
        for (kind, name) in strangers.iter().flat_map(|(kind, members)| members.keys().map(move |name| (kind, name))) {
            let name = shortened(name);
            self.wrong.push(format!("`{name}` is not a member of a fault of the kind {}; leave it out", kind.name()));
        }
        (!self.wrong.is_empty()).then(|| self.wrong.join(". "))
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn list(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    names.fold(String::new(), |mut text, name| {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to memory cannot fail.
        let _ = write!(text, "{separator}{name}");
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(body: &Value) -> String {
        read(body.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn each_kind_is_read() {
        let delay = Duration::from_millis(300);
        for (body, fault) in [
            (
                json!({"kind": "latency", "ratio": 0.5, "latency_ms": 300}),
                Fault::Latency { route: None, ratio: 0.5, delay },
            ),
            (
                json!({"kind": "errors", "ratio": 1, "status": 502}),
                Fault::Errors { route: None, ratio: 1.0, status: 502 },
            ),
            (
                json!({"kind": "database_latency", "ratio": 1, "latency_ms": 300}),
                Fault::DatabaseLatency { ratio: 1.0, delay },
            ),
            (json!({"kind": "database_errors", "ratio": 1}), Fault::DatabaseErrors { ratio: 1.0 }),
            (json!({"kind": "pool_exhausted"}), Fault::PoolExhausted),
            (json!({"kind": "blob_latency", "ratio": 1, "latency_ms": 300}), Fault::BlobLatency { ratio: 1.0, delay }),
            (json!({"kind": "blob_errors", "ratio": 1}), Fault::BlobErrors { ratio: 1.0 }),
            (json!({"kind": "telemetry_loss"}), Fault::TelemetryLoss { signal: None }),
            (
                json!({"kind": "telemetry_loss", "signal": "traces"}),
                Fault::TelemetryLoss { signal: Some(Signal::Traces) },
            ),
        ] {
            let mut body = body;
            body["expires_in_seconds"] = 60.into();
            assert_eq!(read(body.to_string().as_bytes()), Ok((fault, Duration::from_mins(1))), "{body}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let said =
            wrong(&json!({"kind": "latency", "route": "/nowhere", "ratio": 1.5, "latency_ms": "long", "status": 500}));
        for part in [
            "`expires_in_seconds` is missing; allowed is a whole number from 1 to 3600",
            "`route` is \"/nowhere\"; allowed is ",
            "`ratio` is 1.5; allowed is a number above 0 and up to 1",
            "`latency_ms` is \"long\"; allowed is a whole number from 1 to 60000",
            "`status` is not a member of a fault of the kind latency",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn each_mistake_is_told_with_what_is_allowed() {
        for (body, part) in [
            (json!([]), "no JSON object"),
            (json!({}), "`kind` is missing; allowed is one of latency, errors, "),
            (json!({"kind": "smoke", "expires_in_seconds": 1}), "`kind` is \"smoke\""),
            (json!({"kind": "pool_exhausted", "expires_in_seconds": 3601}), "from 1 to 3600"),
            (json!({"kind": "pool_exhausted", "expires_in_seconds": 0}), "from 1 to 3600"),
            (json!({"kind": "pool_exhausted", "expires_in_seconds": -1}), "from 1 to 3600"),
            (json!({"kind": "pool_exhausted", "expires_in_seconds": 1, "ratio": 1}), "leave it out"),
            (json!({"kind": "blob_errors", "expires_in_seconds": 1, "ratio": 0}), "above 0"),
            (json!({"kind": "errors", "expires_in_seconds": 1, "ratio": 1, "status": 404}), "one of 500, 502, 503"),
            (json!({"kind": "telemetry_loss", "expires_in_seconds": 1, "signal": "logs"}), "one of loki, traces"),
            (json!({"kind": "x".repeat(1_000)}), "xxx...; allowed"),
        ] {
            let said = wrong(&body);
            assert!(said.contains(part) && said.len() < 1_000, "{body}: {said}");
        }
        assert!(read(b"{").unwrap_err().contains("such as {\"kind\""));
    }
}
