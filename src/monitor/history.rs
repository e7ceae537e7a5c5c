//! The last hour: what was added from one reading to the next.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};
use std::time::{Duration, Instant};

use super::definition::{Indicator, Objective};
use super::reading::{Figure, Figures, Reading};

/// How far back it goes.
pub const MEMORY: Duration = Duration::from_hours(1);

/// So many series may grow between all the readings that are kept; each takes 72 bytes. Beyond it, the oldest readings are
/// forgotten earlier.
const MAX_GROWTHS: usize = 48_000;

/// More than this are a mistake: labels come from closed sets.
const MAX_SERIES: usize = 4_096;

/// The upper bounds of the duration's buckets, the one without a bound included.
const BUCKETS: usize = 17;

/// Requests with the same labels.
pub struct Series {
    /// `GET /api/v1/images/{id}`.
    pub operation: String,
    /// Whether they were answered with 5xx.
    pub failed: bool,
    /// For each objective, whether it counts them, and whether their labels say that they are bad.
    verdicts: Box<[(bool, bool)]>,
    total: [u64; BUCKETS],
}

/// How much a series grew, bucket by bucket.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    series: u16,
    /// At most so long as the bucket's bound, as Prometheus counts them.
    pub buckets: [u32; BUCKETS],
}

/// What happened between a reading and the one before.
pub struct Step {
    /// When the reading was made.
    pub at: Instant,
    /// As they were then.
    pub figures: Figures,
    growths: Box<[Growth]>,
}

/// Steps, the oldest first, none older than [`MEMORY`].
#[derive(Default)]
pub struct History {
    known: BTreeMap<BTreeMap<String, String>, u16>,
    series: Vec<Series>,
    bounds: Vec<f64>,
    steps: VecDeque<Step>,
    growths: usize,
}

/// How much of what an objective counts was bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of it.
    pub total: u64,
    /// The bad part.
    pub bad: u64,
}

impl History {
    /// Adds a reading.
    pub fn add(&mut self, at: Instant, reading: Reading, objectives: &[Objective]) {
        if self.bounds.is_empty() {
            self.bounds = reading.bounds;
        }
        let growths: Box<[Growth]> = reading
            .requests
            .into_iter()
            .filter_map(|requests| {
                let series = self.series(requests.labels, objectives)?;
                let buckets = to_array(&requests.buckets);
                let before = std::mem::replace(&mut self.series.get_mut(usize::from(series))?.total, buckets);
                let grown = |(now, before): (u64, u64)| u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX);
                let mut pairs = buckets.into_iter().zip(before).map(grown);
                let buckets = std::array::from_fn(|_| pairs.next().unwrap_or(0));
                (buckets[BUCKETS - 1] > 0).then_some(Growth { series, buckets })
            })
            .collect();
        self.growths += growths.len();
        self.steps.push_back(Step { at, figures: reading.figures, growths });
        self.forget(at);
    }

    /// Steps within the time before `now`, oldest first; the first of all is left out: it has nothing before it.
    pub fn within(&self, now: Instant, window: Duration) -> impl DoubleEndedIterator<Item = &Step> {
        let first = self.steps.partition_point(|step| now.saturating_duration_since(step.at) >= window);
        self.steps.range(first.max(1).min(self.steps.len())..)
    }

    /// What grew in a step, and what it is.
    pub fn growths<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = (&'a Series, &'a Growth)> {
        step.growths.iter().filter_map(|growth| Some((self.series.get(usize::from(growth.series))?, growth)))
    }

    /// The last step.
    pub fn last(&self) -> Option<&Step> {
        self.steps.back()
    }

    /// How far back it really goes.
    pub fn span(&self) -> Duration {
        let ends = self.steps.front().zip(self.steps.back());
        ends.map_or(Duration::ZERO, |(first, last)| last.at.saturating_duration_since(first.at))
    }

    /// By how much a counter grew in the time before `end`, a second.
    pub fn rate(&self, figure: Figure, end: Instant, window: Duration) -> f64 {
        let first = self.steps.partition_point(|step| end.saturating_duration_since(step.at) > window);
        let last = self.steps.partition_point(|step| step.at <= end).checked_sub(1);
        let ends = self.steps.get(first).zip(last.and_then(|last| self.steps.get(last)));
        ends.map_or(0.0, |(first, last)| {
            let seconds = last.at.saturating_duration_since(first.at).as_secs_f64();
            let grown = last.figures[figure as usize] - first.figures[figure as usize];
            if seconds > 0.0 { grown.max(0.0) / seconds } else { 0.0 }
        })
    }

    /// What one objective, by its place and itself, counts in the time before `now`.
    pub fn tally(&self, (place, objective): (usize, &Objective), now: Instant, window: Duration) -> Tally {
        let mut tally = Tally::default();
        for step in self.within(now, window) {
            if let Indicator::Above(limit) = objective.indicator() {
                let gauge = Figure::ALL.iter().position(|figure| figure.metric().0 == objective.metric());
                tally.total += 1;
                tally.bad += u64::from(gauge.is_some_and(|gauge| step.figures[gauge] > limit));
                continue;
            }
            for (series, growth) in self.growths(step) {
                let Some((true, bad)) = series.verdicts.get(place) else { continue };
                let total = u64::from(growth.buckets[BUCKETS - 1]);
                tally.total += total;
                tally.bad += match objective.indicator() {
                    Indicator::Slower(seconds) => total - u64::from(self.at_most(growth, seconds)),
                    _ if *bad => total,
                    _ => 0,
                };
            }
        }
        tally
    }

    /// The duration below which a share of requests stayed, as `histogram_quantile` estimates it; none without requests.
    pub fn quantile(&self, share: f64, buckets: &[u64; BUCKETS]) -> Option<f64> {
        let total = buckets[BUCKETS - 1];
        if total == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate anyway")]
        let (wanted, counts) = (share * total as f64, buckets.map(|count| count as f64));
        let place = counts.iter().position(|count| *count >= wanted).unwrap_or(BUCKETS - 1);
        let Some(upper) = self.bounds.get(place) else { return self.bounds.last().copied() };
        let below = |place: usize| place.checked_sub(1);
        let lower = below(place).map_or(0.0, |place| self.bounds[place]);
        let before = below(place).map_or(0.0, |place| counts[place]);
        let within = (wanted - before) / (counts[place] - before).max(f64::MIN_POSITIVE);
        Some(lower + (upper - lower) * within)
    }

    fn at_most(&self, growth: &Growth, seconds: f64) -> u32 {
        let place = self.bounds.iter().position(|bound| *bound >= seconds).unwrap_or(BUCKETS - 1);
        growth.buckets[place]
    }

    fn series(&mut self, labels: BTreeMap<String, String>, objectives: &[Objective]) -> Option<u16> {
        let next = u16::try_from(self.series.len()).ok().filter(|next| usize::from(*next) < MAX_SERIES);
        match self.known.entry(labels) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => {
                let label = |name| place.key().get(name).map_or("", String::as_str);
                let verdict = |objective: &Objective| (objective.counts(place.key()), objective.is_bad(place.key()));
                self.series.push(Series {
                    operation: format!("{} {}", label("http_request_method"), label("http_route")),
                    failed: label("http_response_status_code").starts_with('5'),
                    verdicts: objectives.iter().map(verdict).collect(),
                    total: [0; BUCKETS],
                });
                Some(*place.insert(next?))
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |step: &Step| now.saturating_duration_since(step.at) > MEMORY;
        while self.steps.front().is_some_and(is_old) || (self.growths > MAX_GROWTHS && self.steps.len() > 1) {
            self.growths -= self.steps.pop_front().map_or(0, |step| step.growths.len());
        }
    }
}

/// Sums growths, so that quantiles can be had of several.
pub fn add(sum: &mut [u64; BUCKETS], growth: &Growth) {
    for (sum, grown) in sum.iter_mut().zip(growth.buckets) {
        *sum += u64::from(grown);
    }
}

/// Nothing yet.
pub const NOTHING: [u64; BUCKETS] = [0; BUCKETS];

/// Of fewer buckets the last is repeated, of more the last counts.
fn to_array(buckets: &[u64]) -> [u64; BUCKETS] {
    let all = buckets.last().copied().unwrap_or(0);
    std::array::from_fn(|place| match buckets.get(place) {
        Some(count) if place + 1 < BUCKETS => *count,
        _ => all,
    })
}

#[cfg(test)]
mod tests {
    use super::super::definition::Definition;
    use super::super::reading::Requests;
    use super::*;

    const BOUNDS: [f64; 16] =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

    /// So many answers with a status, `slow` of them took 0.2 s, the others 2 ms.
    fn requests(route: &str, status: &str, total: u64, slow: u64) -> Requests {
        let labels = [("http_request_method", "GET"), ("http_route", route), ("http_response_status_code", status)];
        let count = |bound: &f64| {
            if *bound < 0.0025 {
                0
            } else if *bound < 0.25 {
                total - slow
            } else {
                total
            }
        };
        let buckets = BOUNDS.iter().map(count).chain([total]).collect();
        Requests { labels: labels.map(|(name, value)| (name.into(), value.into())).into(), buckets }
    }

    fn reading(requests: Vec<Requests>, staleness: f64) -> Reading {
        let mut reading = Reading { requests, bounds: BOUNDS.into(), ..Reading::default() };
        reading.figures[Figure::Staleness as usize] = staleness;
        reading
    }

    fn tallies(history: &History, definition: &Definition, now: Instant, window: Duration) -> Vec<(u64, u64)> {
        let tally = |(place, objective)| history.tally((place, objective), now, window);
        definition.objectives.iter().enumerate().map(tally).map(|tally| (tally.bad, tally.total)).collect()
    }

    #[test]
    fn what_grew_within_a_window_is_counted() {
        let (definition, mut history, begin) = (Definition::embedded(), History::default(), Instant::now());
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut add = |seconds, requests, staleness| {
            history.add(at(seconds), reading(requests, staleness), &definition.objectives);
        };
        // What was before the first reading is not of this hour.
        add(0, vec![requests("/", "200", 1_000, 500)], 0.0);
        add(60, vec![requests("/", "200", 1_100, 510), requests("/", "503", 4, 0)], 0.2);
        add(120, vec![requests("/", "200", 1_150, 510), requests("/", "503", 5, 0)], 30.0);
        let of = |window| tallies(&history, &definition, at(120), Duration::from_secs(window));
        assert_eq!(of(3_600), [(5, 155), (10, 150), (1, 2)]);
        assert_eq!(of(60), [(1, 51), (0, 50), (1, 1)]);
        assert_eq!(of(0), [(0, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn quantiles_are_those_of_prometheus() {
        let (definition, mut history) = (Definition::embedded(), History::default());
        history.add(Instant::now(), reading(vec![], 0.0), &definition.objectives);
        let mut buckets = NOTHING;
        assert_eq!(history.quantile(0.5, &buckets), None);
        buckets[3..].fill(100);
        assert!((history.quantile(0.5, &buckets).unwrap() - 0.0075).abs() < 1e-9);
        buckets = NOTHING;
        buckets[BUCKETS - 1] = 1;
        assert_eq!(history.quantile(0.99, &buckets), Some(10.0), "nobody knows how long it took");
    }

    #[test]
    fn an_hour_of_everything_takes_less_than_four_megabytes() {
        let (definition, mut history, begin) = (Definition::embedded(), History::default(), Instant::now());
        for round in 0..800_u64 {
            let all = (0..100).map(|route| requests(&format!("/{route}"), "200", round, 0)).collect();
            history.add(begin + Duration::from_secs(5 * round), reading(all, 0.0), &definition.objectives);
        }
        let bytes = history.growths * size_of::<Growth>() + history.steps.len() * size_of::<Step>();
        assert!(history.growths <= MAX_GROWTHS && bytes < 4 << 20, "{bytes}");
        assert!(history.span() <= MEMORY && history.span() > MEMORY / 2, "{:?}", history.span());
    }
}
