//! `sirius migrate`: bringing the database up to date before a server does, or in its stead.

use std::process::ExitCode;

use super::{block_on, complain, fail};
use crate::app::{Opened, StartError};
use crate::config::{Config, Migrate};
use crate::store::OpenError;

/// Brings it up to date, and makes it where there is none.
pub(super) fn run(mut config: Config) -> ExitCode {
    config.database.migrate = Migrate::Auto;
    block_on(async {
        match Opened::open(&config).await {
            Ok(Opened { stores, .. }) => {
                stores.connection.close().await;
                complain(&"the database is up to date");
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error),
        }
    })
}

/// Tries whether the database can be used, and changes nothing; gives what there is to say of it.
///
/// # Errors
/// When it cannot be used.
pub(super) async fn look(config: &Config) -> Result<&'static str, StartError> {
    let mut careful = config.clone();
    careful.database.migrate = Migrate::Check;
    match Opened::database_if_there(&careful).await {
        Ok(None) => Ok("There is no database yet; the first start makes it."),
        Ok(Some(stores)) => {
            stores.connection.ping().await?;
            stores.connection.close().await;
            Ok("The database can be used, and is up to date.")
        }
        Err(StartError::Database(OpenError::Older { .. })) if config.database.migrate == Migrate::Auto => {
            Ok("The database can be reached; the next start brings it up to date.")
        }
        Err(error) => Err(error),
    }
}
