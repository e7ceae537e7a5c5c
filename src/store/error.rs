//! What can go wrong with a database, in words for the operator.

use crate::domain::{ImageId, TooManyTags};

/// A database that cannot be opened; every message says what to do, and none has a password in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not what it should be, or does not let Sirius in.
    #[error("cannot open the database {database}: {reason}")]
    Unusable {
        /// Its file or its address.
        database: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A server that does not answer, or not yet: waiting may help.
    #[error("cannot reach the database {database}: {reason}")]
    Away {
        /// Its address.
        database: String,
        /// What happened.
        reason: String,
    },
    /// Made by a version of Sirius that came after this one.
    #[error(
        "the database {database} was made by a newer Sirius (it has migration {found}, this version knows up to {known}): \
         start that newer version, or choose another database with {option}"
    )]
    Newer {
        /// Its file or its address.
        database: String,
        /// What chooses another.
        option: &'static str,
        /// The newest migration in the database.
        found: i64,
        /// The newest that this version has.
        known: i64,
    },
    /// It is not up to date, and this start is not to change that.
    #[error(
        "the database {database} is not up to date (it has migration {found}, this version needs {known}), and \
         database.migrate is \"check\": run `sirius migrate`"
    )]
    Older {
        /// Its file or its address.
        database: String,
        /// The newest migration in the database.
        found: i64,
        /// The newest that this version has.
        known: i64,
    },
    /// A migration failed; where the database can undo such things, nothing of it stays.
    #[error("cannot bring the database {database} up to date: {reason}")]
    Migration {
        /// Its file or its address.
        database: String,
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
    /// Somebody else was faster. Nothing was changed; asking again at once may help.
    #[error("the database gave way to another writer: {0}")]
    Conflict(String),
    /// The database holds something that Sirius did not write.
    #[error("the database holds a value that cannot be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// What happened, without the words that say of what kind it is.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Unavailable(reason) | Self::Conflict(reason) | Self::Corrupt(reason) => reason,
        }
    }
}
