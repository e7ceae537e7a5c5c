//! `GET /images`, `/images/{id}`, `/images/{id}/content` and `/tags`: the catalogue.

use std::sync::Arc;

use poem::Response;
use poem::http::{HeaderValue, header};
use poem_openapi::registry::{MetaResponse, Registry};
use poem_openapi::types::Type;

use super::State;
use super::answers::{
    Answers, bare, common_problems, header as documented, json as documented_json, problem, with_headers,
    with_image_bytes,
};
use super::json::{self, API_PREFIX, ImageJson, Items, TagJson};
use super::schema::{ImageDocument, ImagePage, TagListDocument};
use crate::domain::{Filter, Image, ImageId};
use crate::http::problem::{Problem, ProblemKind};
use crate::services::catalogue::{ListPosition, Snapshot};
use crate::services::cursor::Cursor;

/// How many images a page of the list has when the client does not say.
const DEFAULT_LIMIT: u32 = 20;

/// What `GET /images` may answer.
pub struct ListAnswers;

impl Answers for ListAnswers {
    fn all() -> Vec<MetaResponse> {
        let link = documented("Link", "`rel=\"next\"`: the address of the next page, where there is one.");
        let mut all = vec![with_headers(documented_json::<ImagePage>(200, "A page of the catalogue."), [link])];
        all.extend(common_problems());
        all
    }

    fn register(registry: &mut Registry) {
        ImagePage::register(registry);
    }
}

/// What `GET /images/{id}` may answer.
pub struct ImageAnswers;

impl Answers for ImageAnswers {
    fn all() -> Vec<MetaResponse> {
        let mut all = vec![
            documented_json::<ImageDocument>(200, "The image's facts."),
            problem(404, "There is no image with this id."),
        ];
        all.extend(common_problems());
        all
    }

    fn register(registry: &mut Registry) {
        ImageDocument::register(registry);
    }
}

/// What `GET /images/{id}/content` may answer.
pub struct ContentAnswers;

impl Answers for ContentAnswers {
    fn all() -> Vec<MetaResponse> {
        let etag = || documented("ETag", "The digest of the bytes.");
        let mut all = vec![
            with_headers(
                with_image_bytes(bare(200, "The bytes. They never change, so they may be kept for ever.")),
                [etag()],
            ),
            with_headers(
                with_image_bytes(bare(206, "A part of the bytes, as `Range` asked for.")),
                [etag(), documented("Content-Range", "Which part of how many bytes.")],
            ),
            with_headers(
                bare(
                    302,
                    "The bytes are somewhere else: with the source of a linked image, or in a bucket that gives them out.",
                ),
                [documented("Location", "Where the bytes are; an address in a bucket is good for some minutes.")],
            ),
            with_headers(bare(304, "The client has the bytes already, as its `If-None-Match` says."), [etag()]),
            problem(404, "There is no image with this id."),
            with_headers(
                problem(416, "The `Range` lies outside the bytes."),
                [documented("Content-Range", "How many bytes there are.")],
            ),
            problem(502, "The bytes cannot be read: their store does not answer, has lost them, or has other ones."),
        ];
        all.extend(common_problems());
        all
    }

    fn register(_registry: &mut Registry) {}
}

/// What `GET /tags` may answer.
pub struct TagAnswers;

impl Answers for TagAnswers {
    fn all() -> Vec<MetaResponse> {
        let mut all = vec![documented_json::<TagListDocument>(200, "The tags, in alphabetical order.")];
        all.extend(common_problems());
        all
    }

    fn register(registry: &mut Registry) {
        TagListDocument::register(registry);
    }
}

/// Where a list begins, or goes on.
///
/// # Errors
/// When the cursor is none, or there is a filter or a limit beside it.
pub fn position(
    state: &State,
    filter: Filter,
    limit: Option<u32>,
    cursor: Option<String>,
) -> Result<ListPosition, Problem> {
    match cursor {
        None => Ok(ListPosition::newest(filter, limit.unwrap_or(DEFAULT_LIMIT))),
        Some(_) if !filter.is_everything() || limit.is_some() => Err(ProblemKind::InvalidParameter
            .because("`cursor` carries the list's filter and goes with no `tag`, `without`, `kind` or `limit`")),
        Some(cursor) => Ok(state.cursors.open(&cursor).and_then(Cursor::into_list)?),
    }
}

/// Answers `GET /images`.
pub fn page(state: &State, filter: Filter, limit: Option<u32>, cursor: Option<String>) -> Result<Response, Problem> {
    let position = position(state, filter, limit, cursor)?;
    let snapshot = state.snapshot()?;
    let page = position.page(&snapshot);
    let cursor = page.next.map(|next| state.cursors.seal(&Cursor::List(next)));
    let items = page.items.iter().map(|image| ImageJson(image)).collect();
    let mut response = fresh(json::response(&json::Page { items, next_cursor: cursor.as_deref() })?);
    let link = cursor
        .and_then(|cursor| HeaderValue::try_from(format!("<{API_PREFIX}/images?cursor={cursor}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Answers `GET /images/{id}`.
pub fn one(state: &State, id: &str) -> Result<Response, Problem> {
    let snapshot = state.snapshot()?;
    Ok(fresh(json::response(&ImageJson(find(&snapshot, id)?))?))
}

/// The image of an id as a client wrote it.
pub fn find<'a>(snapshot: &'a Snapshot, id: &str) -> Result<&'a Arc<Image>, Problem> {
    let id: ImageId =
        id.parse().map_err(|error: crate::domain::ParseIdError| ProblemKind::NoSuchImage.because(error.to_string()))?;
    snapshot.get(id).ok_or_else(|| {
        ProblemKind::NoSuchImage.because("the catalogue has no image with this id; it may have been removed")
    })
}

/// Answers `GET /tags`.
pub fn tags(state: &State) -> Result<Response, Problem> {
    let snapshot = state.snapshot()?;
    let items = snapshot.tags().map(|(tag, count)| TagJson { tag: tag.as_str(), count }).collect();
    Ok(fresh(json::response(&Items { items })?))
}

/// The catalogue changes within seconds, and so do these answers.
fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
