//! SQLite's errors in words.

use crate::store::StoreError;
use crate::telemetry::catalogue::values::DatabaseFault;

/// The primary result codes that are told apart; <https://www.sqlite.org/rescode.html>.
pub(super) mod code {
    pub const PERM: i32 = 3;
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const READONLY: i32 = 8;
    pub const IOERR: i32 = 10;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const CONSTRAINT: i32 = 19;
    pub const AUTH: i32 = 23;
    pub const NOTADB: i32 = 26;
}

/// The primary result code, where SQLite gave one.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// A request that SQLite did not fulfil.
pub(super) fn unavailable(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolClosed => StoreError::Unavailable("it has been closed".to_owned()),
        sqlx::Error::PoolTimedOut => {
            StoreError::Unavailable("every connection is in use; the disk may have stopped answering".to_owned())
        }
        sqlx::Error::ColumnDecode { index, source } => StoreError::Corrupt(format!("column {index}: {source}")),
        // Of a file no error comes this way but one on purpose.
        sqlx::Error::Io(error) => StoreError::Unavailable(error.to_string()),
        sqlx::Error::RowNotFound => StoreError::Corrupt("a row that is always there is missing".to_owned()),
        error => match primary_code(&error) {
            Some(code::CORRUPT | code::NOTADB) => {
                StoreError::Corrupt(format!("the file is damaged; restore it from a backup ({error})"))
            }
            Some(code::CONSTRAINT) => StoreError::Conflict(error.to_string()),
            Some(code) => StoreError::Unavailable(format!("{} ({error})", reason(code))),
            None => StoreError::Unavailable(error.to_string()),
        },
    }
}

/// The kind of an error, for metrics.
pub(super) fn fault(error: &sqlx::Error) -> DatabaseFault {
    match error {
        sqlx::Error::PoolClosed => DatabaseFault::Closed,
        sqlx::Error::PoolTimedOut => DatabaseFault::Timeout,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => DatabaseFault::Corrupt,
        sqlx::Error::Io(_) => DatabaseFault::Io,
        error => match primary_code(error) {
            Some(code::CORRUPT | code::NOTADB) => DatabaseFault::Corrupt,
            Some(code::BUSY | code::LOCKED) => DatabaseFault::Busy,
            Some(code::FULL) => DatabaseFault::Full,
            Some(code::READONLY | code::PERM | code::AUTH | code::CANTOPEN) => DatabaseFault::Denied,
            Some(code::IOERR) => DatabaseFault::Io,
            _ => DatabaseFault::Other,
        },
    }
}

/// What is wrong and what to do.
fn reason(primary: i32) -> &'static str {
    match primary {
        code::BUSY | code::LOCKED => {
            "another process has been writing to it for too long; stop that process or wait for it"
        }
        code::FULL => "the disk is full; free some space",
        code::READONLY => "the file or its disk is read-only; make it writable for the user that runs Sirius",
        code::PERM | code::AUTH => {
            "access to the file is denied; give the user that runs Sirius the right to write to it"
        }
        code::CANTOPEN => {
            "the file cannot be opened; put it back, or give the user that runs Sirius the right to write to it"
        }
        code::IOERR => "the disk failed to read or write; check it",
        _ => "SQLite refused",
    }
}
