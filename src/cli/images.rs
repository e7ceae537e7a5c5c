//! `sirius images rm`: taking pictures out of the catalogue.

use std::io::{self, Write};
use std::process::ExitCode;

use super::{block_on, fail};
use crate::app::Opened;
use crate::config::Config;
use crate::domain::ImageId;

/// `sirius images ...`
#[derive(clap::Subcommand)]
pub(super) enum ImagesCommand {
    /// Remove images from the catalogue; a running server stops serving them within 2 seconds
    Rm {
        /// The images' ids, as the API shows them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<ImageId>,
    },
}

/// Does it and says how many there were; fails if one was not there.
pub(super) fn run(command: ImagesCommand, config: &Config) -> ExitCode {
    let ImagesCommand::Rm { ids } = command;
    block_on(async {
        let opened = match Opened::open(&config.data.dir).await {
            Ok(opened) => opened,
            Err(error) => return fail(&error),
        };
        let removed = opened.stores.catalogue.remove(&ids).await;
        opened.stores.connection.close().await;
        match removed {
            Ok(removed) => {
                let _ = writeln!(io::stdout().lock(), "{removed} of {} images removed", ids.len());
                if removed == ids.len() as u64 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(error) => fail(&error),
        }
    })
}
