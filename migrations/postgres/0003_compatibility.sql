-- As in migrations/sqlite.
CREATE TABLE compatibility (
    only_row         integer PRIMARY KEY CHECK (only_row = 1),
    oldest_migration bigint NOT NULL
);

INSERT INTO compatibility (only_row, oldest_migration) VALUES (1, 1);
