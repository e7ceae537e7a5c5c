//! What a copy asks, in PostgreSQL's words.

use super::Postgres;
use crate::store::rows::{ImageRow, KeyRow, RowStatements};
use crate::store::statements::{Answer, statements};

impl RowStatements for Postgres {
    statements! {
        rows image_rows(after: i64, up_to: i64) -> Vec<ImageRow> =
            "SELECT number, change, id, facts::text AS facts FROM images WHERE change > $1 AND change <= $2 ORDER BY change";
        run delete_numbers(numbers: &[i64]) -> () = "DELETE FROM images WHERE number = ANY($1)";
        scalar highest_number() -> Option<i64> =
            "SELECT greatest((SELECT max(number) FROM images), (SELECT max(number) FROM removed))";
        run use_up(number: i64) -> () = "SELECT setval(pg_get_serial_sequence('images', 'number'), $1)";
        affected set_total(before: i64, total: i64, since_ms: i64) -> u64 =
            "UPDATE visit_total SET total = $2, since_ms = $3 WHERE total = $1";
        rows key_rows(after: &[u8], from_ms: i64, limit: i64) -> Vec<KeyRow> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id > $1 AND counted_at_ms >= $2 ORDER BY id LIMIT $3";
        run put_setting(key: &'static str, value: &[u8]) -> () =
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    }

    async fn insert_rows(on: &mut Self::Session, rows: &[ImageRow]) -> Answer<()> {
        let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
        let changes: Vec<_> = rows.iter().map(|row| row.change).collect();
        let ids: Vec<_> = rows.iter().map(|row| &*row.id).collect();
        let facts: Vec<_> = rows.iter().map(|row| &*row.facts).collect();
        Self::insert_images(on, &numbers, &changes, &ids, &facts).await
    }

    async fn insert_removed(on: &mut Self::Session, rows: &[(i64, i64)]) -> Answer<()> {
        let (changes, numbers): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        Self::insert_removals(on, &changes, &numbers).await
    }

    async fn set_hours(on: &mut Self::Session, hours: &[(i64, i64)]) -> Answer<()> {
        let (hours, visits): (Vec<_>, Vec<_>) = hours.iter().copied().unzip();
        Self::set_all_hours(on, &hours, &visits).await
    }

    async fn insert_keys(on: &mut Self::Session, keys: &[KeyRow]) -> Answer<()> {
        let ids: Vec<_> = keys.iter().map(|key| &*key.id).collect();
        let numbers: Vec<_> = keys.iter().map(|key| key.number).collect();
        let times: Vec<_> = keys.iter().map(|key| key.counted_at_ms).collect();
        Self::insert_all_keys(on, &ids, &numbers, &times).await
    }
}

impl Postgres {
    statements! {
        // Numbers are the database's to give; here, another one has given them.
        run insert_images(numbers: &[i64], changes: &[i64], ids: &[&str], facts: &[&str]) -> () =
            "INSERT INTO images (number, change, id, facts) OVERRIDING SYSTEM VALUE
             SELECT number, change, id, facts::json
             FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS new (number, change, id, facts)";
        run insert_removals(changes: &[i64], numbers: &[i64]) -> () =
            "INSERT INTO removed (change, number) SELECT * FROM unnest($1::bigint[], $2::bigint[])";
        run set_all_hours(hours: &[i64], visits: &[i64]) -> () =
            "INSERT INTO visit_hours (hour, visits) SELECT * FROM unnest($1::bigint[], $2::bigint[])
             ON CONFLICT (hour) DO UPDATE SET visits = excluded.visits";
        run insert_all_keys(ids: &[&[u8]], numbers: &[i64], times: &[i64]) -> () =
            "INSERT INTO visit_keys (id, number, counted_at_ms)
             SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) ON CONFLICT (id) DO NOTHING";
    }
}
