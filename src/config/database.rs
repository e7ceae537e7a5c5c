//! `[database]`: where visits and the catalogue are kept, and how Sirius talks to a server that keeps them.

use std::path::PathBuf;
use std::time::Duration;

use super::database_url::DatabaseUrl;
use super::declare::settings;
use super::kind::{Kind, choice, count, duration, optional, path, switch};

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_mins(10);

settings! {
    /// `[database]`
    pub struct Database {
        /// The database: `postgres://USER:PASSWORD@HOST:5432/NAME`, `mysql://...` for MySQL and MariaDB, or `sqlite:FILE`.
        /// Without it, SQLite in the data folder.
        url: Option<DatabaseUrl> = None => optional(url());
        /// A file that holds the password, instead of one in the address. It is read again for each new connection, so
        /// that the password may change.
        password_file: Option<PathBuf> = None => optional(path());
        /// The most connections to a server; two of them are for writing.
        max_connections: u32 = 10 => count(3..=1_000);
        /// How long a request may wait for a connection that others use.
        acquire_timeout: Duration = Duration::from_secs(3) => duration(SHORTEST..=LONGEST);
        /// How long connecting to a server may take.
        connect_timeout: Duration = Duration::from_secs(3) => duration(SHORTEST..=LONGEST);
        /// How long a server may take for one statement.
        statement_timeout: Duration = Duration::from_secs(10) => duration(SHORTEST..=LONGEST);
        /// How old a connection gets before another takes its place, so that a new server, password or balance is found.
        max_lifetime: Duration = Duration::from_mins(30) => duration(Duration::from_secs(1)..=Duration::from_hours(24));
        /// Whether servers keep statements that were sent before. Off, Sirius gets along with pgbouncer in transaction mode.
        prepared_statements: bool = true => switch();
        /// Whether a start brings the tables up to date (`auto`), or refuses when they are not (`check`; then `sirius migrate`
        /// does it).
        migrate: Migrate = Migrate::Auto => choice(&[("auto", Migrate::Auto), ("check", Migrate::Check)]);
    }
}

/// What a start does about tables that are not up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Brings them up to date.
    Auto,
    /// Refuses.
    Check,
}

/// Whatever is written; what is wrong with it is said later, without its password.
fn url() -> Kind<DatabaseUrl> {
    Kind::text(
        "an address such as \"postgres://USER:PASSWORD@HOST:5432/NAME\"",
        |text| Some(DatabaseUrl::new(text.to_owned())),
        ToString::to_string,
    )
}
