-- The catalogue. What each table and column means is said in migrations/sqlite/0001_foundation.sql; here stands what is
-- different on a server, where several replicas write at once.
--
-- Ids are compared byte by byte, whatever the database's language. `json` keeps its text as it was written.
CREATE TABLE images (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
    change bigint NOT NULL UNIQUE,
    id     text COLLATE "C" NOT NULL UNIQUE CHECK (length(id) = 20),
    facts  json NOT NULL
);

CREATE TABLE removed (
    change bigint PRIMARY KEY,
    number bigint NOT NULL
);

-- Every transaction that changes the catalogue locks this row before it does anything else and until it is committed:
-- change numbers follow the order of commits, and a reader never sees a change without those before it.
CREATE TABLE catalogue_change (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    change   bigint NOT NULL
);

INSERT INTO catalogue_change (only_row, change) VALUES (1, 0);

-- The one row that all replicas write. Half of its page stays free, so that an update finds room beside the row and no
-- index has to change.
CREATE TABLE visit_total (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    total    bigint NOT NULL CHECK (total >= 0),
    since_ms bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO visit_total (only_row, total, since_ms)
VALUES (1, 0, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

CREATE TABLE visit_hours (
    hour   bigint PRIMARY KEY,
    visits bigint NOT NULL CHECK (visits > 0)
) WITH (fillfactor = 50);

-- Batches of visits whose outcome somebody may still ask for: the total that each came to, or 0 for one that is void and
-- can never be counted. src/store/network/counting.rs tells the story.
CREATE TABLE visit_batches (
    id      bytea PRIMARY KEY CHECK (length(id) = 16),
    total   bigint NOT NULL CHECK (total >= 0),
    made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE settings (
    key   text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);
