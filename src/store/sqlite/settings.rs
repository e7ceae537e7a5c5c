//! What Sirius keeps for itself.

use async_trait::async_trait;

use super::Sqlite;
use super::error::unavailable;
use super::transaction::Transaction;
use crate::store::{SettingsStore, StoreError};

pub(super) const CURSOR_KEY: &str = "cursor_key";
const BUNDLED: &str = "bundled_were_added";

#[async_trait]
impl SettingsStore for Sqlite {
    async fn cursor_key(&self) -> Result<[u8; 32], StoreError> {
        let value: Vec<u8> = sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
            .bind(CURSOR_KEY)
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        value.try_into().map_err(|value: Vec<u8>| {
            StoreError::Corrupt(format!("settings row {CURSOR_KEY}: 32 bytes expected, {} found", value.len()))
        })
    }

    async fn had_bundled(&self) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM settings WHERE key = ?)")
            .bind(BUNDLED)
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn bundled_were_added(&self) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(&self.writer).await?;
        sqlx::query("INSERT OR IGNORE INTO settings (key, value) VALUES (?, x'')")
            .bind(BUNDLED)
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
        transaction.commit().await
    }
}
