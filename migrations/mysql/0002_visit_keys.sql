-- As in migrations/sqlite.
CREATE TABLE IF NOT EXISTS visit_keys (
    id            BINARY(32) NOT NULL PRIMARY KEY,
    number        BIGINT NOT NULL CHECK (number > 0),
    counted_at_ms BIGINT NOT NULL,
    INDEX visit_keys_by_age (counted_at_ms)
) ENGINE = InnoDB;
