//! The catalogue, the visits and the settings in SQLite: one file, one writer, every commit synced to the disk.

mod catalogue;
mod error;
mod open;
mod row;
mod settings;
mod transaction;
mod visits;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::SqlitePool;

pub use open::open;

use self::error::unavailable;
use super::{Connection, StoreError, Stores};

/// A database file: one connection that writes, since SQLite lets only one, and some that read beside it.
#[derive(Clone)]
struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    fn into_stores(self) -> Stores {
        let this = Arc::new(self);
        Stores { catalogue: this.clone(), visits: this.clone(), settings: this.clone(), connection: this }
    }
}

#[async_trait]
impl Connection for Sqlite {
    async fn ping(&self) -> Result<(), StoreError> {
        let _: i64 = sqlx::query_scalar("SELECT change FROM catalogue_change")
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn close(&self) {
        // The writer last: closing the last connection of all folds the write-ahead log into the file.
        self.readers.close().await;
        self.writer.close().await;
    }
}
