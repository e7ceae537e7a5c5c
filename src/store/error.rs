//! What can go wrong with a database, in words for the operator.

use crate::domain::{ImageId, TooManyTags};

/// A database that cannot be opened; every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder.
    #[error("cannot open the database {path}: {reason}")]
    Unusable {
        /// The database's file.
        path: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Made by a version of Sirius that came after this one.
    #[error(
        "the database {path} was made by a newer Sirius (it has migration {found}, this version knows up to {known}): \
         start that newer version, or choose another data folder with --data-dir"
    )]
    Newer {
        /// The database's file.
        path: String,
        /// The newest migration in the database.
        found: i64,
        /// The newest that this version has.
        known: i64,
    },
    /// A migration failed; nothing of it stays.
    #[error("cannot bring the database {path} up to date: {reason}")]
    Migration {
        /// The database's file.
        path: String,
        /// What the database said.
        reason: String,
    },
}

/// A change to images that was not made, of none of them.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// One of the images cannot be changed so.
    #[error("{id}: {error}")]
    Refused {
        /// Which.
        id: ImageId,
        /// Why.
        error: TooManyTags,
    },
    /// The database did not fulfil it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A request that the database did not fulfil. The text is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, busy or full; asking again later may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database holds something that Sirius did not write.
    #[error("the database holds a value that cannot be read: {0}")]
    Corrupt(String),
}
