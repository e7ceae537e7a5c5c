-- Who may use these tables: a Sirius that knows this migration, whatever came after it. A step that contracts raises
-- oldest_migration, one that expands leaves it as it is; so a version can tell what to make of tables newer than itself.
CREATE TABLE compatibility (
    only_row         INTEGER PRIMARY KEY CHECK (only_row = 1),
    oldest_migration INTEGER NOT NULL
) STRICT;

INSERT INTO compatibility (only_row, oldest_migration) VALUES (1, 1);
