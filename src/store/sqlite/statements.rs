//! What the store asks, in SQLite's words.

use sqlx::{FromRow, SqliteConnection};

use super::Sqlite;
use crate::domain::Image;
use crate::store::StoreError;
use crate::store::driver::{Driver, Session, answer};
use crate::store::facts::Reader;
use crate::store::statements::{Answer, Counting, Part, Statements, statements};
use crate::store::transaction::Transaction;

impl Statements for Sqlite {
    type Part = Concatenated;

    statements! {
        maybe setting(key: &'static str) -> Option<Vec<u8>> = "SELECT value FROM settings WHERE key = ?";
        run keep_setting(key: &'static str, value: &[u8]) -> () =
            "INSERT OR IGNORE INTO settings (key, value) VALUES (?, ?)";

        scalar last_change() -> i64 = "SELECT change FROM catalogue_change";
        // The transaction has had the turn since it began.
        scalar take_turn() -> i64 = "SELECT change FROM catalogue_change";
        run set_last_change(change: i64) -> () = "UPDATE catalogue_change SET change = ?";
        maybe_row find(id: &str) -> Option<(i64, String)> = "SELECT number, facts FROM images WHERE id = ?";
        run rewrite(number: i64, change: i64, facts: &str) -> () =
            "UPDATE images SET change = ?2, facts = ?3 WHERE number = ?1";
        maybe change_behind(since: i64, others: i64) -> Option<i64> =
            "SELECT change FROM images WHERE change > ? ORDER BY change LIMIT 1 OFFSET ?";
        // SQLite keeps the order of what it concatenates.
        row part(after: i64, up_to: i64) -> Concatenated =
            "SELECT coalesce(group_concat(number, ' '), '') AS numbers, coalesce(group_concat(id, ' '), '') AS ids, \
             coalesce(group_concat(facts, char(30)), '') AS facts FROM \
             (SELECT number, id, facts FROM images WHERE change > ? AND change <= ? ORDER BY change)";
        rows removed(after: i64, up_to: i64, limit: i64) -> Vec<(i64, i64)> =
            "SELECT change, number FROM removed WHERE change > ? AND change <= ? ORDER BY change LIMIT ?";

        row total() -> (i64, i64) = "SELECT total, since_ms FROM visit_total";
        affected forget_keys(before_ms: i64, limit: i64) -> u64 =
            "DELETE FROM visit_keys WHERE id IN
             (SELECT id FROM visit_keys WHERE counted_at_ms < ? ORDER BY counted_at_ms LIMIT ?)";
        rows steps(hours: i64, first: i64, end: i64) -> Vec<(i64, i64)> =
            "SELECT hour / ?1 AS step, SUM(visits) FROM visit_hours
             WHERE hour >= ?2 AND hour < ?3 GROUP BY step ORDER BY step";
    }

    async fn known(on: &mut Self::Session, ids: &[String]) -> Answer<Vec<String>> {
        Self::known_of(on, json(ids)).await
    }

    async fn insert(on: &mut Self::Session, change: i64, ids: &[String], facts: &[String]) -> Answer<()> {
        for ((id, facts), change) in ids.iter().zip(facts).zip(change + 1..) {
            Self::insert_one(on, change, id, facts).await?;
        }
        Ok(())
    }

    async fn delete(on: &mut Self::Session, ids: &[String]) -> Answer<Vec<i64>> {
        Self::delete_all(on, json(ids)).await
    }

    async fn note_removed(on: &mut Self::Session, change: i64, numbers: &[i64]) -> Answer<()> {
        Self::note_all(on, change + 1, serde_json::Value::from(numbers).to_string()).await
    }

    async fn count(&self, Counting { visits, hour, at_ms, keys }: Counting<'_>) -> Answer<i64> {
        if keys.is_empty() {
            let mut transaction = Transaction::in_one_text(self).await?;
            let total = Self::count_at_once(&mut transaction, visits, hour).await?;
            transaction.committed();
            return Ok(total);
        }
        let mut transaction = Transaction::write(self).await?;
        let total = Self::raise(&mut transaction, visits).await?;
        Self::raise_hour(&mut transaction, hour, visits).await?;
        for (key, number) in keys.iter().rev().zip((0..=total).rev()) {
            Self::keep_key(&mut transaction, key, number, at_ms).await?;
        }
        transaction.commit().await?;
        Ok(total)
    }

    async fn keyed(on: &mut Self::Session, keys: &[Vec<u8>]) -> Answer<Vec<(Vec<u8>, i64, i64)>> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(Self::one_keyed(on, key).await?);
        }
        Ok(found)
    }
}

/// What counts visits that have no keys, as telemetry tells it.
const COUNT: &str = "UPDATE visit_total SET total = total + ? RETURNING total";

/// A whole transaction: on their way to the connection's thread and back, four statements one after the other would wait
/// four times behind all requests that are being served.
const COUNT_AT_ONCE: &str = "\
    BEGIN IMMEDIATE;
    UPDATE visit_total SET total = total + ?1 RETURNING total;
    INSERT INTO visit_hours (hour, visits) VALUES (?2, ?1)
    ON CONFLICT (hour) DO UPDATE SET visits = visits + excluded.visits;
    COMMIT";

impl Sqlite {
    async fn count_at_once(on: &mut SqliteConnection, visits: i64, hour: i64) -> Answer<i64> {
        let terms = on.terms();
        let counting = async {
            // All of the answers, of which that to COMMIT is the last.
            let totals = sqlx::query_scalar(COUNT_AT_ONCE).bind(visits).bind(hour).fetch_all(on).await?;
            totals.first().copied().ok_or(sqlx::Error::RowNotFound)
        };
        answer::<Self, _>(COUNT, terms, counting).await.map_err(Self::refusal)
    }
}

/// What takes several values at once, as JSON.
impl Sqlite {
    statements! {
        scalars known_of(ids: String) -> Vec<String> =
            "SELECT id FROM images WHERE id IN (SELECT value FROM json_each(?))";
        run insert_one(change: i64, id: &str, facts: &str) -> () =
            "INSERT INTO images (change, id, facts) VALUES (?, ?, ?)";
        scalars delete_all(ids: String) -> Vec<i64> =
            "DELETE FROM images WHERE id IN (SELECT value FROM json_each(?)) RETURNING number";
        run note_all(change: i64, numbers: String) -> () =
            "INSERT INTO removed (change, number) SELECT ? + key, value FROM json_each(?)";
        scalar raise(visits: i64) -> i64 = "UPDATE visit_total SET total = total + ? RETURNING total";
        run keep_key(key: &[u8], number: i64, at_ms: i64) -> () =
            "INSERT INTO visit_keys (id, number, counted_at_ms) VALUES (?, ?, ?)";
        maybe_row one_keyed(key: &[u8]) -> Option<(Vec<u8>, i64, i64)> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id = ?";
        run raise_hour(hour: i64, visits: i64) -> () =
            "INSERT INTO visit_hours (hour, visits) VALUES (?, ?)
             ON CONFLICT (hour) DO UPDATE SET visits = visits + excluded.visits";
    }
}

fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// What stands between the facts of two images: JSON escapes it, and what is no JSON is not in the table.
const SEPARATOR: char = '\u{1e}';

/// Images as SQLite hands them over: all of them in one row. With a row of its own for each, handed over from the
/// connection's thread, a whole load took half as much processor time again.
#[derive(FromRow)]
pub(in crate::store) struct Concatenated {
    /// Between spaces.
    numbers: String,
    /// Between spaces.
    ids: String,
    /// Between [`SEPARATOR`]s.
    facts: String,
}

impl Part for Concatenated {
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
