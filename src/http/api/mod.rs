//! The public API, `/api/v1`: its operations, their parameters and what they document of themselves.
//!
//! An operation here only reads its parameters and hands them on; how it answers stands in the module of its
//! resource, and what is served in `services`.

mod answers;
mod content;
pub(in crate::http) mod images;
mod inline_type;
pub mod json;
pub mod negotiate;
mod nullable;
mod params;
pub mod random;
pub mod range;
pub mod schema;
pub mod visits;
mod write;

use std::sync::Arc;

use arc_swap::Guard;
use poem::{Request, Result};
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{OpenApi, Tags};

use self::answers::Answer;
use self::content::{Keep, Wanted};
use self::images::{ContentAnswers, ImageAnswers, ListAnswers, TagAnswers};
use self::params::{
    Count, CursorParam, Form, IdempotencyKey, KindParam, Labels, Limit, Moment, Seed, StepParam, Switch,
};
use self::random::RandomAnswers;
use self::visits::{CountAnswers, HistoryAnswers, TotalAnswers};
use super::middleware::IsHead;
use super::problem::{Problem, ProblemKind};
use crate::domain::{Filter, Step};
use crate::services::catalogue::{Catalogue, Snapshot};
use crate::services::content::Contents;
use crate::services::cursor::Cursors;
use crate::services::visits::Visits;

/// What the operations work with.
#[derive(Clone)]
pub struct State {
    /// The images.
    pub catalogue: Arc<Catalogue>,
    /// Their bytes.
    pub contents: Arc<Contents>,
    /// The count of visits.
    pub visits: Arc<Visits>,
    /// Seals and opens cursors.
    pub cursors: Arc<Cursors>,
}

impl State {
    /// The catalogue of this moment.
    ///
    /// # Errors
    /// Before it has been loaded for the first time.
    pub fn snapshot(&self) -> Result<Guard<Arc<Snapshot>>, Problem> {
        if self.catalogue.is_loaded() {
            Ok(self.catalogue.snapshot())
        } else {
            Err(ProblemKind::Starting.because("the catalogue has not been read yet").retry_after(1))
        }
    }
}

/// The resources of the API.
#[derive(Tags)]
enum Resource {
    /// Random choice, and the catalogue it is made from.
    Images,
    /// Counting visits: exact, durable, without a row for each.
    Visits,
}

/// The operations of the API.
pub struct Api(pub State);

#[expect(clippy::unused_async, reason = "poem-openapi makes endpoints of async functions only")]
#[OpenApi(prefix_path = json::API_PREFIX)]
impl Api {
    /// Get a random image
    ///
    /// Each request gets another image, every one that the filter selects being equally likely. By `Accept`, or by `as`,
    /// it comes as JSON, as its bytes or as a redirect to its immutable address; without a preference as JSON,
    /// while a browser's `<img>` gets the bytes.
    ///
    /// - `count=N` gives N distinct images.
    /// - `seed=S` gives the same image for the same seed, on every replica and after every restart; as the catalogue
    ///   grows, only the seeds that a new image takes over change.
    /// - `walk=true` starts a walk: follow `next_cursor` to see each image that matched at its start exactly once.
    ///
    /// A parameter that is not listed here is ignored, so that `?v=123` can keep a cache out.
    #[oai(path = "/images/random", method = "get", tag = "Resource::Images")]
    #[expect(clippy::too_many_arguments, reason = "poem-openapi takes each query parameter as an argument")]
    async fn random_image(
        &self,
        request: &Request,
        /// The form of the answer; overrides `Accept`.
        #[oai(name = "as")]
        form: Query<Option<Form>>,
        /// Only images with this tag; repeat it for images with all of several tags.
        #[oai(default)]
        tag: Query<Labels>,
        /// Only images without this tag; repeat it for images with none of several tags.
        #[oai(default)]
        without: Query<Labels>,
        /// Only images that do not move, or only those that do. A linked image is of neither kind.
        kind: Query<Option<KindParam>>,
        /// How many distinct images; the answer is then a list, in JSON.
        count: Query<Option<Count>>,
        /// The same seed, such as `monday`, gets the same image.
        seed: Query<Option<Seed>>,
        /// Starts a walk through all images that match, each once, in a random order.
        walk: Query<Option<Switch>>,
        /// Where a walk goes on: the `next_cursor` of its last answer.
        cursor: Query<Option<CursorParam>>,
    ) -> Result<Answer<RandomAnswers>> {
        let asked = random::Asked {
            form: form.0,
            filter: filter(&tag.0, &without.0, kind.0)?,
            count: count.0,
            seed: seed.0,
            walk: walk.0,
            cursor: cursor.0,
        };
        Ok(random::answer(&self.0, asked, request.headers(), IsHead::of(request)).await?.into())
    }

    /// List the catalogue
    ///
    /// The newest image first. Follow `next_cursor`, or the `Link` header, for the next page; images that are
    /// added meanwhile do not shift the pages.
    #[oai(path = "/images", method = "get", tag = "Resource::Images")]
    async fn list_images(
        &self,
        /// How many images the page has; 20 if it is not given.
        limit: Query<Option<Limit>>,
        /// Where the list goes on: the `next_cursor` of the last page.
        cursor: Query<Option<CursorParam>>,
        /// Only images with this tag; repeat it for images with all of several tags.
        #[oai(default)]
        tag: Query<Labels>,
        /// Only images without this tag; repeat it for images with none of several tags.
        #[oai(default)]
        without: Query<Labels>,
        /// Only images that do not move, or only those that do. A linked image is of neither kind.
        kind: Query<Option<KindParam>>,
    ) -> Result<Answer<ListAnswers>> {
        let filter = filter(&tag.0, &without.0, kind.0)?;
        let limit = limit.0.map(|Limit(limit)| limit);
        Ok(images::page(&self.0, filter, limit, cursor.0.map(|cursor| cursor.0))?.into())
    }

    /// Get an image's facts
    ///
    /// All that the catalogue knows of it; what it does not know is null.
    #[oai(path = "/images/:id", method = "get", tag = "Resource::Images")]
    async fn image(
        &self,
        /// The image's id.
        id: Path<String>,
    ) -> Result<Answer<ImageAnswers>> {
        Ok(images::one(&self.0, &id.0)?.into())
    }

    /// Get an image's bytes
    ///
    /// This address never means other bytes, so they may be kept for ever. `Range` asks for a part of them,
    /// `If-None-Match` for nothing if the client has them already. A linked image is a redirect to its source.
    #[oai(path = "/images/:id/content", method = "get", tag = "Resource::Images")]
    async fn image_content(
        &self,
        request: &Request,
        /// The image's id.
        id: Path<String>,
    ) -> Result<Answer<ContentAnswers>> {
        let snapshot = self.0.snapshot()?;
        let image = Arc::clone(images::find(&snapshot, &id.0)?);
        // The guard must not be held while bytes are read: it would keep an old snapshot alive.
        drop(snapshot);
        let wanted = Wanted { headers: request.headers(), head: IsHead::of(request), keep: Keep::ForEver };
        Ok(content::send(&self.0.contents, &image, wanted).await?.into())
    }

    /// List the tags
    ///
    /// Every tag of the catalogue with the number of images that carry it.
    #[oai(path = "/tags", method = "get", tag = "Resource::Images")]
    async fn tags(&self) -> Result<Answer<TagAnswers>> {
        Ok(images::tags(&self.0)?.into())
    }

    /// Count a visit
    ///
    /// The answer comes after the count is on the disk. Numbers are unique and without gaps.
    ///
    /// Who does not get the answer may ask again with the same `Idempotency-Key`: within 24 hours, a visit with the same
    /// key is counted once and gets the same number, on every replica and whatever became of the first answer.
    #[oai(path = "/visits", method = "post", tag = "Resource::Visits")]
    async fn count_visit(
        &self,
        /// What the client calls this visit, different from all others that anybody counts: a UUID, for instance.
        #[oai(name = "Idempotency-Key")]
        idempotency_key: Header<Option<IdempotencyKey>>,
        request: &Request,
    ) -> Result<Answer<CountAnswers>> {
        visits::refuse_garbled_key(request.headers())?;
        Ok(visits::count(&self.0, idempotency_key.0.as_ref().map(|key| key.0.as_str())).await?.into())
    }

    /// Get the number of visits
    ///
    /// All visits so far, and since when they have been counted.
    #[oai(path = "/visits", method = "get", tag = "Resource::Visits")]
    async fn visits(&self) -> Result<Answer<TotalAnswers>> {
        Ok(visits::total(&self.0).await?.into())
    }

    /// Get the visits over time
    ///
    /// One entry for each hour or day that overlaps the time asked for, those without visits included; at most
    /// 10,000 entries.
    #[oai(path = "/visits/history", method = "get", tag = "Resource::Visits")]
    async fn visit_history(
        &self,
        /// Where the history begins; if not given, a day (or, with `step=day`, 30 days) before `to`.
        from: Query<Option<Moment>>,
        /// Where it ends; now, if not given.
        to: Query<Option<Moment>>,
        /// The width of an entry; an hour, if not given.
        step: Query<Option<StepParam>>,
    ) -> Result<Answer<HistoryAnswers>> {
        let step = step.0.map_or(Step::Hour, Step::from);
        Ok(visits::history(&self.0, from.0.map(|from| from.0), to.0.map(|to| to.0), step).await?.into())
    }
}

fn filter(tag: &Labels, without: &Labels, kind: Option<KindParam>) -> Result<Filter, Problem> {
    Filter::parse(&tag.0, &without.0, kind.map(Into::into))
        .map_err(|error| ProblemKind::InvalidParameter.because(error.to_string()))
}
