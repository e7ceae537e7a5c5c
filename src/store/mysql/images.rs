//! Reading the images of some changes.
//!
//! `InnoDB` keeps images in the order of their numbers. Reading them by the index of their changes looks each of them up by
//! itself and takes each page from the disk when it gets there, which for a million images is most of the time that a start
//! takes. Images that were entered one after the other have numbers that lie together, too, and are read as they lie.

use super::MySql;
use crate::store::driver::Driver;
use crate::store::statements::{Answer, statements};

/// Number, change, id and facts. A tuple is read by its places, which costs less than by its names.
pub(super) type Row = (i64, i64, String, String);

/// How many numbers may be passed over for each image that is wanted.
const PASSED_OVER: i64 = 4;

impl MySql {
    /// The images of some changes, in the order of these.
    pub(super) async fn images_of(on: &mut <Self as Driver>::Session, after: i64, up_to: i64) -> Answer<Vec<Row>> {
        let (first, last, images) = Self::span(on, after, up_to).await?;
        if last - first > images * PASSED_OVER {
            return Self::by_change(on, after, up_to).await;
        }
        let mut rows = Self::by_number(on, first, last, after, up_to).await?;
        rows.sort_unstable_by_key(|&(_, change, ..)| change);
        Ok(rows)
    }

    statements! {
        // Answered by the index alone.
        row span(after: i64, up_to: i64) -> (i64, i64, i64) =
            "SELECT coalesce(min(number), 0), coalesce(max(number), 0), count(*) FROM images
             WHERE `change` > ? AND `change` <= ?";
        rows by_number(first: i64, last: i64, after: i64, up_to: i64) -> Vec<Row> =
            "SELECT number, `change`, id, facts FROM images FORCE INDEX (PRIMARY)
             WHERE number >= ? AND number <= ? AND `change` > ? AND `change` <= ?";
        rows by_change(after: i64, up_to: i64) -> Vec<Row> =
            "SELECT number, `change`, id, facts FROM images WHERE `change` > ? AND `change` <= ? ORDER BY `change`";
    }
}
