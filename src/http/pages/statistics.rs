//! The statistics: how many came and when, and what there is to see.

use askama::Template;
use poem::Response;
use poem::http::HeaderMap;
use url::form_urlencoded::byte_serialize;

use super::assets::{self, PageAssets};
use super::chart::Chart;
use super::text::{day, grouped};
use crate::domain::{Step, Tag, Timestamp, VisitTotal};

/// How many tags are listed.
const MAX_TAGS: usize = 12;

/// What `GET /statistics` shows.
pub struct StatisticsView<'a> {
    /// The count of visits; none while the database does not tell.
    pub visits: Option<VisitsView>,
    /// How many pictures the catalogue holds.
    pub images: u64,
    /// How many of them do not move.
    pub still: u64,
    /// How many of them move.
    pub animated: u64,
    /// How many tags there are.
    pub tags: u64,
    /// The most used tags, and how many pictures carry them.
    pub popular: Vec<(&'a Tag, u64)>,
}

/// Visits so far, and over time; the oldest step first.
pub struct VisitsView {
    /// All of them.
    pub total: VisitTotal,
    /// Those of the last hours.
    pub hours: Vec<(Timestamp, u64)>,
    /// Those of the last days.
    pub days: Vec<(Timestamp, u64)>,
}

/// The statistics: 200, or 304 when the browser has them.
#[must_use]
pub fn statistics(view: &StatisticsView<'_>, request: &HeaderMap) -> Response {
    let template = StatisticsPage {
        assets: assets::pages(),
        visits: view.visits.as_ref().map(Visits::new),
        images: grouped(view.images),
        tags: grouped(view.tags),
        rows: rows(view),
    };
    super::revalidated(&template, request)
}

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    assets: &'static PageAssets,
    visits: Option<Visits>,
    images: String,
    tags: String,
    /// What there is to see: by how it comes, then by tags.
    rows: Vec<Vec<Row>>,
}

struct Visits {
    total: String,
    since: String,
    last_day: String,
    last_month: String,
    charts: [Chart; 2],
}

/// So many pictures are like that.
struct Row {
    label: String,
    href: String,
    count: String,
    percent: u64,
}

impl Visits {
    fn new(view: &VisitsView) -> Self {
        let charts = [Chart::new(Step::Hour, &view.hours), Chart::new(Step::Day, &view.days)];
        Self {
            total: grouped(view.total.total),
            since: day(view.total.since),
            last_day: grouped(charts[0].sum),
            last_month: grouped(charts[1].sum),
            charts,
        }
    }
}

fn rows(view: &StatisticsView<'_>) -> Vec<Vec<Row>> {
    let row = |label: &str, href: String, count: u64| Row {
        label: label.to_owned(),
        href,
        count: grouped(count),
        // Rounded, and without a division by nothing.
        percent: (count * 200 + view.images).checked_div(view.images * 2).unwrap_or(0),
    };
    let linked = view.images.saturating_sub(view.still + view.animated);
    let kinds = [
        ("still", "/images?kind=still", view.still),
        ("moving", "/images?kind=animated", view.animated),
        ("linked from elsewhere", "/images", linked),
    ];
    let kinds = kinds.into_iter().filter(|(.., count)| *count > 0);
    let tags = view.popular.iter().take(MAX_TAGS);
    let tags = tags.map(|(tag, count)| {
        let encoded: String = byte_serialize(tag.as_str().as_bytes()).collect();
        row(tag.as_str(), format!("/images?tag={encoded}"), *count)
    });
    let groups = [kinds.map(|(label, href, count)| row(label, href.to_owned(), count)).collect(), tags.collect()];
    groups.into_iter().filter(|group: &Vec<Row>| !group.is_empty()).collect()
}
