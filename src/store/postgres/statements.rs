//! What the store asks, in PostgreSQL's words.

use super::Postgres;
use crate::store::catalogue::Rows;
use crate::store::network::counting::{self, Batch, BatchId, Batches};
use crate::store::statements::{Answer, Counting, Statements, statements};

impl Statements for Postgres {
    type Part = Rows;

    statements! {
        maybe setting(key: &'static str) -> Option<Vec<u8>> = "SELECT value FROM settings WHERE key = $1";
        run keep_setting(key: &'static str, value: &[u8]) -> () =
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

        scalar last_change() -> i64 = "SELECT change FROM catalogue_change";
        scalar take_turn() -> i64 = "SELECT change FROM catalogue_change FOR UPDATE";
        // Told when the transaction commits, to who listens.
        run set_last_change(change: i64) -> () =
            "WITH changed AS (UPDATE catalogue_change SET change = $1 RETURNING change)
             SELECT pg_notify('sirius_catalogue', change::text) FROM changed";
        scalars known(ids: &[String]) -> Vec<String> = "SELECT id FROM images WHERE id = ANY($1)";
        run insert(change: i64, ids: &[String], facts: &[String]) -> () =
            "INSERT INTO images (change, id, facts) SELECT $1 + position, id, facts::json
             FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS new (id, facts, position) ORDER BY position";
        scalars delete(ids: &[String]) -> Vec<i64> = "DELETE FROM images WHERE id = ANY($1) RETURNING number";
        run note_removed(change: i64, numbers: &[i64]) -> () =
            "INSERT INTO removed (change, number)
             SELECT $1 + position, number FROM unnest($2::bigint[]) WITH ORDINALITY AS gone (number, position)";
        maybe_row find(id: &str) -> Option<(i64, String)> = "SELECT number, facts::text FROM images WHERE id = $1";
        run rewrite(number: i64, change: i64, facts: &str) -> () =
            "UPDATE images SET change = $2, facts = $3::text::json WHERE number = $1";
        maybe change_behind(since: i64, others: i64) -> Option<i64> =
            "SELECT change FROM images WHERE change > $1 ORDER BY change LIMIT 1 OFFSET $2";
        rows part(after: i64, up_to: i64) -> Rows =
            "SELECT number, id, facts::text FROM images WHERE change > $1 AND change <= $2 ORDER BY change";
        rows removed(after: i64, up_to: i64, limit: i64) -> Vec<(i64, i64)> =
            "SELECT change, number FROM removed WHERE change > $1 AND change <= $2 ORDER BY change LIMIT $3";

        row total() -> (i64, i64) = "SELECT total, since_ms FROM visit_total";
        rows keyed(keys: &[Vec<u8>]) -> Vec<(Vec<u8>, i64, i64)> =
            "SELECT id, number, counted_at_ms FROM visit_keys WHERE id = ANY($1)";
        affected forget_keys(before_ms: i64, limit: i64) -> u64 =
            "WITH batches AS (
                 DELETE FROM visit_batches WHERE made_at < now() - interval '7 days'
             )
             DELETE FROM visit_keys WHERE id = ANY(ARRAY(
                 SELECT id FROM visit_keys WHERE counted_at_ms < $1 ORDER BY counted_at_ms LIMIT $2
             ))";
        // A sum of bigint is numeric; the total is none, and so are its parts.
        rows steps(hours: i64, first: i64, end: i64) -> Vec<(i64, i64)> =
            "SELECT floor(hour::numeric / $1)::bigint AS step, sum(visits)::bigint FROM visit_hours
             WHERE hour >= $2 AND hour < $3 GROUP BY step ORDER BY step";
    }

    async fn count(&self, visits: Counting<'_>) -> Answer<i64> {
        Box::pin(counting::count(self, visits)).await
    }
}

impl Batches for Postgres {
    async fn count_batch(on: &mut Self::Session, batch: Batch<'_>) -> Answer<i64> {
        let Batch { id, counting: Counting { visits, hour, at_ms, keys }, settled } = batch;
        Self::count_all(on, visits, hour, id, settled, keys, at_ms).await
    }

    async fn outcome(on: &mut Self::Session, id: &[u8]) -> Answer<Option<i64>> {
        Self::make_void(on, id).await?;
        Self::batch_total(on, id).await
    }
}

impl Postgres {
    statements! {
        // All in one statement, sent and answered at once: the row of the total is locked for hardly longer than the
        // commit takes.
        scalar count_all(
            visits: i64, hour: i64, id: &[u8], settled: &[BatchId], keys: &[Vec<u8>], at_ms: i64
        ) -> i64 =
            "WITH counted AS (
                 UPDATE visit_total SET total = total + $1 RETURNING total
             ), counted_hour AS (
                 INSERT INTO visit_hours (hour, visits) VALUES ($2, $1)
                 ON CONFLICT (hour) DO UPDATE SET visits = visit_hours.visits + excluded.visits
             ), batch AS (
                 INSERT INTO visit_batches (id, total) SELECT $3, total FROM counted
             ), keyed AS (
                 INSERT INTO visit_keys (id, number, counted_at_ms)
                 SELECT key, total - cardinality($5) + position, $6
                 FROM counted, unnest($5) WITH ORDINALITY AS new (key, position)
             ), forgotten AS (
                 DELETE FROM visit_batches WHERE id = ANY($4)
             )
             SELECT total FROM counted";
        run make_void(id: &[u8]) -> () =
            "INSERT INTO visit_batches (id, total) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING";
        maybe batch_total(id: &[u8]) -> Option<i64> = "SELECT total FROM visit_batches WHERE id = $1 AND total > 0";
    }
}
