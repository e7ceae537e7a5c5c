//! The catalogue's images.

use std::collections::HashSet;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection};
use time::OffsetDateTime;

use super::Sqlite;
use super::error::unavailable;
use super::facts::{self, Reader};
use super::transaction::Transaction;
use crate::domain::{Image, ImageId, ImageNumber, NewImage};
use crate::store::{CatalogueStore, ChangeNumber, Changes, StoreError};

/// The most images of one page, whatever is asked for: as many rows as a reading connection hands over without waiting
/// for their taker. With more, the two threads wake each other up for every row, which doubles the time of a page.
pub(super) const MAX_PAGE: u32 = 1_024;

#[async_trait]
impl CatalogueStore for Sqlite {
    async fn add(&self, images: &[NewImage]) -> Result<Vec<bool>, StoreError> {
        let now_ms = facts::to_ms(OffsetDateTime::now_utc());
        let mut transaction = Transaction::write(&self.writer).await?;
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
        let mut transaction = Transaction::write(&self.writer).await?;
        let before = last_change(&mut transaction).await?;
        let mut change = before;
        for id in ids {
            let number: Option<i64> = sqlx::query_scalar("DELETE FROM images WHERE id = ? RETURNING number")
                .bind(id.to_string())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(unavailable)?;
            if let Some(number) = number {
                change += 1;
                sqlx::query("INSERT INTO removed (change, number) VALUES (?, ?)")
                    .bind(change)
                    .bind(number)
                    .execute(&mut *transaction)
                    .await
                    .map_err(unavailable)?;
            }
        }
        set_last_change(&mut transaction, before, change).await?;
        transaction.commit().await?;
        Ok((change - before).unsigned_abs())
    }

    async fn known(&self, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(unavailable)?;
        known(&mut connection, ids).await
    }

    async fn changes(&self, since: ChangeNumber, limit: u32) -> Result<Changes, StoreError> {
        // A change that this database cannot have reached yet has nothing after it.
        let since = i64::try_from(since.0).unwrap_or(i64::MAX);
        let limit = limit.clamp(1, MAX_PAGE);
        let mut transaction = Transaction::read(&self.readers).await?;
        let last = last_change(&mut transaction).await?;
        let images = images_after(&mut transaction, since, limit).await?;
        let mut up_to = match images.last() {
            Some(&(change, _)) if is_full(&images, limit) => change,
            _ => last,
        };
        let removed = removed_after(&mut transaction, since, up_to, limit).await?;
        if is_full(&removed, limit)
            && let Some(&(change, _)) = removed.last()
        {
            up_to = change;
        }
        transaction.commit().await?;
        Ok(Changes {
            images: images.into_iter().take_while(|&(change, _)| change <= up_to).map(|(_, image)| image).collect(),
            removed: removed.into_iter().map(|(_, number)| number).collect(),
            up_to: ChangeNumber(up_to.unsigned_abs()),
            complete: up_to >= last,
        })
    }
}

async fn known(connection: &mut SqliteConnection, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
    let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let json = serde_json::Value::from(texts).to_string();
    let found: Vec<String> = sqlx::query_scalar("SELECT id FROM images WHERE id IN (SELECT value FROM json_each(?))")
        .bind(json)
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
    found.into_iter().map(|id| id.parse().map_err(|_| StoreError::Corrupt(format!("image id {id:?}")))).collect()
}

fn is_full<T>(page: &[T], limit: u32) -> bool {
    u32::try_from(page.len()).is_ok_and(|len| len >= limit)
}

async fn last_change(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT change FROM catalogue_change").fetch_one(connection).await.map_err(unavailable)
}

/// Raises the count of changes; writes nothing when there were none, so that the transaction costs no sync.
async fn set_last_change(connection: &mut SqliteConnection, before: i64, after: i64) -> Result<(), StoreError> {
    if before != after {
        sqlx::query("UPDATE catalogue_change SET change = ?")
            .bind(after)
            .execute(connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    change: i64,
    now_ms: i64,
    image: &NewImage,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO images (change, id, facts) VALUES (?, ?, ?)")
        .bind(change)
        .bind(image.id.to_string())
        .bind(facts::write(image, now_ms)?)
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

async fn images_after(
    connection: &mut SqliteConnection,
    since: i64,
    limit: u32,
) -> Result<Vec<(i64, Image)>, StoreError> {
    let mut reader = Reader::default();
    let mut images = Vec::new();
    let mut rows = sqlx::query("SELECT number, change, id, facts FROM images WHERE change > ? ORDER BY change LIMIT ?")
        .bind(since)
        .bind(limit)
        .fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(unavailable)? {
        let (number, change) = (row.try_get(0).map_err(unavailable)?, row.try_get(1).map_err(unavailable)?);
        let (id, facts) = (row.try_get(2).map_err(unavailable)?, row.try_get(3).map_err(unavailable)?);
        images.push((change, reader.read(number, id, facts)?));
    }
    Ok(images)
}

async fn removed_after(
    connection: &mut SqliteConnection,
    since: i64,
    up_to: i64,
    limit: u32,
) -> Result<Vec<(i64, ImageNumber)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT change, number FROM removed WHERE change > ? AND change <= ? ORDER BY change LIMIT ?")
            .bind(since)
            .bind(up_to)
            .bind(limit)
            .fetch_all(connection)
            .await
            .map_err(unavailable)?;
    rows.into_iter()
        .map(|(change, number)| match u32::try_from(number) {
            Ok(number) => Ok((change, ImageNumber(number))),
            Err(_) => Err(StoreError::Corrupt(format!("removed, change {change}: number is {number}"))),
        })
        .collect()
}
