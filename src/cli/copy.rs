//! `sirius copy`: everything from one database to another, and image bytes from one store to another.

mod bytes;
mod rows;

use std::convert::Infallible;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{INVALID, block_on, complain, fail};
use crate::config::{BlobUrl, Config, DatabaseUrl};

/// What `sirius copy` is told.
#[derive(Debug, clap::Args)]
pub(super) struct CopyArgs {
    /// The database to copy from, as in database.url; a server may be using it, and nothing of it is changed
    #[arg(long, value_name = "URL", requires = "to", required_unless_present = "blobs_from", value_parser = url)]
    from: Option<DatabaseUrl>,
    /// The database to copy to: an empty one, or what an earlier copy has left, which is brought up to date
    #[arg(long, value_name = "URL", requires = "from", value_parser = url)]
    to: Option<DatabaseUrl>,
    /// A file with the password of the database to copy from, where that is not in its address
    #[arg(long, value_name = "FILE", requires = "from")]
    from_password_file: Option<PathBuf>,
    /// A file with the password of the database to copy to
    #[arg(long, value_name = "FILE", requires = "to")]
    to_password_file: Option<PathBuf>,
    /// Where the bytes are, as in blobs.url; a server may be using them
    #[arg(long, value_name = "URL", requires = "blobs_to", required_unless_present = "from")]
    blobs_from: Option<BlobUrl>,
    /// Where they are to be, too; what a copy that was interrupted has put there is not copied again
    #[arg(long, value_name = "URL", requires = "blobs_from")]
    blobs_to: Option<BlobUrl>,
}

/// Copies and compares: the database first, so that the bytes of all its images are copied after it. Gives 0 when all of it
/// is there, 3 when bytes are damaged where they come from, 1 when it could not be finished.
pub(super) fn run(arguments: &CopyArgs, config: &Config) -> ExitCode {
    for (flag, url) in [("--from", &arguments.from), ("--to", &arguments.to)] {
        if let Some(Err(reason)) = url.as_ref().map(DatabaseUrl::address) {
            complain(&format!("{flag}: {reason}"));
            return ExitCode::from(INVALID);
        }
    }
    block_on(async {
        if let (Some(from), Some(to)) = (&arguments.from, &arguments.to) {
            let from = (from, arguments.from_password_file.as_deref());
            let to = (to, arguments.to_password_file.as_deref());
            if let Err(error) = rows::copy(from, to, config).await {
                return fail(&error);
            }
        }
        match (&arguments.blobs_from, &arguments.blobs_to) {
            (Some(from), Some(to)) => bytes::copy(from, to, config).await,
            _ => ExitCode::SUCCESS,
        }
    })
}

/// Whatever is written: clap would repeat what it refuses, with the password in it.
#[expect(clippy::unnecessary_wraps, reason = "clap takes functions that may refuse")]
fn url(text: &str) -> Result<DatabaseUrl, Infallible> {
    Ok(DatabaseUrl::new(text.to_owned()))
}
