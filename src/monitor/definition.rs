//! The objectives and alerts, as `make rules` hands them over from `alerts/slo.yaml`: one definition for Prometheus and
//! for this page.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

const EMBEDDED: &str = include_str!("../../alerts/rules/monitor.json");

/// What is promised, and when somebody is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The objectives hold over this time.
    period_seconds: f64,
    /// Over the objectives' budgets, whichever it is.
    pub alerts: Vec<Burn>,
    /// In the order in which they are shown.
    pub objectives: Vec<Objective>,
}

/// An alert: a budget burns this many times too fast over both windows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burn {
    /// For example `BurnFast`; the alert's whole name begins with the objective's.
    pub name: String,
    /// `critical` or `warning`.
    pub severity: String,
    /// Times the rate at which the budget lasts exactly for the period.
    #[serde(rename = "burn")]
    pub factor: f64,
    long_seconds: f64,
    short_seconds: f64,
}

/// A promise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// For example `availability`.
    pub name: String,
    /// One sentence.
    pub title: String,
    /// The share of what is good, such as 0.999.
    #[serde(rename = "objective")]
    pub target: f64,
    /// What users feel when it is broken; `{value}` is the share of what is bad.
    pub summary: String,
    /// Bad events in the long window without which nobody is told.
    pub at_least: u64,
    metric: String,
    #[serde(rename = "where")]
    counted: Vec<Matcher>,
    bad: Vec<Matcher>,
    slower_than: Option<f64>,
    above: Option<f64>,
}

/// What an objective counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Indicator {
    /// Requests; bad ones are known by their labels.
    Outcomes,
    /// Requests; what takes longer than so many seconds is bad.
    Slower(f64),
    /// Looks at a gauge; higher is bad.
    Above(f64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Matcher {
    label: String,
    operator: String,
    #[serde(deserialize_with = "anchored")]
    value: Pattern,
}

/// As Prometheus understands them: the whole value has to match.
#[derive(Debug)]
struct Pattern {
    text: String,
    regex: Regex,
}

impl Definition {
    /// That of `alerts/slo.yaml`.
    #[must_use]
    pub fn embedded() -> Self {
        #[expect(clippy::expect_used, reason = "a test reads it, and it is part of the program")]
        serde_json::from_str(EMBEDDED).expect("alerts/rules/monitor.json is what `make rules` writes")
    }

    /// The objectives hold over this time.
    #[must_use]
    pub fn period(&self) -> Duration {
        Duration::from_secs_f64(self.period_seconds)
    }
}

impl Burn {
    /// The windows, the long one first.
    #[must_use]
    pub fn windows(&self) -> [Duration; 2] {
        [self.long_seconds, self.short_seconds].map(Duration::from_secs_f64)
    }
}

impl Objective {
    /// What it counts.
    #[must_use]
    pub fn indicator(&self) -> Indicator {
        match (self.slower_than, self.above) {
            (Some(seconds), _) => Indicator::Slower(seconds),
            (None, Some(limit)) => Indicator::Above(limit),
            (None, None) => Indicator::Outcomes,
        }
    }

    /// The metric of a gauge's name.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// The share of what may be bad.
    #[must_use]
    pub fn budget(&self) -> f64 {
        1.0 - self.target
    }

    /// Whether requests with these labels count at all.
    #[must_use]
    pub fn counts(&self, labels: &BTreeMap<String, String>) -> bool {
        self.counted.iter().all(|matcher| matcher.holds(labels))
    }

    /// Whether requests with these labels are bad, whatever time they took.
    #[must_use]
    pub fn is_bad(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.bad.is_empty() && self.bad.iter().all(|matcher| matcher.holds(labels))
    }
}

impl Matcher {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        // A label that is not there is one that is empty.
        let value = labels.get(&self.label).map_or("", String::as_str);
        match self.operator.as_str() {
            "=" => value == self.value.text,
            "!=" => value != self.value.text,
            "!~" => !self.value.regex.is_match(value),
            _ => self.value.regex.is_match(value),
        }
    }
}

fn anchored<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
    let text = String::deserialize(deserializer)?;
    let regex = Regex::new(&format!("^(?:{text})$")).map_err(serde::de::Error::custom)?;
    Ok(Pattern { text, regex })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(route: &str, status: &str) -> BTreeMap<String, String> {
        [("http_route", route), ("http_response_status_code", status)].map(|(k, v)| (k.into(), v.into())).into()
    }

    #[test]
    fn the_embedded_definition_is_read() {
        let definition = Definition::embedded();
        let names: Vec<_> = definition.objectives.iter().map(|objective| objective.name.as_str()).collect();
        assert_eq!(names, ["availability", "latency", "freshness"]);
        assert!(!definition.alerts.is_empty() && definition.period() > Duration::from_hours(24));
        for burn in &definition.alerts {
            assert!(burn.windows()[0] <= Duration::from_hours(1), "{burn:?} fits into what is remembered");
        }
    }

    #[test]
    fn labels_tell_what_counts_and_what_is_bad() {
        let definition = Definition::embedded();
        let [availability, latency, freshness] = &definition.objectives[..] else { panic!() };
        assert!(availability.counts(&labels("/api/v1/tags", "500")) && availability.is_bad(&labels("/", "503")));
        assert!(!availability.is_bad(&labels("/", "429")) && !availability.is_bad(&labels("/", "5000")));
        assert!(!availability.counts(&labels("/healthz", "500")) && !availability.counts(&labels("unmatched", "500")));
        assert_eq!((availability.indicator(), latency.indicator()), (Indicator::Outcomes, Indicator::Slower(0.1)));
        assert!(latency.counts(&labels("/", "200")) && !latency.counts(&labels("/", "503")));
        assert!(!latency.counts(&labels("/api/v1/tags", "200")) && !latency.is_bad(&labels("/", "200")));
        assert!(matches!(freshness.indicator(), Indicator::Above(_)));
    }
}
