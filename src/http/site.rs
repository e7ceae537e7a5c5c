//! What people and crawlers visit: the handlers of the pages and of the files beside them.
//!
//! A handler here reads its request, chooses what is to be seen and hands it to `pages`, which makes HTML of it. Only
//! the home page counts a visit.

use std::sync::Arc;
use std::time::Duration;

use poem::web::{Data, Path};
use poem::{Request, Response, Result, handler};
use time::OffsetDateTime;
use url::form_urlencoded;

use super::api::{State, images, random};
use super::middleware::{IsHead, is_prefetch};
use super::origin::Origins;
use super::pages::{self, GalleryView, KeptPages, PermalinkView, PictureView, StatisticsView, VisitsView, crawlers};
use super::problem::{Problem, ProblemKind};
use crate::config::{self, Contact};
use crate::domain::{Content, Filter, Image, Kind, Step};
use crate::services::catalogue::Snapshot;
use crate::services::cursor::Cursor;
use crate::services::placeholders::Placeholders;

/// How many pictures a page of the gallery has.
const GALLERY_PAGE: u32 = 30;

/// What the pages work with.
pub struct Site {
    state: State,
    placeholders: Placeholders,
    homes: KeptPages,
    origins: Origins,
    visits_timeout: Duration,
    security_contact: Option<Contact>,
}

impl Site {
    /// The pages of a service.
    #[must_use]
    pub fn new(state: State, config: &config::Config) -> Arc<Self> {
        Arc::new(Self {
            state,
            placeholders: Placeholders::default(),
            homes: KeptPages::default(),
            origins: Origins::new(&config.server),
            visits_timeout: config.visits.page_timeout,
            security_contact: config.server.security_contact.clone(),
        })
    }

    fn picture<'a>(&self, image: &'a Image) -> PictureView<'a> {
        let hash = match &image.facts.content {
            Content::Stored(stored) => stored.thumbhash.as_ref(),
            Content::Linked { .. } => None,
        };
        PictureView::new(image, hash.and_then(|hash| self.placeholders.png(hash)))
    }

    /// The number of this visit, if the database gives one before the visitor would notice the wait.
    async fn visitor_number(&self) -> Option<u64> {
        let counted = tokio::time::timeout(self.visits_timeout, self.state.visits.count()).await;
        counted.ok()?.ok().map(|counted| counted.number.0)
    }

    /// The count of visits, if the database tells it in the same time.
    async fn visits(&self) -> Option<VisitsView> {
        let now = OffsetDateTime::now_utc();
        let (visits, last) = (&self.state.visits, |step: Step, steps: i64| {
            let begin = step.floor(now) - time::Duration::seconds(step.seconds() * (steps - 1));
            self.state.visits.history(begin, now, step)
        });
        let asked = async { tokio::join!(visits.total(), last(Step::Hour, 24), last(Step::Day, 30)) };
        let (total, hours, days) = tokio::time::timeout(self.visits_timeout, asked).await.ok()?;
        Some(VisitsView { total: total.ok()?, hours: hours.ok()?, days: days.ok()? })
    }
}

/// The page: counts a visit, unless nobody is looking.
#[handler]
pub async fn home(request: &Request, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    let nobody_looks = IsHead::of(request).0 || is_prefetch(request.headers());
    let number = if nobody_looks { None } else { site.visitor_number().await };
    let snapshot = site.state.snapshot()?;
    let origin = site.origins.of(request);
    Ok(match random::choose_one(&snapshot, &Filter::everything(), None) {
        Ok(image) => site.homes.answer(image, (snapshot.len(), origin), number, |image| site.picture(image)),
        Err(_) => pages::empty_home(origin, number),
    })
}

/// The catalogue to look at, newest first.
#[handler]
pub fn gallery(request: &Request, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    let asked = Asked::read(request.uri().query().unwrap_or_default())?;
    let is_first = asked.cursor.is_none();
    let limit = is_first.then_some(GALLERY_PAGE);
    let position = images::position(&site.state, asked.filter, limit, asked.cursor)?;
    let snapshot = site.state.snapshot()?;
    let page = position.page(&snapshot);
    let selection = snapshot.select(&position.filter);
    let view = GalleryView {
        filter: &position.filter,
        tiles: page.items.iter().map(|image| site.picture(image)).collect(),
        selected: selection.len(),
        images: snapshot.len(),
        popular: snapshot.popular_tags(&selection),
        is_first,
        next_cursor: page.next.map(|next| site.state.cursors.seal(&Cursor::List(next))),
        origin: site.origins.of(request),
    };
    Ok(pages::gallery(&view, request.headers()))
}

/// A picture at an address of its own.
#[handler]
pub fn permalink(request: &Request, Path(id): Path<String>, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    let snapshot = site.state.snapshot()?;
    let image = images::find(&snapshot, &id)?;
    let (newer, older) = snapshot.neighbours(image.number);
    let view = PermalinkView {
        picture: site.picture(image),
        newer: newer.map(|image| image.facts.id),
        older: older.map(|image| image.facts.id),
        origin: site.origins.of(request),
    };
    Ok(pages::permalink(&view, request.headers()))
}

/// How many came, and what there is to see.
#[handler]
pub async fn statistics(request: &Request, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    let visits = site.visits().await;
    let snapshot = site.state.snapshot()?;
    let of_kind = |kind| Filter::parse(&[], &[], Some(kind)).map_or(0, |filter| snapshot.select(&filter).len());
    let view = StatisticsView {
        visits,
        images: snapshot.len(),
        still: of_kind(Kind::Still),
        animated: of_kind(Kind::Animated),
        tags: snapshot.tag_count() as u64,
        popular: snapshot.popular_tags(&snapshot.everything()),
    };
    Ok(pages::statistics(&view, request.headers()))
}

/// What crawlers may read.
#[handler]
pub fn robots(request: &Request, Data(site): Data<&Arc<Site>>) -> Response {
    crawlers::robots(site.origins.of(request).as_deref())
}

/// All addresses that are worth a place in an index; in parts, when they are many.
#[handler]
pub fn sitemap(request: &Request, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    const PAGES: [&str; 2] = ["/", "/images"];
    let origin = site.origins.of(request).ok_or_else(|| {
        ProblemKind::InvalidParameter.because("the request's `Host` names no host that addresses could begin with")
    })?;
    let snapshot = site.state.snapshot()?;
    // Parts are ranges of numbers: an image stays in its part, whatever comes and goes.
    let parts = || 0..=snapshot.newest().map_or(0, |newest| newest.0 / crawlers::IMAGES_PER_SITEMAP);
    let part = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        .find_map(|(name, value)| (name == "part").then_some(value));
    let (part, pages) = match part {
        None if parts().end() > &0 => {
            let filled = parts().filter(|part| images_of(&snapshot, *part).next().is_some());
            return Ok(crawlers::sitemap_index(&origin, filled));
        }
        None => (0, &PAGES[..]),
        Some(part) => {
            let part = part.parse().ok().filter(|part| parts().contains(part));
            let part = part.ok_or_else(|| ProblemKind::NotFound.because("the site map has no such part"))?;
            (part, if part == 0 { &PAGES[..] } else { &[] })
        }
    };
    Ok(crawlers::sitemap(&origin, pages, images_of(&snapshot, part)))
}

/// Whom to write to about a hole; there is no such file while the operator has not said.
#[handler]
pub fn security(request: &Request, Data(site): Data<&Arc<Site>>) -> Result<Response> {
    let contact = site
        .security_contact
        .as_ref()
        .ok_or_else(|| ProblemKind::NotFound.because("the operator of this service has named nobody to write to"))?;
    let today = OffsetDateTime::now_utc().date();
    Ok(crawlers::security(contact, site.origins.of(request).as_deref(), today))
}

fn images_of(snapshot: &Snapshot, part: u32) -> impl Iterator<Item = &Arc<Image>> {
    let begin = part.saturating_mul(crawlers::IMAGES_PER_SITEMAP);
    snapshot.between(begin..begin.saturating_add(crawlers::IMAGES_PER_SITEMAP))
}

/// What a link or the form of the gallery asks for.
struct Asked {
    filter: Filter,
    cursor: Option<String>,
}

impl Asked {
    fn read(query: &str) -> Result<Self, Problem> {
        let (mut tags, mut without, mut kind, mut cursor) = (Vec::new(), Vec::new(), None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                // A form sends its field also when nothing is written in it.
                "tag" | "without" | "kind" if value.trim().is_empty() => {}
                "tag" => tags.push(value.into_owned()),
                "without" => without.push(value.into_owned()),
                "kind" => kind = Some(parse_kind(&value)?),
                "cursor" => cursor = Some(value.into_owned()),
                _ => {}
            }
        }
        let filter = Filter::parse(&tags, &without, kind)
            .map_err(|error| ProblemKind::InvalidParameter.because(error.to_string()))?;
        Ok(Self { filter, cursor })
    }
}

fn parse_kind(value: &str) -> Result<Kind, Problem> {
    match value {
        "still" => Ok(Kind::Still),
        "animated" => Ok(Kind::Animated),
        _ => Err(ProblemKind::InvalidParameter.because("`kind`: one of still, animated is allowed")),
    }
}
