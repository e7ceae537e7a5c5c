//! What a copy asks, in words that MySQL and MariaDB both understand.

use std::fmt::Write;

use serde_json::{Value, json};

use super::MySql;
use crate::store::rows::{ImageRow, KeyRow, RowStatements};
use crate::store::statements::{Answer, statements};

impl RowStatements for MySql {
    statements! {
        scalar highest_number() -> Option<i64> =
            "SELECT max(number) FROM (SELECT max(number) AS number FROM images UNION SELECT max(number) FROM removed) AS given";
        rows key_rows(after: &[u8], from_ms: i64, limit: i64) -> Vec<KeyRow> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id > ? AND counted_at_ms >= ? ORDER BY id LIMIT ?";
        run put_setting(key: &'static str, value: &[u8]) -> () = "REPLACE INTO settings (`key`, value) VALUES (?, ?)";
    }

    async fn image_rows(on: &mut Self::Session, after: i64, up_to: i64) -> Answer<Vec<ImageRow>> {
        let images = Self::images_of(on, after, up_to).await?;
        Ok(images.into_iter().map(|(number, change, id, facts)| ImageRow { number, change, id, facts }).collect())
    }

    async fn delete_numbers(on: &mut Self::Session, numbers: &[i64]) -> Answer<()> {
        Self::delete_all_numbers(on, Value::from(numbers).to_string()).await
    }

    async fn insert_rows(on: &mut Self::Session, rows: &[ImageRow]) -> Answer<()> {
        let rows = rows.iter().map(|row| json!([row.number, row.change, row.id, row.facts]));
        Self::insert_images(on, rows.collect::<Value>().to_string()).await
    }

    async fn insert_removed(on: &mut Self::Session, rows: &[(i64, i64)]) -> Answer<()> {
        Self::insert_removals(on, pairs(rows)).await
    }

    // A number that was given explicitly counts as given, also when its row is gone; `ALTER TABLE` would commit.
    async fn use_up(on: &mut Self::Session, number: i64) -> Answer<()> {
        Self::insert_last(on, number, number).await?;
        Self::delete_last(on).await
    }

    async fn set_hours(on: &mut Self::Session, hours: &[(i64, i64)]) -> Answer<()> {
        Self::set_all_hours(on, pairs(hours)).await
    }

    async fn set_total(on: &mut Self::Session, before: i64, total: i64, since_ms: i64) -> Answer<u64> {
        Self::replace_total(on, total, since_ms, before).await
    }

    async fn insert_keys(on: &mut Self::Session, keys: &[KeyRow]) -> Answer<()> {
        let keys = keys.iter().map(|key| json!([hex(&key.id), key.number, key.counted_at_ms]));
        Self::insert_all_keys(on, keys.collect::<Value>().to_string()).await
    }
}

impl MySql {
    statements! {
        // Joined, as `delete_all` is.
        run delete_all_numbers(numbers: String) -> () =
            "DELETE images FROM json_table(?, '$[*]' COLUMNS (number BIGINT PATH '$')) AS gone
             STRAIGHT_JOIN images ON images.number = gone.number";
        run insert_images(rows: String) -> () =
            "INSERT INTO images (number, `change`, id, facts) SELECT new.number, new.change_number, new.id, new.facts
             FROM json_table(?, '$[*]' COLUMNS (number BIGINT PATH '$[0]', change_number BIGINT PATH '$[1]',
             id CHAR(20) PATH '$[2]', facts LONGTEXT CHARACTER SET utf8mb4 PATH '$[3]')) AS new";
        run insert_removals(rows: String) -> () =
            "INSERT INTO removed (`change`, number) SELECT gone.change_number, gone.number FROM json_table(?, '$[*]'
             COLUMNS (change_number BIGINT PATH '$[0]', number BIGINT PATH '$[1]')) AS gone";
        run insert_last(number: i64, last: i64) -> () =
            "INSERT INTO images (number, `change`, id, facts) SELECT ?, -1, 'last-number-in-a-go-', '{}' FROM catalogue_change
             WHERE NOT EXISTS (SELECT 1 FROM images WHERE number >= ?)";
        run delete_last() -> () = "DELETE FROM images WHERE `change` = -1";
        run set_all_hours(hours: String) -> () =
            "REPLACE INTO visit_hours (hour, visits) SELECT new.hour_number, new.visits FROM json_table(?, '$[*]'
             COLUMNS (hour_number BIGINT PATH '$[0]', visits BIGINT PATH '$[1]')) AS new";
        affected replace_total(total: i64, since_ms: i64, before: i64) -> u64 =
            "UPDATE visit_total SET total = ?, since_ms = ? WHERE total = ?";
        run insert_all_keys(keys: String) -> () =
            "INSERT IGNORE INTO visit_keys (id, number, counted_at_ms) SELECT unhex(new.id), new.number, new.counted_at_ms
             FROM json_table(?, '$[*]' COLUMNS (id CHAR(64) PATH '$[0]', number BIGINT PATH '$[1]',
             counted_at_ms BIGINT PATH '$[2]')) AS new";
    }
}

fn pairs(rows: &[(i64, i64)]) -> String {
    rows.iter().map(|(first, second)| json!([first, second])).collect::<Value>().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
