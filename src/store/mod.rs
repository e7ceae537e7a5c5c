//! What Sirius remembers: the catalogue, the visits and its own settings, behind one small trait per aggregate.
//!
//! What the traits promise is written once, over the `statements` that each database has a folder of; `driver` is what
//! else it brings along, and `network` what database servers have in common. [`open`] opens one. This is the only place
//! that may name sqlx. Image bytes are not here but in `blob`.

mod catalogue;
mod driver;
mod error;
mod facts;
mod mysql;
mod network;
mod postgres;
mod rows;
mod settings;
mod sqlite;
mod statements;
mod transaction;
mod visits;

use std::any::Any;
use std::collections::HashSet;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

pub use error::{EditError, Needs, OpenError, StoreError};
pub use rows::{ChangedRows, CopyState, ImageRow, KeyRow, Moment, RowStore, Standing, VisitRows};

use crate::config::{self, DatabaseAddress, DatabaseUrl, Migrate, ServerKind};
use crate::domain::{Edit, Image, ImageId, ImageNumber, NewImage, Step, Timestamp, VisitKey, VisitNumber, VisitTotal};

/// Opens the database that the settings name, or this file of SQLite's where they name none, and brings it up to date.
///
/// # Errors
/// When it cannot be used or is another program's, when a newer Sirius made it, when it is a copy that was not finished, or
/// when a migration fails. [`OpenError::Away`] where waiting may help.
pub async fn open(settings: &config::Database, file: &Path) -> Result<Stores, OpenError> {
    open_for(Purpose::Use, settings, file).await
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be used.
    Use,
    /// To be copied from: it has to be there, and nothing of it is changed.
    CopyFrom,
    /// To be copied to: it is made and brought up to date, and may be a copy that was not finished.
    CopyTo,
}

/// The same for a purpose.
///
/// # Errors
/// The same; for a copy it is an error, too, when there is nothing to copy from.
pub async fn open_for(purpose: Purpose, settings: &config::Database, file: &Path) -> Result<Stores, OpenError> {
    let address = settings.url.as_ref().map(DatabaseUrl::address).transpose();
    match address.map_err(|reason| OpenError::Unusable { database: "of database.url".to_owned(), reason })? {
        None => open_file(purpose, file, settings.migrate).await,
        Some(DatabaseAddress::File(file)) => open_file(purpose, &file, settings.migrate).await,
        Some(DatabaseAddress::Server(server)) => {
            let stores = match server.kind {
                ServerKind::Postgres => {
                    Box::pin(network::open::open::<sqlx::Postgres>(purpose, &server, settings)).await
                }
                ServerKind::MySql => Box::pin(network::open::open::<sqlx::MySql>(purpose, &server, settings)).await,
            };
            finished(purpose, stores?, || server.to_string()).await
        }
    }
}

/// Whether the database that the settings name, and that is there, lets this user do what Sirius does; changes nothing.
///
/// # Errors
/// The first thing that it may not do, or why that cannot be asked.
pub async fn may_be_used(settings: &config::Database, file: &Path) -> Result<(), OpenError> {
    let address = settings.url.as_ref().map(DatabaseUrl::address).transpose();
    match address.map_err(|reason| OpenError::Unusable { database: "of database.url".to_owned(), reason })? {
        None => sqlite::may_be_used(file).await,
        Some(DatabaseAddress::File(file)) => sqlite::may_be_used(&file).await,
        Some(DatabaseAddress::Server(server)) => match server.kind {
            ServerKind::Postgres => Box::pin(network::open::may_be_used::<sqlx::Postgres>(&server, settings)).await,
            ServerKind::MySql => Box::pin(network::open::may_be_used::<sqlx::MySql>(&server, settings)).await,
        },
    }
}

/// Opens the database in this file, makes it where there is none, and brings it up to date.
///
/// # Errors
/// When the file cannot be used, when a newer Sirius made it, or when a migration fails, which then leaves no trace.
pub async fn connect(database: &Path) -> Result<Stores, OpenError> {
    open_file(Purpose::Use, database, Migrate::Auto).await
}

async fn open_file(purpose: Purpose, file: &Path, migrate: Migrate) -> Result<Stores, OpenError> {
    let stores = Box::pin(sqlite::open(purpose, file, migrate)).await?;
    finished(purpose, stores, || file.display().to_string()).await
}

/// Refuses what is the beginning of a copy, and would give numbers away that the source has given.
async fn finished(purpose: Purpose, stores: Stores, database: impl Fn() -> String) -> Result<Stores, OpenError> {
    let refused = match stores.rows.is_unfinished_copy().await {
        _ if purpose == Purpose::CopyTo => return Ok(stores),
        Ok(false) => return Ok(stores),
        Ok(true) => OpenError::HalfCopied { database: database() },
        Err(StoreError::Corrupt(reason)) => OpenError::Unusable { database: database(), reason },
        Err(error) => OpenError::Away { database: database(), reason: error.to_string() },
    };
    stores.connection.close().await;
    Err(refused)
}

/// The catalogue's images.
#[async_trait]
pub trait CatalogueStore: Send + Sync {
    /// Adds images in one durable transaction, in their order; those whose id is there already are left as they are.
    ///
    /// Gives back, in the same order, whether each was added.
    async fn add(&self, images: &[NewImage]) -> Result<Vec<bool>, StoreError>;

    /// Removes images in one durable transaction and gives back how many there were.
    ///
    /// Their numbers are never given again. Adding the same content later makes a new entry.
    async fn remove(&self, ids: &[ImageId]) -> Result<u64, StoreError>;

    /// Makes the same change to all of these images in one durable transaction, and gives back how many are different
    /// now; ids that are not there are passed over.
    ///
    /// Their numbers and the time of their adding stay.
    async fn edit(&self, ids: &[ImageId], edit: &Edit) -> Result<u64, EditError>;

    /// Which of these ids the catalogue has.
    async fn known(&self, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError>;

    /// What has changed after the change `since` (0 for all), oldest first, at most about `limit` images.
    ///
    /// Read in one transaction: applying the answers in turn until [`Changes::complete`] gives exactly the catalogue
    /// of one moment. A database that has not reached `since`, because an older backup was restored, answers with
    /// nothing and says by `up_to` where it is.
    async fn changes(&self, since: ChangeNumber, limit: u32) -> Result<Changes, StoreError>;
}

/// The count of changes to the catalogue when something happened; given in the order of commits, without reordering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ChangeNumber(pub u64);

/// A stretch of the catalogue's history.
#[derive(Debug, Default)]
pub struct Changes {
    /// Added (or changed) images; a later entry for the same number replaces an earlier one.
    pub images: Vec<Image>,
    /// The numbers of removed images; to be applied after `images`.
    pub removed: Vec<ImageNumber>,
    /// Where to go on from.
    pub up_to: ChangeNumber,
    /// Whether there was nothing more when this was read.
    pub complete: bool,
}

/// The count of visits.
#[async_trait]
pub trait VisitStore: Send + Sync {
    /// Counts `visits` of them in one durable transaction, in the clock hour of `at`, and gives back the number of
    /// the last one: they have the numbers `last - visits + 1 ..= last`.
    async fn count(&self, visits: NonZeroU64, at: Timestamp) -> Result<VisitNumber, StoreError>;

    /// The same for visits that their clients have named, each by a key that is here once, and for `others` beside them.
    /// A visit whose key was counted before is not counted again.
    async fn count_keyed(&self, keys: &[VisitKey], others: u64, at: Timestamp) -> Result<Keyed, StoreError>;

    /// Forgets keys of visits that were counted before a moment, at most some thousands; gives how many.
    async fn forget_keys(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// How many have been counted, and since when.
    async fn total(&self) -> Result<VisitTotal, StoreError>;

    /// The counts of the steps that begin in `from..to` and have any, oldest first.
    async fn history(&self, from: Timestamp, to: Timestamp, step: Step) -> Result<Vec<(Timestamp, u64)>, StoreError>;
}

/// Visits that were counted, some of them by keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The visit of each key, in their order.
    pub visits: Vec<KeyedVisit>,
    /// The number of the first of the others; if there are any, these have the numbers from here on.
    pub first_of_others: VisitNumber,
}

/// The visit of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedVisit {
    /// Its number.
    pub number: VisitNumber,
    /// When it was counted.
    pub at: Timestamp,
    /// Whether that was now.
    pub is_new: bool,
}

/// What Sirius keeps for itself.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// The key that authenticates cursors: made at the first start, the same for every replica ever after.
    async fn cursor_key(&self) -> Result<[u8; 32], StoreError>;

    /// Whether the bundled pictures have been offered to this database before; `false` exactly until
    /// [`SettingsStore::bundled_were_added`] has been called once.
    async fn had_bundled(&self) -> Result<bool, StoreError>;

    /// Remembers that the bundled pictures are in, so that those an operator removes stay removed.
    async fn bundled_were_added(&self) -> Result<(), StoreError>;
}

/// A connected database.
#[derive(Clone)]
pub struct Stores {
    /// The catalogue.
    pub catalogue: Arc<dyn CatalogueStore>,
    /// The visits.
    pub visits: Arc<dyn VisitStore>,
    /// Sirius' own.
    pub settings: Arc<dyn SettingsStore>,
    /// All of it, as it is.
    pub rows: Arc<dyn RowStore>,
    /// Looks after the connections.
    pub connection: Arc<dyn Connection>,
}

/// A database as something that is there or not.
#[async_trait]
pub trait Connection: Send + Sync {
    /// Asks the database for the least it can answer.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Listens until this is dropped: calls `heard` when the database tells that the catalogue may have changed. A database
    /// that tells nothing, or not now, never does.
    async fn listen(&self, heard: &(dyn Fn() + Send + Sync));

    /// Takes every connection as soon as it is free, and holds them all until what this gives is dropped. For faults on
    /// purpose; ends early, with those that it has, when no more can be had.
    async fn take_all(&self) -> Box<dyn Any + Send>;

    /// Gives the connections back. What is asked afterwards fails.
    async fn close(&self);
}
