//! What Sirius keeps for itself.

use async_trait::async_trait;

use super::Sqlite;
use super::statement::ask;
use super::transaction::Transaction;
use crate::store::{SettingsStore, StoreError};

pub(super) const CURSOR_KEY: &str = "cursor_key";
const BUNDLED: &str = "bundled_were_added";

#[async_trait]
impl SettingsStore for Sqlite {
    async fn cursor_key(&self) -> Result<[u8; 32], StoreError> {
        let mut connection = self.reader().await?;
        let value: Vec<u8> = ask("SELECT value FROM settings WHERE key = ?", |sql| {
            sqlx::query_scalar(sql).bind(CURSOR_KEY).fetch_one(&mut *connection)
        })
        .await?;
        value.try_into().map_err(|value: Vec<u8>| {
            StoreError::Corrupt(format!("settings row {CURSOR_KEY}: 32 bytes expected, {} found", value.len()))
        })
    }

    async fn had_bundled(&self) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        ask("SELECT EXISTS (SELECT 1 FROM settings WHERE key = ?)", |sql| {
            sqlx::query_scalar(sql).bind(BUNDLED).fetch_one(&mut *connection)
        })
        .await
    }

    async fn bundled_were_added(&self) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        ask("INSERT OR IGNORE INTO settings (key, value) VALUES (?, x'')", |sql| {
            sqlx::query(sql).bind(BUNDLED).execute(&mut *transaction)
        })
        .await?;
        transaction.commit().await
    }
}
