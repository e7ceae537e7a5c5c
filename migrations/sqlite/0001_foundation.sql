-- "SiRi": tells `file` and Sirius itself whose database this is, so that no other program's is ever migrated.
PRAGMA application_id = 0x53695269;

-- The catalogue.
--
-- `number` orders images for ever: AUTOINCREMENT never gives a number twice, even after its image was removed.
-- `change` is the count of changes to the catalogue when this row was last written; replicas ask for what came later.
-- `facts` is everything that SQL is never asked for, as JSON: title, tags, measures and so on, described in
-- src/store/sqlite/facts.rs. Images are chosen and searched in memory only, so the one reading that has to be fast is
-- that of all of them, at the start: with a column for each fact, a million of them took twice the time. A fact that a
-- query needs one day becomes a column.
CREATE TABLE images (
    number INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
    change INTEGER NOT NULL UNIQUE,
    id     TEXT    NOT NULL UNIQUE CHECK (length(id) = 20),
    facts  TEXT    NOT NULL CHECK (json_valid(facts))
) STRICT;

-- What was removed, for replicas that still show it; the number only, since nothing else of it is needed.
CREATE TABLE removed (
    change INTEGER PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT;

-- How many changes there were. Every transaction that changes the catalogue raises it, and SQLite lets one
-- transaction write at a time: change numbers follow the order of commits.
CREATE TABLE catalogue_change (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    change   INTEGER NOT NULL
) STRICT;

INSERT INTO catalogue_change (only_row, change) VALUES (1, 0);

-- The visits: one counter, from which visitors get their numbers, and how many came in which hour. No row per visit.
CREATE TABLE visit_total (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    total    INTEGER NOT NULL CHECK (total >= 0),
    since_ms INTEGER NOT NULL
) STRICT;

INSERT INTO visit_total (only_row, total, since_ms) VALUES (1, 0, CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- `hour` counts clock hours in UTC since 1970. An hour without visits has no row.
CREATE TABLE visit_hours (
    hour   INTEGER PRIMARY KEY,
    visits INTEGER NOT NULL CHECK (visits > 0)
) STRICT;

-- What Sirius keeps for itself.
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
