//! `sirius migrate`: bringing the database up to date before a server does, or in its stead.

use std::process::ExitCode;

use super::{block_on, complain, fail};
use crate::app::Opened;
use crate::config::{Config, Migrate};

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
