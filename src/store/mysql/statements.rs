//! What the store asks, in words that MySQL and MariaDB both understand.

use std::fmt::Write;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Either, Executor};

use super::MySql;
use crate::store::StoreError;
use crate::store::catalogue::Rows;
use crate::store::driver::{Driver, Session, answer};
use crate::store::network::counting::{self, Batch, Batches};
use crate::store::statements::{Answer, Counting, Statements, statements};

impl Statements for MySql {
    type Part = Rows;

    statements! {
        maybe setting(key: &'static str) -> Option<Vec<u8>> = "SELECT value FROM settings WHERE `key` = ?";
        run keep_setting(key: &'static str, value: &[u8]) -> () =
            "INSERT IGNORE INTO settings (`key`, value) VALUES (?, ?)";

        scalar last_change() -> i64 = "SELECT `change` FROM catalogue_change";
        scalar take_turn() -> i64 = "SELECT `change` FROM catalogue_change FOR UPDATE";
        run set_last_change(change: i64) -> () = "UPDATE catalogue_change SET `change` = ?";
        maybe_row find(id: &str) -> Option<(i64, String)> = "SELECT number, facts FROM images WHERE id = ?";
        maybe change_behind(since: i64, others: i64) -> Option<i64> =
            "SELECT `change` FROM images WHERE `change` > ? ORDER BY `change` LIMIT 1 OFFSET ?";
        rows removed(after: i64, up_to: i64, limit: i64) -> Vec<(i64, i64)> =
            "SELECT `change`, number FROM removed WHERE `change` > ? AND `change` <= ? ORDER BY `change` LIMIT ?";

        row total() -> (i64, i64) = "SELECT total, since_ms FROM visit_total";
        // DIV rounds towards zero; before 1970 that is the wrong way. A sum is DECIMAL.
        rows steps(hours: i64, first: i64, end: i64) -> Vec<(i64, i64)> =
            "SELECT CAST(floor(hour / ?) AS SIGNED) AS step, CAST(sum(visits) AS SIGNED) FROM visit_hours
             WHERE hour >= ? AND hour < ? GROUP BY step ORDER BY step";
    }

    async fn part(on: &mut Self::Session, after: i64, up_to: i64) -> Answer<Rows> {
        let images = Self::images_of(on, after, up_to).await?;
        Ok(images.into_iter().map(|(number, _, id, facts)| (number, id, facts)).collect())
    }

    async fn known(on: &mut Self::Session, ids: &[String]) -> Answer<Vec<String>> {
        Self::known_of(on, json(ids)).await
    }

    async fn insert(on: &mut Self::Session, change: i64, ids: &[String], facts: &[String]) -> Answer<()> {
        let images: Vec<_> = ids.iter().zip(facts).map(|(id, facts)| serde_json::json!([id, facts])).collect();
        Self::insert_all(on, change, serde_json::Value::from(images).to_string()).await
    }

    async fn delete(on: &mut Self::Session, ids: &[String]) -> Answer<Vec<i64>> {
        let ids = json(ids);
        let numbers = Self::numbers_of(on, &ids).await?;
        if !numbers.is_empty() {
            Self::delete_all(on, &ids).await?;
        }
        Ok(numbers)
    }

    async fn note_removed(on: &mut Self::Session, change: i64, numbers: &[i64]) -> Answer<()> {
        Self::note_all(on, change, serde_json::Value::from(numbers).to_string()).await
    }

    async fn rewrite(on: &mut Self::Session, number: i64, change: i64, facts: &str) -> Answer<()> {
        Self::rewrite_image(on, change, facts, number).await
    }

    async fn forget_keys(on: &mut Self::Session, before_ms: i64, limit: i64) -> Answer<u64> {
        Self::forget_batches(on).await?;
        Self::forget_oldest_keys(on, before_ms, limit).await
    }

    async fn count(&self, visits: Counting<'_>) -> Answer<i64> {
        Box::pin(counting::count(self, visits)).await
    }

    async fn keyed(on: &mut Self::Session, keys: &[Vec<u8>]) -> Answer<Vec<(Vec<u8>, i64, i64)>> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(Self::one_keyed(on, key).await?);
        }
        Ok(found)
    }
}

impl Batches for MySql {
    async fn count_batch(on: &mut Self::Session, batch: Batch<'_>) -> Answer<i64> {
        let (sql, terms) = (batch_text(batch), on.terms());
        let connection = on.lend();
        let counting = async {
            let mut total = None;
            let mut results = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
            // To the end: the answer to COMMIT is the last.
            while let Some(result) = results.try_next().await? {
                if let Either::Left(done) = result
                    && done.last_insert_id() > 0
                {
                    total.get_or_insert(done.last_insert_id());
                }
            }
            total.ok_or(sqlx::Error::RowNotFound)
        };
        let total = answer::<Self, _>(COUNT, terms, counting).await.map_err(Self::refusal)?;
        // An error leaves it in doubt: the server stops where it happens, within the transaction.
        on.settled();
        i64::try_from(total).map_err(|_| StoreError::Corrupt(format!("visit_total: a count of {total}")))
    }

    async fn outcome(on: &mut Self::Session, id: &[u8]) -> Answer<Option<i64>> {
        Self::make_void(on, id).await?;
        Self::batch_total(on, id).await
    }
}

impl MySql {
    statements! {
        scalars known_of(ids: String) -> Vec<String> =
            "SELECT id FROM images WHERE id IN (SELECT wanted.id FROM json_table(?, '$[*]'
             COLUMNS (id CHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) AS wanted)";
        run insert_all(change: i64, images: String) -> () =
            "INSERT INTO images (`change`, id, facts) SELECT ? + new.position, new.id, new.facts FROM json_table(?, '$[*]'
             COLUMNS (position FOR ORDINALITY, id CHAR(20) PATH '$[0]', facts LONGTEXT CHARACTER SET utf8mb4 PATH '$[1]')) AS new
             ORDER BY new.position";
        scalars numbers_of(ids: &str) -> Vec<i64> =
            "SELECT number FROM images WHERE id IN (SELECT wanted.id FROM json_table(?, '$[*]'
             COLUMNS (id CHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) AS wanted)";
        // Joined, and in this order: by `IN` MariaDB deletes by reading the whole table, and the list again for each row of it.
        run delete_all(ids: &str) -> () =
            "DELETE images FROM json_table(?, '$[*]'
             COLUMNS (id CHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) AS wanted
             STRAIGHT_JOIN images ON images.id = wanted.id";
        run note_all(change: i64, numbers: String) -> () =
            "INSERT INTO removed (`change`, number) SELECT ? + gone.position, gone.number FROM json_table(?, '$[*]'
             COLUMNS (position FOR ORDINALITY, number BIGINT PATH '$')) AS gone";
        run rewrite_image(change: i64, facts: &str, number: i64) -> () =
            "UPDATE images SET `change` = ?, facts = ? WHERE number = ?";
        maybe_row one_keyed(key: &[u8]) -> Option<(Vec<u8>, i64, i64)> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id = ?";
        run forget_batches() -> () = "DELETE FROM visit_batches WHERE made_at < now() - INTERVAL 7 DAY";
        affected forget_oldest_keys(before_ms: i64, limit: i64) -> u64 =
            "DELETE FROM visit_keys WHERE counted_at_ms < ? ORDER BY counted_at_ms LIMIT ?";
        run make_void(id: &[u8]) -> () = "INSERT IGNORE INTO visit_batches (id, total) VALUES (?, 0)";
        maybe batch_total(id: &[u8]) -> Option<i64> =
            "SELECT total FROM visit_batches WHERE id = ? AND total > 0 FOR UPDATE";
    }
}

fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// What counts a batch, as telemetry tells it.
const COUNT: &str = "UPDATE visit_total SET total = LAST_INSERT_ID(total + ?)";

/// What counts a batch: a whole transaction, sent at once as text, so that the row of the total is locked for no journey
/// between Sirius and the server. Neither database has `UPDATE ... RETURNING`; `LAST_INSERT_ID` keeps the new total, also
/// for the statements behind. All values are numbers and bytes.
fn batch_text(batch: Batch<'_>) -> String {
    let Batch { id, counting: Counting { visits, hour, at_ms, keys }, settled } = batch;
    let mut sql = format!(
        "START TRANSACTION; \
         UPDATE visit_total SET total = LAST_INSERT_ID(total + {visits}); \
         INSERT INTO visit_hours (hour, visits) VALUES ({hour}, {visits}) \
         ON DUPLICATE KEY UPDATE visits = visits + {visits}; \
         INSERT INTO visit_batches (id, total) VALUES ({}, LAST_INSERT_ID()); ",
        hex(id)
    );
    for (key, before_last) in keys.iter().rev().zip(0_u64..) {
        // Writing to a text does not fail.
        let _ = write!(
            sql,
            "INSERT INTO visit_keys (id, number, counted_at_ms) VALUES ({}, LAST_INSERT_ID() - {before_last}, {at_ms}); ",
            hex(key)
        );
    }
    for id in settled {
        // Writing to a text does not fail.
        let _ = write!(sql, "DELETE FROM visit_batches WHERE id = {}; ", hex(id));
    }
    sql + "COMMIT"
}

fn hex(id: &[u8]) -> String {
    id.iter().fold("x'".to_owned(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    }) + "'"
}
