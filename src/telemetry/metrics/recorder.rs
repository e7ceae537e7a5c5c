//! Where values are recorded: the recorder of `metrics-exporter-prometheus`, in which histograms with exemplars also
//! remember traces.

use std::sync::{Arc, Mutex, PoisonError};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::exemplars::{Exemplars, Remembering};
use crate::telemetry::catalogue::{Kind, Metric};

/// Records what the catalogue has.
pub(in crate::telemetry) struct Recorder {
    exporter: PrometheusRecorder,
    handle: PrometheusHandle,
    remembering: Mutex<Vec<Arc<Remembering>>>,
}

impl Recorder {
    pub(super) fn new() -> Self {
        let exporter = Metric::ALL.iter().copied().fold(PrometheusBuilder::new(), with_buckets).build_recorder();
        Self { handle: exporter.handle(), exporter, remembering: Mutex::default() }
    }

    /// Every series, as the exporter writes it.
    pub(super) fn render(&self) -> String {
        self.handle.render()
    }

    /// Puts what was recorded into its buckets.
    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// What is remembered now.
    pub(super) fn exemplars(&self) -> Exemplars {
        let remembering = self.remembering.lock().unwrap_or_else(PoisonError::into_inner);
        remembering.iter().map(|series| series.exemplars()).collect()
    }
}

/// Without buckets the exporter would make it a summary.
fn with_buckets(builder: PrometheusBuilder, metric: Metric) -> PrometheusBuilder {
    let Kind::Histogram { buckets, .. } = metric.kind() else { return builder };
    #[expect(
        clippy::expect_used,
        reason = "only an empty list is refused, and a test holds the catalogue to having none"
    )]
    builder.set_buckets_for_metric(Matcher::Full(metric.name().to_owned()), buckets).expect("a histogram has buckets")
}

impl metrics::Recorder for Recorder {
    // Units and help texts are the catalogue's.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.exporter.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.exporter.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let histogram = self.exporter.register_histogram(key, metadata);
        let kind = Metric::ALL.iter().find(|metric| metric.name() == key.name()).map(|metric| metric.kind());
        let Some(Kind::Histogram { buckets, exemplars: true }) = kind else { return histogram };
        let series = Arc::new(Remembering::new(histogram, key, buckets));
        self.remembering.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&series));
        Histogram::from_arc(series)
    }
}
