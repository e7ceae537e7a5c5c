-- "SiRi": tells `file` and Sirius itself whose database this is, so that no other program's is ever migrated.
PRAGMA application_id = 0x53695269;

-- The catalogue. What the columns mean stands in src/domain/image.rs.
--
-- `number` orders images for ever: AUTOINCREMENT never gives a number twice, even after its image was removed.
-- `change` is the count of changes to the catalogue when this row was last written; replicas ask for what came later.
-- `tags` is a sorted list with commas, which no tag contains. They are searched in memory only, and reading them back
-- from a table of their own would make four rows or more of every image when a million are loaded.
CREATE TABLE images (
    number        INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
    change        INTEGER NOT NULL UNIQUE,
    id            TEXT    NOT NULL UNIQUE CHECK (length(id) = 20),
    created_at_ms INTEGER NOT NULL,
    title         TEXT,
    alt           TEXT,
    tags          TEXT    NOT NULL,
    author        TEXT,
    source_url    TEXT,
    licence       TEXT,
    -- A linked image has an address and nothing below it, a stored one everything that is not called unknown.
    url           TEXT,
    sha256        BLOB CHECK (length(sha256) = 32),
    format        TEXT,
    width         INTEGER CHECK (width > 0),
    height        INTEGER CHECK (height > 0),
    frames        INTEGER CHECK (frames > 0),
    size_bytes    INTEGER CHECK (size_bytes >= 0),
    colour        INTEGER CHECK (colour BETWEEN 0 AND 0xffffff), -- 0xrrggbb; null where unknown
    thumbhash     BLOB,                                          -- null where unknown
    CHECK (
        (url IS NOT NULL AND coalesce(sha256, format, width, height, frames, size_bytes, colour, thumbhash) IS NULL)
        OR (url IS NULL AND sha256 IS NOT NULL AND format IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL
            AND frames IS NOT NULL AND size_bytes IS NOT NULL)
    )
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
