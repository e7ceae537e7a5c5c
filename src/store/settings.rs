//! What Sirius keeps for itself.

use async_trait::async_trait;

use super::statements::Statements;
use super::transaction::Transaction;
use super::{SettingsStore, StoreError};

pub(super) const CURSOR_KEY: &str = "cursor_key";
pub(super) const BUNDLED: &str = "bundled_were_added";

#[async_trait]
impl<D: Statements> SettingsStore for D {
    async fn cursor_key(&self) -> Result<[u8; 32], StoreError> {
        let mut transaction = Transaction::single(self).await?;
        let value = D::setting(&mut transaction, CURSOR_KEY).await?;
        transaction.commit().await?;
        read_cursor_key(value)
    }

    async fn had_bundled(&self) -> Result<bool, StoreError> {
        let mut transaction = Transaction::single(self).await?;
        let value = D::setting(&mut transaction, BUNDLED).await?;
        transaction.commit().await?;
        Ok(value.is_some())
    }

    async fn bundled_were_added(&self) -> Result<(), StoreError> {
        let mut transaction = Transaction::write(self).await?;
        D::keep_setting(&mut transaction, BUNDLED, &[]).await?;
        transaction.commit().await
    }
}

/// The key, from what is kept under its name.
pub(super) fn read_cursor_key(value: Option<Vec<u8>>) -> Result<[u8; 32], StoreError> {
    let value = value.ok_or_else(|| StoreError::Corrupt(format!("there is no settings row {CURSOR_KEY}")))?;
    value.try_into().map_err(|value: Vec<u8>| {
        StoreError::Corrupt(format!("settings row {CURSOR_KEY}: 32 bytes expected, {} found", value.len()))
    })
}
