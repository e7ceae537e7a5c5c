//! A metric and its series: a table of handles by the values of its labels, so that recording looks nothing up by name
//! and makes no label.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use metrics::{Counter, Gauge, Histogram, Key, Label as Pair, Level, Metadata, Recorder as _};

use super::recorder::Recorder;
use crate::telemetry::catalogue::Metric;
use crate::telemetry::catalogue::labels::Label;

/// What is recorded with.
pub(in crate::telemetry) trait Handle: Sized {
    fn register(recorder: &Recorder, key: &Key) -> Self;
}

/// The labels of a metric, in the order of the catalogue.
pub(in crate::telemetry) trait Labels: Copy {
    /// How many labels there are, and how many series at most: `ROWS` times `CELLS`.
    const LEN: usize;
    const ROWS: usize;
    const CELLS: usize;

    /// The row, which is made when it is first needed, and the cell in it.
    fn place(self) -> (usize, usize);
    fn values(self) -> Vec<Option<Cow<'static, str>>>;
    fn known() -> Vec<Self>;
}

/// The series of a metric with labels. A series exists from the start if all its values are known then, otherwise from
/// the first time it is asked for.
pub(in crate::telemetry) struct Family<H, L> {
    metric: Metric,
    recorder: Arc<Recorder>,
    rows: Box<[OnceLock<Row<H>>]>,
    labels: std::marker::PhantomData<L>,
}

type Row<H> = Box<[OnceLock<H>]>;

impl<H: Handle, L: Labels> Family<H, L> {
    pub(super) fn new(recorder: &Arc<Recorder>, metric: Metric) -> Self {
        debug_assert_eq!(metric.labels().len(), L::LEN, "{}", metric.name());
        let rows = (0..L::ROWS).map(|_| OnceLock::new()).collect();
        let family = Self { metric, recorder: Arc::clone(recorder), rows, labels: std::marker::PhantomData };
        for labels in L::known() {
            family.at(labels);
        }
        family
    }

    /// The series with these values.
    pub(in crate::telemetry) fn at(&self, labels: L) -> &H {
        let (row, cell) = labels.place();
        let row = self.rows[row].get_or_init(|| (0..L::CELLS).map(|_| OnceLock::new()).collect());
        row[cell].get_or_init(|| register(&self.recorder, self.metric, labels.values()))
    }
}

/// The only series of a metric without labels.
pub(super) fn single<H: Handle>(recorder: &Recorder, metric: Metric) -> H {
    debug_assert!(metric.labels().is_empty(), "{}", metric.name());
    register(recorder, metric, Vec::new())
}

/// A series whose values are told at start.
pub(super) fn register<H: Handle>(recorder: &Recorder, metric: Metric, values: Vec<Option<Cow<'static, str>>>) -> H {
    let pairs = metric.labels().iter().zip(values).filter_map(|(key, value)| Some(Pair::new(key.name(), value?)));
    H::register(recorder, &Key::from_parts(metric.name(), pairs.collect::<Vec<_>>()))
}

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

impl Handle for Counter {
    fn register(recorder: &Recorder, key: &Key) -> Self {
        recorder.register_counter(key, &METADATA)
    }
}

impl Handle for Gauge {
    fn register(recorder: &Recorder, key: &Key) -> Self {
        recorder.register_gauge(key, &METADATA)
    }
}

impl Handle for Histogram {
    fn register(recorder: &Recorder, key: &Key) -> Self {
        recorder.register_histogram(key, &METADATA)
    }
}

impl<A: Label> Labels for (A,) {
    const LEN: usize = 1;
    const ROWS: usize = 1;
    const CELLS: usize = A::COUNT;

    fn place(self) -> (usize, usize) {
        (0, self.0.index())
    }

    fn values(self) -> Vec<Option<Cow<'static, str>>> {
        vec![self.0.value()]
    }

    fn known() -> Vec<Self> {
        A::known().into_iter().map(|a| (a,)).collect()
    }
}

impl<A: Label, B: Label> Labels for (A, B) {
    const LEN: usize = 2;
    const ROWS: usize = A::COUNT;
    const CELLS: usize = B::COUNT;

    fn place(self) -> (usize, usize) {
        (self.0.index(), self.1.index())
    }

    fn values(self) -> Vec<Option<Cow<'static, str>>> {
        vec![self.0.value(), self.1.value()]
    }

    fn known() -> Vec<Self> {
        A::known().into_iter().flat_map(|a| B::known().into_iter().map(move |b| (a, b))).collect()
    }
}

impl<A: Label, B: Label, C: Label> Labels for (A, B, C) {
    const LEN: usize = 3;
    const ROWS: usize = A::COUNT * B::COUNT;
    const CELLS: usize = C::COUNT;

    fn place(self) -> (usize, usize) {
        (self.0.index() * B::COUNT + self.1.index(), self.2.index())
    }

    fn values(self) -> Vec<Option<Cow<'static, str>>> {
        vec![self.0.value(), self.1.value(), self.2.value()]
    }

    fn known() -> Vec<Self> {
        let pairs = <(A, B)>::known().into_iter();
        pairs.flat_map(|(a, b)| C::known().into_iter().map(move |c| (a, b, c))).collect()
    }
}
