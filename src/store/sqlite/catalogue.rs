//! The catalogue's images.

use std::collections::HashSet;
use std::panic::resume_unwind;

use async_trait::async_trait;
use sqlx::{FromRow, SqliteConnection};
use time::OffsetDateTime;
use tokio::task::{self, JoinHandle};

use super::Sqlite;
use super::facts::{self, Reader};
use super::statement::ask;
use super::transaction::Transaction;
use crate::domain::{Edit, Image, ImageId, ImageNumber, NewImage};
use crate::store::{CatalogueStore, ChangeNumber, Changes, EditError, StoreError};

/// The most images of one page, whatever is asked for: what waits to be applied stays within some megabytes.
const MAX_PAGE: u32 = 2 * PART;

/// The most images of one query: enough of them that the texts they share are read once for many, few enough that the
/// next are read from the file while these are parsed.
pub(super) const PART: u32 = 4_096;

/// What stands between the facts of two images: JSON escapes it, and what is no JSON is not in the table.
const SEPARATOR: char = '\u{1e}';

#[async_trait]
impl CatalogueStore for Sqlite {
    async fn add(&self, images: &[NewImage]) -> Result<Vec<bool>, StoreError> {
        let now_ms = facts::to_ms(OffsetDateTime::now_utc());
        let mut transaction = Transaction::write(self).await?;
        let before = last_change(&mut transaction).await?;
        let mut change = before;
        let ids: Vec<_> = images.iter().map(|image| image.id).collect();
        // Asked beforehand rather than left to ON CONFLICT, which would use up a number for each image that is there.
        let mut there = known(&mut transaction, &ids).await?;
        let mut added = Vec::with_capacity(images.len());
        for image in images {
            let is_new = there.insert(image.id);
            if is_new {
                change += 1;
                insert(&mut transaction, change, now_ms, image).await?;
            }
            added.push(is_new);
        }
        set_last_change(&mut transaction, before, change).await?;
        transaction.commit().await?;
        Ok(added)
    }

    async fn remove(&self, ids: &[ImageId]) -> Result<u64, StoreError> {
        let mut transaction = Transaction::write(self).await?;
        let before = last_change(&mut transaction).await?;
        let mut change = before;
        for id in ids {
            let number: Option<i64> = ask("DELETE FROM images WHERE id = ? RETURNING number", |sql| {
                sqlx::query_scalar(sql).bind(id.to_string()).fetch_optional(&mut *transaction)
            })
            .await?;
            if let Some(number) = number {
                change += 1;
                ask("INSERT INTO removed (change, number) VALUES (?, ?)", |sql| {
                    sqlx::query(sql).bind(change).bind(number).execute(&mut *transaction)
                })
                .await?;
            }
        }
        set_last_change(&mut transaction, before, change).await?;
        transaction.commit().await?;
        Ok((change - before).unsigned_abs())
    }

    async fn edit(&self, ids: &[ImageId], edit: &Edit) -> Result<u64, EditError> {
        let mut transaction = Transaction::write(self).await?;
        let before = last_change(&mut transaction).await?;
        let mut change = before;
        for &id in ids {
            if super::edit::edit(&mut transaction, change + 1, id, edit).await? {
                change += 1;
            }
        }
        set_last_change(&mut transaction, before, change).await?;
        transaction.commit().await?;
        Ok((change - before).unsigned_abs())
    }

    async fn known(&self, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
        let mut connection = self.reader().await?;
        known(&mut connection, ids).await
    }

    async fn changes(&self, since: ChangeNumber, limit: u32) -> Result<Changes, StoreError> {
        // A change that this database cannot have reached yet has nothing after it.
        let since = i64::try_from(since.0).unwrap_or(i64::MAX);
        let limit = limit.clamp(1, MAX_PAGE);
        let mut transaction = Transaction::read(self).await?;
        let last = last_change(&mut transaction).await?;
        // To the last image of the page; then, if there are too many removals before it, to the last of those.
        let mut up_to = change_of_nth(&mut transaction, since, limit).await?.unwrap_or(last);
        let removed = removed_after(&mut transaction, since, up_to, limit).await?;
        if u32::try_from(removed.len()).is_ok_and(|len| len >= limit)
            && let Some(&(change, _)) = removed.last()
        {
            up_to = change;
        }
        let parts = parts_of(&mut transaction, since, up_to).await?;
        transaction.commit().await?;
        let mut images = Vec::new();
        for part in parts {
            images.extend(part.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))?);
        }
        Ok(Changes {
            images,
            removed: removed.into_iter().map(|(_, number)| number).collect(),
            up_to: ChangeNumber(up_to.unsigned_abs()),
            complete: up_to >= last,
        })
    }
}

async fn known(connection: &mut SqliteConnection, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
    let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let json = serde_json::Value::from(texts).to_string();
    let found: Vec<String> = ask("SELECT id FROM images WHERE id IN (SELECT value FROM json_each(?))", |sql| {
        sqlx::query_scalar(sql).bind(json).fetch_all(connection)
    })
    .await?;
    found.into_iter().map(|id| id.parse().map_err(|_| StoreError::Corrupt(format!("image id {id:?}")))).collect()
}

async fn last_change(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    ask("SELECT change FROM catalogue_change", |sql| sqlx::query_scalar(sql).fetch_one(connection)).await
}

/// Raises the count of changes; writes nothing when there were none, so that the transaction costs no sync.
async fn set_last_change(connection: &mut SqliteConnection, before: i64, after: i64) -> Result<(), StoreError> {
    if before != after {
        ask("UPDATE catalogue_change SET change = ?", |sql| sqlx::query(sql).bind(after).execute(connection)).await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    change: i64,
    now_ms: i64,
    image: &NewImage,
) -> Result<(), StoreError> {
    let facts = facts::write(image, now_ms)?;
    ask("INSERT INTO images (change, id, facts) VALUES (?, ?, ?)", |sql| {
        sqlx::query(sql).bind(change).bind(image.id.to_string()).bind(facts).execute(connection)
    })
    .await?;
    Ok(())
}

/// The change of the last image of a page; nothing where there are fewer images.
async fn change_of_nth(connection: &mut SqliteConnection, since: i64, nth: u32) -> Result<Option<i64>, StoreError> {
    ask("SELECT change FROM images WHERE change > ? ORDER BY change LIMIT 1 OFFSET ?", |sql| {
        sqlx::query_scalar(sql).bind(since).bind(nth - 1).fetch_optional(connection)
    })
    .await
}

/// The images of some changes, being parsed away from the threads that serve requests: the first while the next are read.
async fn parts_of(connection: &mut SqliteConnection, since: i64, up_to: i64) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    let mut after = since;
    while after < up_to {
        let end = change_of_nth(connection, after, PART).await?.map_or(up_to, |end| end.min(up_to));
        let rows = Rows::read(connection, after, end).await?;
        parts.push(task::spawn_blocking(move || rows.parse()));
        after = end;
    }
    Ok(parts)
}

/// A blocking task is never aborted: what it ends with if not this is a panic.
type Part = JoinHandle<Result<Vec<Image>, StoreError>>;

/// Images as the database keeps them: all of them in one row. With a row of its own for each, handed over from the
/// connection's thread, a whole load took half as much processor time again.
#[derive(FromRow)]
struct Rows {
    /// Between spaces.
    numbers: String,
    /// Between spaces.
    ids: String,
    /// Between [`SEPARATOR`]s.
    facts: String,
}

impl Rows {
    /// The images of some changes, in the order of these: SQLite keeps the order of what it concatenates.
    async fn read(connection: &mut SqliteConnection, after: i64, up_to: i64) -> Result<Self, StoreError> {
        ask(
            "SELECT coalesce(group_concat(number, ' '), '') AS numbers, coalesce(group_concat(id, ' '), '') AS ids, \
             coalesce(group_concat(facts, ?), '') AS facts FROM \
             (SELECT number, id, facts FROM images WHERE change > ? AND change <= ? ORDER BY change)",
            |sql| sqlx::query_as(sql).bind(SEPARATOR.to_string()).bind(after).bind(up_to).fetch_one(connection),
        )
        .await
    }

    fn parse(&self) -> Result<Vec<Image>, StoreError> {
        let mut reader = Reader::default();
        let mut images = Vec::with_capacity(self.numbers.split_terminator(' ').count());
        let (mut ids, mut facts) = (self.ids.split(' '), self.facts.split(SEPARATOR));
        for number in self.numbers.split_terminator(' ') {
            let (Some(id), Some(facts)) = (ids.next(), facts.next()) else {
                return Err(StoreError::Corrupt(format!("image number {number}: it has no id or no facts")));
            };
            images.push(reader.read(number, id, facts)?);
        }
        Ok(images)
    }
}

async fn removed_after(
    connection: &mut SqliteConnection,
    since: i64,
    up_to: i64,
    limit: u32,
) -> Result<Vec<(i64, ImageNumber)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        ask("SELECT change, number FROM removed WHERE change > ? AND change <= ? ORDER BY change LIMIT ?", |sql| {
            sqlx::query_as(sql).bind(since).bind(up_to).bind(limit).fetch_all(connection)
        })
        .await?;
    rows.into_iter()
        .map(|(change, number)| match u32::try_from(number) {
            Ok(number) => Ok((change, ImageNumber(number))),
            Err(_) => Err(StoreError::Corrupt(format!("removed, change {change}: number is {number}"))),
        })
        .collect()
}
