//! `GET /images/random`: what it may answer, and how a request finds its answer.

use std::sync::Arc;

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Response, ResponseBuilder};
use poem_openapi::registry::{MetaResponse, Registry};
use poem_openapi::types::Type;

use super::State;
use super::answers::{
    Answers, bare, common_problems, header as documented, problem, with_content, with_headers, with_image_bytes,
};
use super::content::{self, Keep, Wanted};
use super::json::{self, APPLICATION_JSON, ContentUrl, ImageJson, Items};
use super::negotiate::{accepts_json, preferred_form};
use super::params::{Count, CursorParam, Form, Seed, Switch};
use super::schema::{ImageChoice, ImageDocument, ImagePage};
use crate::domain::{Filter, Image};
use crate::http::middleware::IsHead;
use crate::http::problem::{Problem, ProblemKind};
use crate::services::catalogue::Snapshot;
use crate::services::cursor::Cursor;
use crate::services::random::{self, Stride, Walk};

/// What `GET /images/random` may answer.
pub struct RandomAnswers;

impl Answers for RandomAnswers {
    fn all() -> Vec<MetaResponse> {
        let choices = poem_openapi::registry::MetaSchemaRef::Inline(Box::new(poem_openapi::registry::MetaSchema {
            // A client that takes the first that fits must not miss `next_cursor`.
            any_of: vec![ImageDocument::schema_ref(), ImagePage::schema_ref(), ImageChoice::schema_ref()],
            ..poem_openapi::registry::MetaSchema::ANY
        }));
        let found = with_content(
            bare(
                200,
                "An image: its facts, its bytes, or (with `count` or a walk) a list. Which form is told by `as` or `Accept`.",
            ),
            APPLICATION_JSON,
            choices,
        );
        let location = documented(
            "Location",
            "The image's immutable address, the source of a linked image, or where a bucket gives the bytes out.",
        );
        let mut all = vec![
            with_headers(
                with_image_bytes(found),
                [
                    documented("Content-Location", "The immutable address of the image whose bytes these are."),
                    documented("ETag", "The digest of the bytes."),
                ],
            ),
            with_headers(
                with_image_bytes(bare(206, "A part of the bytes, as `Range` asked for (with `seed`).")),
                [documented("Content-Range", "Which part of how many bytes.")],
            ),
            with_headers(bare(302, "A redirect to the image."), [location]),
            with_headers(
                bare(304, "The client has the bytes already, as its `If-None-Match` says."),
                [documented("ETag", "The digest of the bytes.")],
            ),
            problem(404, "No image matches the filter."),
            problem(406, "The client accepts neither JSON nor an image."),
            problem(416, "The `Range` lies outside the bytes."),
            problem(502, "The bytes cannot be read: their store does not answer, has lost them, or has other ones."),
        ];
        all.extend(common_problems());
        all
    }

    fn register(registry: &mut Registry) {
        ImageDocument::register(registry);
        ImageChoice::register(registry);
        ImagePage::register(registry);
    }
}

/// The parameters of a request.
pub struct Asked {
    /// `as`
    pub form: Option<Form>,
    /// `tag`, `without` and `kind`
    pub filter: Filter,
    /// `count`
    pub count: Option<Count>,
    /// `seed`
    pub seed: Option<Seed>,
    /// `walk`
    pub walk: Option<Switch>,
    /// `cursor`
    pub cursor: Option<CursorParam>,
}

/// What a request asks for, once its parameters have been found to go together.
enum Question {
    One { form: Form, seed: Option<String> },
    Several { count: usize, seed: Option<String> },
    StartWalk,
    GoOn(String),
}

/// Answers a request.
///
/// # Errors
/// When the parameters do not go together, nothing matches, or the bytes cannot be read.
pub async fn answer(state: &State, asked: Asked, headers: &HeaderMap, head: IsHead) -> Result<Response, Problem> {
    let (question, filter) = asked.question(headers)?;
    let snapshot = state.snapshot()?;
    match question {
        Question::One { form, seed } => {
            let image = Arc::clone(choose_one(&snapshot, &filter, seed.as_deref())?);
            // The guard must not be held while bytes are read: it would keep an old snapshot alive.
            drop(snapshot);
            let keep = if seed.is_some() { Keep::Briefly } else { Keep::Never };
            one(state, &image, form, Wanted { headers, head, keep }).await
        }
        Question::Several { count, seed } => {
            let selection = snapshot.select(&filter);
            let images = match &seed {
                Some(seed) => random::seeded(&selection, seed, count),
                None => random::several(&selection, count, &mut rand::rng()),
            };
            let items = images.into_iter().map(|image| ImageJson(image)).collect();
            Ok(varied(json::response(&Items { items })?, if seed.is_some() { Keep::Briefly } else { Keep::Never }))
        }
        Question::StartWalk => walked(state, Walk::start(&snapshot, filter, rand::random())),
        Question::GoOn(cursor) => {
            let walk = state.cursors.open(&cursor).and_then(Cursor::into_walk)?;
            walked(state, walk.step(&snapshot))
        }
    }
}

impl Asked {
    fn question(self, headers: &HeaderMap) -> Result<(Question, Filter), Problem> {
        let refuse = |detail: &'static str| Err(ProblemKind::InvalidParameter.because(detail));
        let wants_walk = self.walk == Some(Switch::True);
        if self.cursor.is_some() && (self.count.is_some() || self.seed.is_some() || !self.filter.is_everything()) {
            return refuse(
                "`cursor` carries the walk's filter and goes with no `tag`, `without`, `kind`, `count` or `seed`",
            );
        }
        if wants_walk && self.cursor.is_none() && (self.count.is_some() || self.seed.is_some()) {
            return refuse(
                "`walk` gives one image at a time in an order of its own: it goes with no `count` or `seed`",
            );
        }
        let lists = wants_walk || self.cursor.is_some() || self.count.is_some();
        if lists && !matches!(self.form, None | Some(Form::Json)) {
            return refuse("`count`, `walk` and `cursor` answer in JSON: they go with no `as` but `as=json`");
        }
        let form = match self.form {
            Some(form) => Some(form),
            None if lists => accepts_json(headers).then_some(Form::Json),
            None => preferred_form(headers),
        };
        let Some(form) = form else {
            return Err(ProblemKind::NotAcceptable.because(
                "`Accept` must include application/json or an image type; `as=json|image|redirect` overrides it",
            ));
        };
        let seed = self.seed.map(|seed| seed.0);
        let question = match (self.cursor, self.count) {
            (Some(CursorParam(cursor)), _) => Question::GoOn(cursor),
            _ if wants_walk => Question::StartWalk,
            (None, Some(Count(count))) => Question::Several { count: count as usize, seed },
            (None, None) => Question::One { form, seed },
        };
        Ok((question, self.filter))
    }
}

/// Chooses the image of an answer with one image.
///
/// # Errors
/// When none matches.
pub fn choose_one<'a>(snapshot: &'a Snapshot, filter: &Filter, seed: Option<&str>) -> Result<&'a Arc<Image>, Problem> {
    let selection = snapshot.select(filter);
    let image = match seed {
        Some(seed) => random::seeded(&selection, seed, 1).first().copied(),
        None => random::one(&selection, &mut rand::rng()),
    };
    image.ok_or_else(|| {
        ProblemKind::NoMatchingImage.because(if snapshot.is_empty() {
            "the catalogue is empty; `sirius import FOLDER` adds pictures"
        } else {
            "no image has all of the tags asked for, none of those excluded, and the kind; /api/v1/tags lists the tags"
        })
    })
}

async fn one(state: &State, image: &Image, form: Form, wanted: Wanted<'_>) -> Result<Response, Problem> {
    let keep = wanted.keep;
    let response = match form {
        Form::Json => json::response(&ImageJson(image))?,
        // In a box, so that an answer in JSON has no room for it in its future.
        Form::Image => return Box::pin(content::send(&state.contents, image, wanted)).await.map(vary),
        Form::Redirect => redirect().header(header::LOCATION, ContentUrl(image.facts.id).to_string()).finish(),
    };
    Ok(varied(response, keep))
}

fn redirect() -> ResponseBuilder {
    Response::builder().status(StatusCode::FOUND)
}

fn walked(state: &State, stride: Stride<'_>) -> Result<Response, Problem> {
    let cursor = stride.next.map(|walk| state.cursors.seal(&Cursor::Walk(walk)));
    let items = stride.image.map(|image| ImageJson(image)).into_iter().collect();
    Ok(varied(json::response(&json::Page { items, next_cursor: cursor.as_deref() })?, Keep::Never))
}

fn varied(mut response: Response, keep: Keep) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, keep.cache_control());
    vary(response)
}

/// The same address answers in several forms.
fn vary(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}
