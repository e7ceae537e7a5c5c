//! What `/metrics` looks like: the classic text of Prometheus, or OpenMetrics with exemplars.
//!
//! The exporter says what the values are. Types, units, help and order are the catalogue's, so that both formats have
//! the same series and two scrapes differ in values only. What is not in the catalogue is not exposed.

use std::collections::HashMap;
use std::fmt::Write;

use super::exemplars::{Exemplar, Exemplars};
use crate::telemetry::catalogue::{Kind, Metric};

/// A format that metrics are exposed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.
    Text,
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/>, version 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The value of `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Writes what the exporter has rendered.
pub(super) fn write(rendered: &str, exemplars: &Exemplars, format: Format) -> String {
    let samples = by_metric(rendered);
    let mut page = Page { text: String::with_capacity(rendered.len() + rendered.len() / 4), exemplars, format };
    for metric in Metric::ALL {
        if let Some(lines) = samples.get(metric.name()) {
            page.metric(*metric, lines);
        }
    }
    if format == Format::OpenMetrics {
        page.text.push_str("# EOF\n");
    }
    page.text
}

/// The lines of each metric. The exporter writes those of one together, below its `# TYPE`.
fn by_metric(rendered: &str) -> HashMap<&str, Vec<&str>> {
    let mut all: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut name = "";
    for line in rendered.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            name = rest.split(' ').next().unwrap_or_default();
        } else if !line.is_empty() && !line.starts_with('#') {
            all.entry(name).or_default().push(line);
        }
    }
    all
}

struct Page<'a> {
    text: String,
    exemplars: &'a Exemplars,
    format: Format,
}

impl Page<'_> {
    fn metric(&mut self, metric: Metric, lines: &[&str]) {
        self.head(metric);
        if let Kind::Histogram { .. } = metric.kind() {
            self.histogram(lines);
        } else {
            let mut lines = lines.to_vec();
            lines.sort_unstable();
            for line in lines {
                let (series, value) = parts(line);
                self.sample(series, value);
                self.text.push('\n');
            }
        }
    }

    fn head(&mut self, metric: Metric) {
        let kind = match metric.kind() {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram { .. } => "histogram",
        };
        let (name, unit) = match self.format {
            Format::Text => (metric.name(), None),
            Format::OpenMetrics => (metric.family(), metric.unit()),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {}", metric.help());
        let _ = writeln!(self.text, "# TYPE {name} {kind}");
        if let Some(unit) = unit {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
    }

    /// Series after series, the buckets of each in ascending order, as the exporter has them.
    fn histogram(&mut self, lines: &[&str]) {
        let mut bucket = 0;
        for line in lines {
            let (series, value) = parts(line);
            let Some((begin, bound)) = series.strip_suffix("\"}").and_then(|series| series.rsplit_once("le=\"")) else {
                bucket = 0;
                self.sample(series, value);
                self.text.push('\n');
                continue;
            };
            self.text.push_str(begin);
            let _ = write!(self.text, "le=\"{bound}");
            // One series in both formats, so that it does not matter which of them a scraper asks for.
            if !bound.contains(['.', 'I']) {
                self.text.push_str(".0");
            }
            self.sample("\"}", value);
            if self.format == Format::OpenMetrics
                && let Some(Some(exemplar)) = self.exemplars.get(begin).and_then(|all| all.get(bucket))
            {
                self.exemplar(exemplar);
            }
            self.text.push('\n');
            bucket += 1;
        }
    }

    fn sample(&mut self, series: &str, value: &str) {
        self.text.push_str(series);
        self.text.push(' ');
        self.text.push_str(match value {
            "inf" => "+Inf",
            "-inf" => "-Inf",
            value => value,
        });
    }

    fn exemplar(&mut self, Exemplar { trace_id, value, at }: &Exemplar) {
        let _ = write!(self.text, " # {{trace_id=\"{trace_id}\"}} {value} {:.3}", at.as_secs_f64());
    }
}

/// The series of a line, and its value. No value holds a space; a label's may.
fn parts(line: &str) -> (&str, &str) {
    line.rsplit_once(' ').unwrap_or((line, ""))
}
