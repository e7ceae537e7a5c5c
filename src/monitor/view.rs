//! What the monitor shows, in numbers: how they look is the business of `http::pages`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use super::State;
use super::definition::{Burn, Definition, Objective};
use super::history::{self, History, MEMORY, NOTHING, Tally};
use super::reading::{Figure, Figures};
use crate::telemetry::recent::Notable;

/// What "now" is for rates: long enough to be steady, short enough to be seen moving.
pub const RECENTLY: Duration = Duration::from_mins(1);

/// For what is shown of each operation.
pub const LATELY: Duration = Duration::from_mins(5);

const MINUTES: u32 = 60;
const A_MINUTE: Duration = Duration::from_mins(1);

/// Everything at one moment.
pub struct View {
    /// When this process began.
    pub since: SystemTime,
    /// How much of the hour is known.
    pub span: Duration,
    /// Each number as it is now.
    pub figures: Figures,
    /// How fast each number grew within the last minute, a second.
    pub rates: Figures,
    /// The last hour, minute by minute, the oldest first.
    pub minutes: Vec<Minute>,
    /// What was asked for in the last five minutes, the most frequent first.
    pub operations: Vec<Operation>,
    /// Each objective.
    pub promises: Vec<Promise>,
    /// Those that fire now, and those that do not.
    pub alerts: Vec<Alert>,
    /// The last requests that failed or were slow, the newest first.
    pub notable: Vec<Notable>,
}

/// A minute of the last hour; nothing of what was before the process, or before it was looked at.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Minute {
    /// Requests a second.
    pub requests: f64,
    /// Of these, those that were answered with 5xx.
    pub failures: f64,
    /// Seconds in which half of them were answered.
    pub median: Option<f64>,
    /// Seconds in which 99 of 100 were answered.
    pub p99: Option<f64>,
    /// Visits a second.
    pub visits: f64,
    /// Processors that were busy.
    pub cpu: f64,
}

/// A method and a path's template, in the last five minutes.
#[derive(Debug, PartialEq)]
pub struct Operation {
    /// `GET /api/v1/images/{id}`.
    pub name: String,
    /// A second.
    pub requests: f64,
    /// Of all, between 0 and 1.
    pub failures: f64,
    /// Seconds.
    pub median: Option<f64>,
    /// Seconds.
    pub p99: Option<f64>,
    /// Requests of each minute of the last hour.
    pub minutes: Vec<u64>,
}

/// An objective, and how it is kept.
#[derive(Debug)]
pub struct Promise {
    /// `availability`.
    pub name: String,
    /// One sentence.
    pub title: String,
    /// Such as 0.999.
    pub target: f64,
    /// The share of what was good in the last hour; none when there was nothing.
    pub kept: Option<f64>,
    /// How many times too fast the budget burnt in the last five minutes and in the last hour.
    pub burns: [f64; 2],
    /// The share of the whole period's budget that went in the last hour.
    pub spent: f64,
}

/// An alert of an objective.
#[derive(Debug, PartialEq)]
pub struct Alert {
    /// As Prometheus knows it, such as `SiriusAvailabilityBurnFast`.
    pub name: String,
    /// `critical` or `warning`.
    pub severity: String,
    /// What users feel, with the share in it.
    pub summary: String,
    /// Whether it fires.
    pub fires: bool,
    /// Since when.
    pub since: Option<SystemTime>,
}

impl View {
    pub(super) fn of(definition: &Definition, state: &State, now: Instant, since: SystemTime) -> Self {
        let history = &state.history;
        let figures = history.last().map_or([0.0; Figure::ALL.len()], |step| step.figures);
        let mut rates = figures;
        for (rate, figure) in rates.iter_mut().zip(Figure::ALL) {
            *rate = history.rate(*figure, now, RECENTLY);
        }
        let alerts = alerts(definition, history, now).zip(&state.firing);
        Self {
            since,
            span: history.span(),
            figures,
            rates,
            minutes: (0..MINUTES).rev().map(|ago| minute(history, now, ago)).collect(),
            operations: operations(history, now),
            promises: definition
                .objectives
                .iter()
                .enumerate()
                .map(|one| promise(definition, history, now, one))
                .collect(),
            alerts: alerts.map(|(alert, since)| Alert { since: *since, ..alert }).collect(),
            notable: state.notable.iter().rev().copied().collect(),
        }
    }

    /// A number as it is now.
    #[must_use]
    pub fn figure(&self, figure: Figure) -> f64 {
        self.figures[figure as usize]
    }

    /// How fast a number grew within the last minute, a second.
    #[must_use]
    pub fn rate(&self, figure: Figure) -> f64 {
        self.rates[figure as usize]
    }
}

/// Whether each alert fires, objective by objective; since when, is for whoever remembers.
pub(super) fn alerts(definition: &Definition, history: &History, now: Instant) -> impl Iterator<Item = Alert> {
    let objectives = definition.objectives.iter().enumerate();
    let pairs = objectives.flat_map(|objective| definition.alerts.iter().map(move |burn| (objective, burn)));
    pairs.map(move |((place, objective), burn)| alert(history, now, (place, objective), burn))
}

fn alert(history: &History, now: Instant, objective: (usize, &Objective), burn: &Burn) -> Alert {
    let [long, short] = burn.windows().map(|window| history.tally(objective, now, window));
    let burns = |tally: Tally| burnt(tally, objective.1) > burn.factor;
    Alert {
        name: format!("Sirius{}{}", capitalised(&objective.1.name), burn.name),
        severity: burn.severity.clone(),
        summary: objective.1.summary.replace("{value}", &percent(ratio(short))),
        fires: burns(long) && burns(short) && long.bad >= objective.1.at_least,
        since: None,
    }
}

fn promise(definition: &Definition, history: &History, now: Instant, objective: (usize, &Objective)) -> Promise {
    let [short, hour] = [LATELY, MEMORY].map(|window| history.tally(objective, now, window));
    let burn = burnt(hour, objective.1);
    Promise {
        name: objective.1.name.clone(),
        title: objective.1.title.clone(),
        target: objective.1.target,
        kept: (hour.total > 0).then(|| 1.0 - ratio(hour)),
        burns: [burnt(short, objective.1), burn],
        spent: burn * history.span().as_secs_f64() / definition.period().as_secs_f64(),
    }
}

fn burnt(tally: Tally, objective: &Objective) -> f64 {
    ratio(tally) / objective.budget()
}

#[expect(clippy::cast_precision_loss, reason = "a share of an hour's requests")]
fn ratio(tally: Tally) -> f64 {
    if tally.total == 0 { 0.0 } else { tally.bad as f64 / tally.total as f64 }
}

/// `0.123` as `12.3%`, as Prometheus writes it in a summary.
fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The whole minute that ended so many minutes ago.
#[expect(clippy::cast_precision_loss, reason = "an hour's requests")]
fn minute(history: &History, now: Instant, ago: u32) -> Minute {
    let Some(end) = now.checked_sub(A_MINUTE * ago) else { return Minute::default() };
    let (mut sum, mut failures, mut steps) = (NOTHING, 0, 0);
    for step in history.within(end, A_MINUTE).take_while(|step| step.at <= end) {
        steps += 1;
        for (series, growth) in history.growths(step) {
            history::add(&mut sum, growth);
            failures += if series.failed { u64::from(growth.buckets.last().copied().unwrap_or(0)) } else { 0 };
        }
    }
    if steps == 0 {
        return Minute::default();
    }
    let total = sum.last().copied().unwrap_or(0);
    let a_second = |count: u64| count as f64 / A_MINUTE.as_secs_f64();
    Minute {
        requests: a_second(total),
        failures: a_second(failures),
        median: history.quantile(0.5, &sum),
        p99: history.quantile(0.99, &sum),
        visits: history.rate(Figure::Visits, end, A_MINUTE),
        cpu: history.rate(Figure::Cpu, end, A_MINUTE),
    }
}

#[expect(clippy::cast_precision_loss, reason = "an hour's requests")]
fn operations(history: &History, now: Instant) -> Vec<Operation> {
    let mut all = BTreeMap::<&str, (_, u64)>::new();
    for (series, growth) in history.within(now, LATELY).flat_map(|step| history.growths(step)) {
        let (sum, failures) = all.entry(&series.operation).or_insert((NOTHING, 0));
        history::add(sum, growth);
        *failures += if series.failed { u64::from(growth.buckets.last().copied().unwrap_or(0)) } else { 0 };
    }
    let seconds = LATELY.min(history.span()).as_secs_f64().max(1.0);
    let mut minutes = by_minute(history, now);
    let mut operations: Vec<_> = all
        .into_iter()
        .map(|(name, (sum, failures))| {
            let total = sum.last().copied().unwrap_or(0);
            Operation {
                name: name.to_owned(),
                requests: total as f64 / seconds,
                failures: failures as f64 / total.max(1) as f64,
                median: history.quantile(0.5, &sum),
                p99: history.quantile(0.99, &sum),
                minutes: minutes.remove(name).unwrap_or_default(),
            }
        })
        .collect();
    operations.sort_by(|a, b| b.requests.total_cmp(&a.requests));
    operations
}

/// Requests of each minute of the last hour, by operation.
fn by_minute(history: &History, now: Instant) -> BTreeMap<&str, Vec<u64>> {
    let mut all = BTreeMap::<&str, Vec<u64>>::new();
    for step in history.within(now, MEMORY) {
        let ago = now.saturating_duration_since(step.at).as_secs() / A_MINUTE.as_secs();
        let place = (u64::from(MINUTES) - 1).saturating_sub(ago);
        for (series, growth) in history.growths(step) {
            let minutes = all.entry(&series.operation).or_insert_with(|| vec![0; MINUTES as usize]);
            if let Some(minute) = usize::try_from(place).ok().and_then(|place| minutes.get_mut(place)) {
                *minute += u64::from(growth.buckets.last().copied().unwrap_or(0));
            }
        }
    }
    all
}
