//! `/visits`: counting them, how many there were, and when.

use poem::Response;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem_openapi::registry::{MetaResponse, Registry};
use poem_openapi::types::Type;
use time::{Duration, OffsetDateTime};

use super::State;
use super::answers::{Answers, common_problems, json as documented_json};
use super::json::{self, Items, VisitJson, VisitStepJson, VisitTotalJson};
use super::schema::{VisitDocument, VisitHistoryDocument, VisitTotalDocument};
use crate::domain::{Step, Timestamp};
use crate::http::problem::{Problem, ProblemKind};
use crate::services::visits::{HistoryError, VisitError};

/// After how many seconds a client may try again when visits cannot be counted.
const RETRY_AFTER_SECONDS: u64 = 2;

/// Declares what an operation on visits may answer.
macro_rules! answers {
    ($(#[$doc:meta])* $name:ident, $status:literal, $document:ty, $description:literal) => {
        $(#[$doc])*
        pub struct $name;

        impl Answers for $name {
            fn all() -> Vec<MetaResponse> {
                let mut all = vec![documented_json::<$document>($status, $description)];
                all.extend(common_problems());
                all
            }

            fn register(registry: &mut Registry) {
                <$document>::register(registry);
            }
        }
    };
}

answers! {
    /// What `POST /visits` may answer.
    CountAnswers, 201, VisitDocument, "The visit is counted, and its count is on the disk."
}
answers! {
    /// What `GET /visits` may answer.
    TotalAnswers, 200, VisitTotalDocument, "How many visits have been counted."
}
answers! {
    /// What `GET /visits/history` may answer.
    HistoryAnswers, 200, VisitHistoryDocument, "The visits of each step."
}

/// Refuses a key that is not even text, which poem-openapi passes over: its visit would be counted again and again.
///
/// # Errors
/// When there is one.
pub fn refuse_garbled_key(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get_all("idempotency-key").iter().all(|value| value.to_str().is_ok()) {
        return Ok(());
    }
    Err(ProblemKind::InvalidParameter
        .because("`Idempotency-Key`: 1 to 255 characters of ASCII without spaces are allowed, this has others"))
}

/// Answers `POST /visits`.
///
/// # Errors
/// When the visit could not be counted.
pub async fn count(state: &State, key: Option<&str>) -> Result<Response, Problem> {
    let counted = match key {
        Some(key) => state.visits.count_once(key).await,
        None => state.visits.count().await,
    }
    .map_err(problem)?;
    let mut response = json::response(&VisitJson { number: counted.number.0, counted_at: counted.counted_at })?;
    response.set_status(StatusCode::CREATED);
    Ok(unkept(response))
}

/// Answers `GET /visits`.
///
/// # Errors
/// When the count cannot be read.
pub async fn total(state: &State) -> Result<Response, Problem> {
    let total = state.visits.total().await.map_err(problem)?;
    Ok(unkept(json::response(&VisitTotalJson { total: total.total, since: total.since })?))
}

/// Answers `GET /visits/history`: the last day by hours, or the last 30 days, unless the client says otherwise.
///
/// # Errors
/// When that would be no step or too many, or the counts cannot be read.
pub async fn history(
    state: &State,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    step: Step,
) -> Result<Response, Problem> {
    let to = to.unwrap_or_else(OffsetDateTime::now_utc);
    let span = match step {
        Step::Hour => Duration::days(1),
        Step::Day => Duration::days(30),
    };
    // Before the calendar begins there is no history, which is said of `to` just as well.
    let from = from.unwrap_or_else(|| to.checked_sub(span).unwrap_or(to));
    let steps = state.visits.history(from, to, step).await.map_err(|error| match error {
        HistoryError::Count(error) => problem(error),
        HistoryError::Empty | HistoryError::TooLong { .. } => ProblemKind::InvalidParameter.because(error.to_string()),
    })?;
    let items = steps.into_iter().map(|(from, count)| VisitStepJson { from, count }).collect();
    Ok(unkept(json::response(&Items { items })?))
}

/// What a visit that could not be counted, or read, says to the client.
fn problem(error: VisitError) -> Problem {
    match error {
        VisitError::Busy => ProblemKind::VisitsUnavailable
            .because("more visits are waiting to be counted than fit; this one was not counted"),
        VisitError::TimedOut => ProblemKind::VisitsUnavailable
            .because("the database did not confirm in time; this visit may or may not have been counted"),
        VisitError::Stopping => {
            ProblemKind::VisitsUnavailable.because("this instance is stopping; this visit was not counted")
        }
        VisitError::Unavailable => {
            ProblemKind::VisitsUnavailable.because("the database is not available; images are served all the same")
        }
    }
    .retry_after(RETRY_AFTER_SECONDS)
}

fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
