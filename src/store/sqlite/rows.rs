//! What a copy asks, in SQLite's words.

use super::Sqlite;
use crate::store::rows::{ImageRow, KeyRow, RowStatements};
use crate::store::statements::{Answer, statements};

impl RowStatements for Sqlite {
    statements! {
        rows image_rows(after: i64, up_to: i64) -> Vec<ImageRow> =
            "SELECT number, change, id, facts FROM images WHERE change > ? AND change <= ? ORDER BY change";
        scalar highest_number() -> Option<i64> =
            "SELECT max(number) FROM (SELECT max(number) AS number FROM images UNION SELECT max(number) FROM removed)";
        affected set_total(before: i64, total: i64, since_ms: i64) -> u64 =
            "UPDATE visit_total SET total = ?2, since_ms = ?3 WHERE total = ?1";
        rows key_rows(after: &[u8], from_ms: i64, limit: i64) -> Vec<KeyRow> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id > ? AND counted_at_ms >= ? ORDER BY id LIMIT ?";
        run put_setting(key: &'static str, value: &[u8]) -> () =
            "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)";
    }

    async fn delete_numbers(on: &mut Self::Session, numbers: &[i64]) -> Answer<()> {
        Self::delete_all_numbers(on, serde_json::Value::from(numbers).to_string()).await
    }

    async fn insert_rows(on: &mut Self::Session, rows: &[ImageRow]) -> Answer<()> {
        for ImageRow { number, change, id, facts } in rows {
            Self::insert_row(on, *number, *change, id, facts).await?;
        }
        Ok(())
    }

    async fn insert_removed(on: &mut Self::Session, rows: &[(i64, i64)]) -> Answer<()> {
        for (change, number) in rows {
            Self::insert_removal(on, *change, *number).await?;
        }
        Ok(())
    }

    // AUTOINCREMENT remembers the largest number that there was, also when its row is gone.
    async fn use_up(on: &mut Self::Session, number: i64) -> Answer<()> {
        Self::insert_last(on, number).await?;
        Self::delete_last(on).await
    }

    async fn set_hours(on: &mut Self::Session, hours: &[(i64, i64)]) -> Answer<()> {
        for (hour, visits) in hours {
            Self::set_hour(on, *hour, *visits).await?;
        }
        Ok(())
    }

    async fn insert_keys(on: &mut Self::Session, keys: &[KeyRow]) -> Answer<()> {
        for KeyRow { id, number, counted_at_ms } in keys {
            Self::insert_key(on, id, *number, *counted_at_ms).await?;
        }
        Ok(())
    }
}

impl Sqlite {
    statements! {
        run delete_all_numbers(numbers: String) -> () =
            "DELETE FROM images WHERE number IN (SELECT value FROM json_each(?))";
        run insert_row(number: i64, change: i64, id: &str, facts: &str) -> () =
            "INSERT INTO images (number, change, id, facts) VALUES (?, ?, ?, ?)";
        run insert_removal(change: i64, number: i64) -> () = "INSERT INTO removed (change, number) VALUES (?, ?)";
        run insert_last(number: i64) -> () =
            "INSERT INTO images (number, change, id, facts) SELECT ?1, -1, 'last-number-in-a-go-', '{}'
             WHERE NOT EXISTS (SELECT 1 FROM images WHERE number >= ?1)";
        run delete_last() -> () = "DELETE FROM images WHERE change = -1";
        run set_hour(hour: i64, visits: i64) -> () = "INSERT OR REPLACE INTO visit_hours (hour, visits) VALUES (?, ?)";
        run insert_key(id: &[u8], number: i64, counted_at_ms: i64) -> () =
            "INSERT OR IGNORE INTO visit_keys (id, number, counted_at_ms) VALUES (?, ?, ?)";
    }
}
