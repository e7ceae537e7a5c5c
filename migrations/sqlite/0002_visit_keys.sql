-- The visits that a client has named by a key of its own, so that counting one again gives its number again. The key is
-- kept as its SHA-256. Rows go when they are more than a day old.
CREATE TABLE visit_keys (
    id            BLOB PRIMARY KEY CHECK (length(id) = 32),
    number        INTEGER NOT NULL CHECK (number > 0),
    counted_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX visit_keys_by_age ON visit_keys (counted_at_ms);
