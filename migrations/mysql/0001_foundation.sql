-- The catalogue, for MySQL and MariaDB. What each table and column means is said in migrations/sqlite/0001_foundation.sql
-- and in migrations/postgres.
--
-- Neither can undo the making of a table: a migration that was interrupted is run again from its beginning, so every
-- statement here does nothing where it was done before. What texts are made of is said for each table, whatever the
-- server's and the database's own settings are. MariaDB takes no CHECK of a number that it gives itself.
CREATE TABLE IF NOT EXISTS images (
    number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `change` BIGINT NOT NULL UNIQUE,
    id     CHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE CHECK (length(id) = 20),
    facts  LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(facts))
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS removed (
    `change` BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS catalogue_change (
    only_row INT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    `change` BIGINT NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO catalogue_change (only_row, `change`) VALUES (1, 0);

CREATE TABLE IF NOT EXISTS visit_total (
    only_row INT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    total    BIGINT NOT NULL CHECK (total >= 0),
    since_ms BIGINT NOT NULL
) ENGINE = InnoDB;

-- Seconds since 1970 are the same in every time zone.
INSERT IGNORE INTO visit_total (only_row, total, since_ms)
VALUES (1, 0, CAST(floor(unix_timestamp(now(3)) * 1000) AS SIGNED));

CREATE TABLE IF NOT EXISTS visit_hours (
    hour   BIGINT NOT NULL PRIMARY KEY,
    visits BIGINT NOT NULL CHECK (visits > 0)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS visit_batches (
    id      BINARY(16) NOT NULL PRIMARY KEY,
    total   BIGINT NOT NULL CHECK (total >= 0),
    made_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS settings (
    `key` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    value VARBINARY(255) NOT NULL
) ENGINE = InnoDB;
