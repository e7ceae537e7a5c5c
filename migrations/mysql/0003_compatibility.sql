-- As in migrations/sqlite.
CREATE TABLE IF NOT EXISTS compatibility (
    only_row         INT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    oldest_migration BIGINT NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO compatibility (only_row, oldest_migration) VALUES (1, 1);
