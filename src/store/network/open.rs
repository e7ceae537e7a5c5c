//! Opening a database on a server: what is refused, and bringing the rest up to date.

use std::io::ErrorKind;

use sqlx::Connection as _;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};

use super::pool::Door;
use super::{Network, Pools, Trouble, own_words};
use crate::config::{self, DatabaseServer, Migrate};
use crate::store::rows::RowStatements;
use crate::store::settings::CURSOR_KEY;
use crate::store::{Needs, OpenError, Purpose, Stores};
use crate::telemetry::catalogue::values::Database;
use crate::telemetry::events::{DatabaseNewer, DatabaseRisk, DatabaseRisks};

/// Where it is noted which migrations were applied; by this table a database of Sirius' is known.
pub(in crate::store) const MIGRATIONS_TABLE: &str = "sirius_migrations";

const BEGIN: &str = "BEGIN";
const COMMIT: &str = "COMMIT";

/// What a kind of server knows about looking after a database.
pub(in crate::store) trait Upkeep: Network {
    /// All migrations that this version knows.
    fn migrations() -> &'static Migrator;

    /// What is in the database.
    fn applied(on: &mut Self::Connection) -> impl Future<Output = Result<Applied, sqlx::Error>> + Send;

    /// The oldest migration that whoever uses the tables has to know.
    fn oldest(on: &mut Self::Connection) -> impl Future<Output = Result<i64, sqlx::Error>> + Send;

    /// Why a database cannot be used that is empty or Sirius' own.
    fn complaint(on: &mut Self::Connection) -> impl Future<Output = Result<Option<String>, sqlx::Error>> + Send;

    /// Applies what is missing, while nobody else does.
    fn migrate(on: &mut Self::Connection) -> impl Future<Output = Result<(), MigrateError>> + Send;

    /// Keeps something under a name that has nothing yet.
    fn keep_setting(
        on: &mut Self::Connection,
        key: &str,
        value: &[u8],
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Asks about what a migration does first of all, and does not do it; an error is the server's, that it may not be done.
    fn try_migrating(on: &mut Self::Connection) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Asks how a statement would be run, and does not run it; an error is the server's, that it may not be.
    fn explain(on: &mut Self::Connection, sql: &'static str) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// The settings of the server with which a commit may be lost.
    fn risks(on: &mut Self::Connection) -> impl Future<Output = Result<Vec<Risk>, sqlx::Error>> + Send;

    /// What to do about an answer of the server's, where that is known.
    fn refused(error: &dyn DatabaseError, server: &DatabaseServer) -> Option<String>;
}

/// What is in a database.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Applied {
    /// Nothing at all.
    Nothing,
    /// Tables of another program; the name of the first.
    Foreign(String),
    /// A Sirius of this migration.
    UpTo(i64),
}

/// A setting of the server's with which a commit may be lost.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) struct Risk {
    /// Its name.
    setting: &'static str,
    /// Its value.
    value: String,
    /// What it should be.
    safe: &'static str,
}

/// Opens a database on a server, and brings it up to date unless it is only read.
pub(in crate::store) async fn open<N: Upkeep>(
    purpose: Purpose,
    server: &DatabaseServer,
    settings: &config::Database,
) -> Result<Stores, OpenError>
where
    Pools<N>: RowStatements,
{
    // Which of the kind it is, is asked first of all.
    let door = Door::<N>::new(server, settings, Database::Postgresql);
    let mut wire = door.open().await.map_err(|error| unusable::<N>(server, &error))?;
    let on = &mut wire.connection;
    let system = N::system(on).await.map_err(|error| unusable::<N>(server, &error))?;
    let found = accept::<N>(purpose, on, server, settings).await?;
    if purpose == Purpose::CopyFrom {
        let _ = wire.connection.close().await;
        return Pools::<N>::stores(server, settings, system);
    }
    prepare::<N>(on, server, settings, found).await?;
    let risks = risks::<N>(on, settings).await.map_err(|error| unusable::<N>(server, &error))?;
    DatabaseRisks { database: system, risks: risks.len() as u64 }.emit();
    for Risk { setting, value, safe } in &risks {
        DatabaseRisk { setting, value, safe }.emit();
    }
    // It has done its work.
    let _ = wire.connection.close().await;
    Pools::<N>::stores(server, settings, system)
}

/// What Sirius does with its tables, a statement for each privilege; names that MySQL reserves are quoted as it does.
const USES: [&str; 13] = [
    "INSERT INTO images (`change`, id, facts) SELECT `change`, id, facts FROM images",
    "UPDATE images SET id = id",
    "DELETE FROM images",
    "INSERT INTO removed (`change`, number) SELECT `change`, number FROM removed",
    "UPDATE catalogue_change SET `change` = `change`",
    "UPDATE visit_total SET total = total",
    "INSERT INTO visit_hours (hour, visits) SELECT hour, visits FROM visit_hours",
    "UPDATE visit_hours SET visits = visits",
    "INSERT INTO visit_keys (id, number, counted_at_ms) SELECT id, number, counted_at_ms FROM visit_keys",
    "DELETE FROM visit_keys",
    "INSERT INTO visit_batches (id, total) SELECT id, total FROM visit_batches",
    "DELETE FROM visit_batches",
    "INSERT INTO settings (`key`, value) SELECT `key`, value FROM settings",
];

/// Whether the user may do what Sirius does, or bring the database up to date where it is not.
pub(in crate::store) async fn may_be_used<N: Upkeep>(
    server: &DatabaseServer,
    settings: &config::Database,
) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| unusable::<N>(server, &error);
    let mut wire = Door::<N>::new(server, settings, Database::Postgresql).open().await.map_err(failed)?;
    let on = &mut wire.connection;
    if accept::<N>(Purpose::Use, on, server, settings).await? < newest_known::<N>() {
        N::try_migrating(on).await.map_err(failed)?;
    } else {
        for sql in USES {
            N::explain(on, sql).await.map_err(failed)?;
        }
    }
    // It has done its work.
    let _ = wire.connection.close().await;
    Ok(())
}

/// Refuses what cannot be used for this purpose, and gives the newest migration that the database has.
async fn accept<N: Upkeep>(
    purpose: Purpose,
    on: &mut N::Connection,
    server: &DatabaseServer,
    settings: &config::Database,
) -> Result<i64, OpenError> {
    let failed = |error: sqlx::Error| unusable::<N>(server, &error);
    let database = server.to_string();
    let refuse = |reason| Err(OpenError::Unusable { database: database.clone(), reason });
    between::<N>(on, settings, BEGIN).await.map_err(failed)?;
    if let Some(complaint) = N::complaint(on).await.map_err(failed)? {
        return refuse(complaint);
    }
    let known = newest_known::<N>();
    let applied = N::applied(on).await.map_err(failed)?;
    let oldest = match applied {
        Applied::UpTo(found) if found > known => N::oldest(on).await.map_err(failed)?,
        _ => 0,
    };
    between::<N>(on, settings, COMMIT).await.map_err(failed)?;
    match applied {
        Applied::UpTo(found) if found > known => {
            if let Some(needs) = Needs::unmet(purpose, oldest, known) {
                return Err(OpenError::Newer { database, option: "--database-url", found, needs, known });
            }
            DatabaseNewer { database: &database, found, known }.emit();
            Ok(found)
        }
        Applied::UpTo(found) if found < known && purpose == Purpose::CopyFrom => {
            Err(OpenError::Older { database, why: OpenError::ONLY_READ, found, known })
        }
        Applied::Foreign(table) => {
            refuse(format!("it has tables of another program, such as {table:?}; give Sirius a database of its own"))
        }
        Applied::Nothing if purpose == Purpose::CopyFrom => refuse(OpenError::NOTHING_THERE.to_owned()),
        Applied::UpTo(found) => Ok(found),
        Applied::Nothing => Ok(0),
    }
}

async fn prepare<N: Upkeep>(
    on: &mut N::Connection,
    server: &DatabaseServer,
    settings: &config::Database,
    found: i64,
) -> Result<(), OpenError> {
    let known = newest_known::<N>();
    match settings.migrate {
        _ if found >= known => {}
        Migrate::Check => {
            let database = server.to_string();
            return Err(OpenError::Older { database, why: OpenError::MIGRATE_IS_CHECK, found, known });
        }
        Migrate::Auto => {
            N::migrate(on).await.map_err(|error| not_migrated::<N>(server, &error))?;
            // Others may have been faster, of a version that came after this one.
            accept::<N>(Purpose::Use, on, server, settings).await?;
        }
    }
    // Made here for another reason, too: a server that may only be read lets everybody in, and says so now.
    let kept = async {
        between::<N>(on, settings, BEGIN).await?;
        N::keep_setting(on, CURSOR_KEY, &rand::random::<[u8; 32]>()).await?;
        between::<N>(on, settings, COMMIT).await
    };
    kept.await.map_err(|error| unusable::<N>(server, &error))
}

fn newest_known<N: Upkeep>() -> i64 {
    N::migrations().iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// What applies `migrations`, under our own name and lock. Those that came after this version are no reason to fail:
/// whether it gets along with them is asked before and after.
pub(in crate::store) fn migrator(migrations: &'static Migrator) -> Migrator {
    let all = Migrator::with_migrations(migrations.migrations.to_vec());
    let mut ours = Migrator { locking: false, ignore_missing: true, ..all };
    ours.dangerous_set_table_name(MIGRATIONS_TABLE);
    ours
}

async fn risks<N: Upkeep>(on: &mut N::Connection, settings: &config::Database) -> Result<Vec<Risk>, sqlx::Error> {
    between::<N>(on, settings, BEGIN).await?;
    let risks = N::risks(on).await?;
    between::<N>(on, settings, COMMIT).await?;
    Ok(risks)
}

/// Begins or ends a transaction where a pooler may stand between Sirius and the server: it gives what is outside of one to
/// any connection, also the two halves of one statement. Everywhere else a statement is well by itself.
async fn between<N: Upkeep>(
    on: &mut N::Connection,
    settings: &config::Database,
    command: &'static str,
) -> Result<(), sqlx::Error> {
    if settings.prepared_statements { Ok(()) } else { N::text(on, command).await }
}

impl Applied {
    /// From the names of all tables; `newest` asks for the newest migration where there are any.
    pub(in crate::store) async fn of(
        tables: Vec<String>,
        newest: impl AsyncFnOnce() -> Result<i64, sqlx::Error>,
    ) -> Result<Self, sqlx::Error> {
        if tables.iter().any(|table| table == MIGRATIONS_TABLE) {
            return newest().await.map(Self::UpTo);
        }
        Ok(tables.into_iter().next().map_or(Self::Nothing, Self::Foreign))
    }
}

impl Risk {
    /// Those settings that are not as they should be, of which the first word of the list is advised.
    pub(in crate::store) fn among(
        safe: &[(&'static str, &'static [&'static str])],
        found: &[(String, String)],
    ) -> Vec<Self> {
        let value_of = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        safe.iter()
            .filter_map(|&(setting, safe)| {
                let value = value_of(setting).filter(|value| !safe.contains(&value.as_str()))?;
                Some(Self { setting, value: value.clone(), safe: safe.first().copied().unwrap_or_default() })
            })
            .collect()
    }
}

fn not_migrated<N: Upkeep>(server: &DatabaseServer, error: &MigrateError) -> OpenError {
    let (MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) = error else {
        return OpenError::Migration { database: server.to_string(), reason: error.to_string() };
    };
    match source {
        sqlx::Error::Database(answer) => OpenError::Migration {
            database: server.to_string(),
            reason: N::refused(&**answer, server).unwrap_or_else(|| error.to_string()),
        },
        _ => unusable::<N>(server, source),
    }
}

/// Why a server cannot be used, and what to do.
fn unusable<N: Upkeep>(server: &DatabaseServer, error: &sqlx::Error) -> OpenError {
    let database = server.to_string();
    let own_words = own_words(error);
    let (away, reason) = match error {
        sqlx::Error::Database(error) => {
            let no_password = if server.password.is_none() {
                "; database.url has no password, and a file with one is named by database.password_file"
            } else {
                ""
            };
            let known = N::refused(&**error, server);
            (N::trouble(&**error) == Trouble::Away, format!("{}{no_password}", known.unwrap_or(own_words)))
        }
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => {
                (true, "nothing listens there; start the server, or correct the port".to_owned())
            }
            _ => (true, own_words),
        },
        sqlx::Error::Tls(_) => (false, format!("the connection cannot be encrypted: {own_words}")),
        sqlx::Error::Configuration(reason) => (false, reason.to_string()),
        _ => (false, own_words),
    };
    if away { OpenError::Away { database, reason } } else { OpenError::Unusable { database, reason } }
}
