-- As in migrations/sqlite.
CREATE TABLE visit_keys (
    id            bytea PRIMARY KEY CHECK (length(id) = 32),
    number        bigint NOT NULL CHECK (number > 0),
    counted_at_ms bigint NOT NULL
);

CREATE INDEX visit_keys_by_age ON visit_keys (counted_at_ms);
