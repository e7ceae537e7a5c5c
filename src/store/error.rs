//! What can go wrong with a database, in words for the operator.

use super::Purpose;
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
        "the database {database} was made by a newer Sirius (its tables are those of migration {found}, {needs}; this version \
         knows up to {known}): start that newer version, or choose another database with {option}"
    )]
    Newer {
        /// Its file or its address.
        database: String,
        /// What chooses another.
        option: &'static str,
        /// The newest migration in the database.
        found: i64,
        /// Who may use it nevertheless.
        needs: Needs,
        /// The newest that this version has.
        known: i64,
    },
    /// It is not up to date, and this start is not to change that.
    #[error(
        "the database {database} is not up to date (it has migration {found}, this version needs {known}), and {why}: run \
         `sirius migrate`"
    )]
    Older {
        /// Its file or its address.
        database: String,
        /// Why that is not done now.
        why: &'static str,
        /// The newest migration in the database.
        found: i64,
        /// The newest that this version has.
        known: i64,
    },
    /// A copy that was begun and not finished.
    #[error(
        "the database {database} is the beginning of a copy: repeat the `sirius copy` that began it, or choose another \
         database"
    )]
    HalfCopied {
        /// Its file or its address.
        database: String,
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

/// What a Sirius has to know for tables that are newer than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Needs {
    /// At least this migration.
    #[error("and whoever uses them has to know migration {0}")]
    AtLeast(i64),
    /// All: a copy would leave out what it does not know.
    #[error("and whoever copies them has to know all of it")]
    Everything,
}

impl Needs {
    /// What is needed, if a version that knows up to a migration does not know enough.
    pub(super) fn unmet(purpose: Purpose, oldest: i64, known: i64) -> Option<Self> {
        match purpose {
            Purpose::CopyFrom | Purpose::CopyTo => Some(Self::Everything),
            Purpose::Use => (oldest > known).then_some(Self::AtLeast(oldest)),
        }
    }
}

impl OpenError {
    /// Why nothing is changed where the settings say so.
    pub(super) const MIGRATE_IS_CHECK: &'static str = "database.migrate is \"check\"";
    /// Why nothing is changed where a copy comes from.
    pub(super) const ONLY_READ: &'static str = "what is copied from is not changed";
    /// What is wrong with a database to copy from that has no tables.
    pub(super) const NOTHING_THERE: &'static str = "there is nothing of Sirius' in it to be copied";
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
