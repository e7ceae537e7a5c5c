//! The catalogue, the visits and the settings in SQLite: one file, one writer, every commit synced to the disk.

mod error;
mod files;
mod open;
mod renew;
mod rows;
mod session;
mod statements;

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::SqlitePool;

use self::renew::Place;
use super::statements::Statements;
use super::transaction::Transaction;
use super::{Connection, OpenError, Purpose, StoreError, Stores};
use crate::config::Migrate;
use crate::telemetry::catalogue::values::Database;
use crate::telemetry::events::ConnectionsObserved;
use crate::telemetry::metrics;

/// A database file: one connection that writes, since SQLite lets only one, and some that read beside it.
#[derive(Clone)]
struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    place: Arc<Place>,
}

/// Opens a database file, makes it where there is none, and brings it up to date if it may.
///
/// Several processes may have it open: they take turns to write.
///
/// # Errors
/// When the file cannot be used, when a newer Sirius made it, or when a migration fails, which then leaves no trace.
pub async fn open(purpose: Purpose, path: &Path, migrate: Migrate) -> Result<Stores, OpenError> {
    Ok(open::open(purpose, path, migrate).await?.into_stores())
}

pub(super) use self::open::may_be_used;

impl Sqlite {
    /// Tells how its connections stand.
    fn observe(&self) {
        let (open, idle) = [&self.writer, &self.readers]
            .map(|pool| (u64::from(pool.size()), pool.num_idle() as u64))
            .into_iter()
            .fold((0, 0), |(open, idle), (more, free)| (open + more, idle + free));
        ConnectionsObserved { database: Database::Sqlite, used: open.saturating_sub(idle), idle }.emit();
    }

    fn into_stores(self) -> Stores {
        let this = Arc::new(self);
        metrics::observe(&this, Self::observe);
        Stores {
            catalogue: this.clone(),
            visits: this.clone(),
            settings: this.clone(),
            rows: this.clone(),
            connection: this,
        }
    }
}

#[async_trait]
impl Connection for Sqlite {
    async fn ping(&self) -> Result<(), StoreError> {
        let mut transaction = Transaction::single(self).await?;
        Self::last_change(&mut transaction).await?;
        transaction.commit().await
    }

    async fn listen(&self, _: &(dyn Fn() + Send + Sync)) {
        std::future::pending::<()>().await;
    }

    async fn take_all(&self) -> Box<dyn Any + Send> {
        let mut taken = Vec::new();
        for pool in [&self.writer, &self.readers] {
            for _ in 0..pool.options().get_max_connections() {
                let connection = loop {
                    match pool.acquire().await {
                        // Whoever has it will give it back.
                        Err(sqlx::Error::PoolTimedOut) => {}
                        answer => break answer,
                    }
                };
                taken.extend(connection);
            }
        }
        Box::new(taken)
    }

    async fn close(&self) {
        // The writer last: closing the last connection of all folds the write-ahead log into the file.
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::error::unavailable;
    use super::*;
    use crate::domain::{Attribution, Content, ImageId, NewImage, Sha256};
    use crate::store::{CatalogueStore, ChangeNumber, catalogue};

    /// An image that takes a page of the file.
    fn large(seed: u8) -> NewImage {
        NewImage {
            id: ImageId::from_digest(&Sha256([seed; 32])),
            title: None,
            alt: None,
            tags: Box::default(),
            content: Content::Linked { url: "x".repeat(4_000).into() },
            attribution: Attribution::default(),
        }
    }

    async fn fresh() -> (tempfile::TempDir, Sqlite) {
        let folder = tempfile::tempdir().unwrap();
        let database = open::open(Purpose::Use, &folder.path().join("sirius.db"), Migrate::Auto).await.unwrap();
        (folder, database)
    }

    async fn pragma(pool: &SqlitePool, sql: &'static str) -> String {
        sqlx::query_scalar::<_, String>(sql).fetch_one(pool).await.unwrap()
    }

    #[tokio::test]
    async fn every_commit_is_synced_and_readers_cannot_write() {
        let (_folder, database) = fresh().await;
        let synchronous = "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous";
        assert_eq!(pragma(&database.writer, synchronous).await, "2", "FULL");
        assert_eq!(pragma(&database.writer, "PRAGMA journal_mode").await, "wal");
        let write = sqlx::query("DELETE FROM images").execute(&database.readers).await.unwrap_err();
        assert!(unavailable(write).to_string().contains("read-only"));
    }

    #[tokio::test]
    async fn a_full_disk_is_named_and_the_next_transaction_is_none_the_worse() {
        let (_folder, database) = fresh().await;
        // Of the one connection that writes: its pages are as many as there may be.
        sqlx::query("PRAGMA max_page_count = 1").execute(&database.writer).await.unwrap();
        let mut failed = 0;
        for seed in 0..20 {
            let Err(error) = database.add(&[large(seed)]).await else { continue };
            assert!(error.to_string().contains("the disk is full"), "{error}");
            failed += 1;
        }
        // The connection went with the failure, and its limit with the connection.
        assert_eq!(failed, 1);
        assert_eq!(database.changes(ChangeNumber(0), 100).await.unwrap().images.len(), 19);
    }

    #[tokio::test]
    async fn a_page_may_be_longer_than_a_query() {
        let (_folder, database) = fresh().await;
        let images: Vec<_> = (0..=catalogue::PART)
            .map(|seed| {
                let mut digest = [0; 32];
                digest[..4].copy_from_slice(&seed.to_be_bytes());
                NewImage {
                    id: ImageId::from_digest(&Sha256(digest)),
                    content: Content::Linked { url: seed.to_string().into() },
                    ..large(0)
                }
            })
            .collect();
        database.add(&images).await.unwrap();
        let page = database.changes(ChangeNumber(0), u32::MAX).await.unwrap();
        assert!(page.complete && page.up_to == ChangeNumber(images.len() as u64));
        assert!(page.images.iter().map(|image| &image.facts).eq(&images));
    }

    #[tokio::test]
    async fn what_separates_images_is_never_in_one() {
        let (_folder, database) = fresh().await;
        let images = [1, 2].map(|seed| NewImage { title: Some("a \u{1e} b".into()), ..large(seed) });
        database.add(&images).await.unwrap();
        let read = database.changes(ChangeNumber(0), 10).await.unwrap().images;
        assert!(read.iter().map(|image| &image.facts).eq(&images));
        let unescaped = "UPDATE images SET facts = replace(facts, 'a ', char(30))";
        let refused = sqlx::query(unescaped).execute(&database.writer).await.unwrap_err();
        assert!(refused.to_string().contains("json_valid"), "{refused}");
    }

    #[tokio::test]
    async fn a_reading_that_is_abandoned_leaves_its_connection_usable() {
        let (_folder, database) = fresh().await;
        for round in 0..50 {
            let patience = std::time::Duration::from_micros(round * 10);
            let _ = tokio::time::timeout(patience, database.changes(ChangeNumber(0), 10)).await;
        }
        database.changes(ChangeNumber(0), 10).await.unwrap();
    }
}
