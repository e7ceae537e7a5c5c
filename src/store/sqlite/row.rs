//! Images as rows and back.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Decode, Row, Sqlite, SqliteConnection, Type};
use time::OffsetDateTime;

use super::error::unavailable;
use crate::domain::{
    Attribution, Colour, Content, Format, Image, ImageId, ImageNumber, NewImage, Sha256, Stored, Tag, Thumbhash,
    Timestamp,
};
use crate::store::StoreError;

/// The columns that [`Reader::read`] reads, in its order.
pub(super) const SELECT: &str = "SELECT number, change, id, created_at_ms, title, alt, tags, author, source_url,
     licence, url, sha256, format, width, height, frames, size_bytes, colour, thumbhash
     FROM images WHERE change > ? ORDER BY change LIMIT ?";

const INSERT: &str = "INSERT INTO images (change, id, created_at_ms, title, alt, tags, author, source_url, licence,
     url, sha256, format, width, height, frames, size_bytes, colour, thumbhash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Between the tags of a row; no tag contains it.
const SEPARATOR: char = ',';

/// Milliseconds since 1970.
pub(super) fn to_ms(at: Timestamp) -> i64 {
    at.unix_timestamp() * 1_000 + i64::from(at.millisecond())
}

/// The moment that many milliseconds after 1970, where the calendar has one.
pub(super) fn from_ms(ms: i64) -> Option<Timestamp> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()
}

/// Adds an image whose id is not there.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    change: i64,
    now_ms: i64,
    image: &NewImage,
) -> Result<(), StoreError> {
    let (url, stored) = match &image.content {
        Content::Linked { url } => (Some(&**url), None),
        Content::Stored(stored) => (None, Some(stored)),
    };
    let size_bytes = stored.map(|stored| i64::try_from(stored.size_bytes)).transpose();
    sqlx::query(INSERT)
        .bind(change)
        .bind(image.id.to_string())
        .bind(now_ms)
        .bind(image.title.as_deref())
        .bind(image.alt.as_deref())
        .bind(join(&image.tags))
        .bind(image.attribution.author.as_deref())
        .bind(image.attribution.source_url.as_deref())
        .bind(image.attribution.licence.as_deref())
        .bind(url)
        .bind(stored.map(|stored| &stored.sha256.0[..]))
        .bind(stored.map(|stored| stored.format.name()))
        .bind(stored.map(|stored| stored.width))
        .bind(stored.map(|stored| stored.height))
        .bind(stored.map(|stored| stored.frames))
        .bind(size_bytes.map_err(|_| StoreError::Unavailable(format!("{}: too large", image.id)))?)
        .bind(stored.and_then(|stored| stored.colour).map(|Colour([r, g, b])| u32::from_be_bytes([0, r, g, b])))
        .bind(stored.and_then(|stored| stored.thumbhash.as_ref()).map(|hash| &*hash.0))
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn join(tags: &[Tag]) -> String {
    let mut joined = String::with_capacity(tags.iter().map(|tag| tag.as_str().len() + 1).sum());
    for tag in tags {
        if !joined.is_empty() {
            joined.push(SEPARATOR);
        }
        joined.push_str(tag.as_str());
    }
    joined
}

/// Reads rows, and shares the tags between them.
#[derive(Default)]
pub(super) struct Reader {
    tags: HashSet<Tag>,
}

impl Reader {
    /// An image and its change number. An error names the row and the column.
    pub(super) fn read(&mut self, row: &SqliteRow) -> Result<(i64, Image), StoreError> {
        let number: i64 = row.try_get(0).map_err(unavailable)?;
        self.image(row, number).map_err(|Wrong(what)| StoreError::Corrupt(format!("image number {number}: {what}")))
    }

    fn image(&mut self, row: &SqliteRow, number: i64) -> Result<(i64, Image), Wrong> {
        let number = ImageNumber(u32::try_from(number).map_err(|_| Wrong::new("number", number))?);
        let change = get(row, 1)?;
        let id: &str = get(row, 2)?;
        let id: ImageId = id.parse().map_err(|_| Wrong::new("id", id))?;
        let created_at_ms: i64 = get(row, 3)?;
        let created_at = from_ms(created_at_ms).ok_or_else(|| Wrong::new("created_at_ms", created_at_ms))?;
        let facts = NewImage {
            id,
            title: text(row, 4)?,
            alt: text(row, 5)?,
            tags: self.split(get(row, 6)?)?,
            content: content(row, id)?,
            attribution: Attribution {
                author: text(row, 7)?.map(Into::into),
                source_url: text(row, 8)?,
                licence: text(row, 9)?.map(Into::into),
            },
        };
        Ok((change, Image { number, created_at, facts }))
    }

    fn split(&mut self, joined: &str) -> Result<Box<[Tag]>, Wrong> {
        if joined.is_empty() {
            return Ok(Box::default());
        }
        joined
            .split(SEPARATOR)
            .map(|spelling| {
                if let Some(tag) = self.tags.get(spelling) {
                    return Ok(tag.clone());
                }
                let tag = Tag::parse(spelling).ok().filter(|tag| tag.as_str() == spelling);
                let tag = tag.ok_or_else(|| Wrong::new("tags", spelling))?;
                self.tags.insert(tag.clone());
                Ok(tag)
            })
            .collect()
    }
}

/// What is wrong with a row.
struct Wrong(String);

impl Wrong {
    fn new(column: &str, value: impl std::fmt::Debug) -> Self {
        Self(format!("{column} is {value:?}"))
    }
}

fn get<'r, T>(row: &'r SqliteRow, column: usize) -> Result<T, Wrong>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(column).map_err(|error| match error {
        sqlx::Error::ColumnDecode { source, .. } => Wrong(format!("{}: {source}", row.column(column).name())),
        error => Wrong(error.to_string()),
    })
}

fn content(row: &SqliteRow, id: ImageId) -> Result<Content, Wrong> {
    if let Some(url) = text(row, 10)? {
        return Ok(Content::Linked { url });
    }
    let sha256: &[u8] = get(row, 11)?;
    let sha256 = Sha256(sha256.try_into().map_err(|_| Wrong::new("sha256", sha256))?);
    if ImageId::from_digest(&sha256) != id {
        return Err(Wrong::new("id", id));
    }
    let format: &str = get(row, 12)?;
    let colour: Option<u32> = get(row, 17)?;
    let thumbhash: Option<&[u8]> = get(row, 18)?;
    Ok(Content::Stored(Stored {
        sha256,
        format: Format::from_name(format).ok_or_else(|| Wrong::new("format", format))?,
        width: get(row, 13)?,
        height: get(row, 14)?,
        frames: get(row, 15)?,
        size_bytes: u64::try_from(get::<i64>(row, 16)?).map_err(|error| Wrong::new("size_bytes", error))?,
        colour: colour.map(|rgb| {
            let [_, r, g, b] = rgb.to_be_bytes();
            Colour([r, g, b])
        }),
        thumbhash: thumbhash.map(|bytes| Thumbhash(bytes.into())),
    }))
}

fn text(row: &SqliteRow, column: usize) -> Result<Option<Box<str>>, Wrong> {
    Ok(get::<Option<&str>>(row, column)?.map(Into::into))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_reads_back_to_the_millisecond() {
        for at in [datetime!(2026-11-21 08:00:00.123 UTC), datetime!(1969-12-31 23:59:59.999 UTC)] {
            assert_eq!(from_ms(to_ms(at)), Some(at));
        }
        assert_eq!(from_ms(i64::MAX), None);
    }
}
