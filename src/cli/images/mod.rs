//! `sirius images ...`: looking at the catalogue and changing it, beside a running server or without one.

mod edit;
mod links;
mod list;
mod rm;
mod select;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use super::{block_on, complain, fail};
use crate::app::Opened;
use crate::config::Config;
use crate::services::catalogue::Catalogue;
use crate::store::Stores;

/// `sirius images ...`
#[derive(clap::Subcommand)]
pub(super) enum ImagesCommand {
    /// List images, the newest first
    List(list::ListArgs),
    /// Show all that is known of images
    Show(list::ShowArgs),
    /// Change what is said of images; a running server shows it within 2 seconds
    Edit(edit::EditArgs),
    /// Remove images from the catalogue; a running server stops serving them within 2 seconds
    Rm(rm::RmArgs),
    /// Ask the addresses of linked images whether they still have a picture
    ///
    /// This is the only time that Sirius itself goes to another server. Private addresses are not asked.
    CheckLinks(links::CheckLinksArgs),
}

/// Does it, and gives 0 when all of it could be done, 1 when something could not, 2 when the command made no sense.
pub(super) fn run(command: ImagesCommand, config: &Config) -> ExitCode {
    block_on(async {
        let Opened { stores, .. } = match Opened::open(config).await {
            Ok(opened) => opened,
            Err(error) => return fail(&error),
        };
        let code = match load(&stores).await {
            Ok(catalogue) => match command {
                ImagesCommand::List(arguments) => list::list(&arguments, &catalogue),
                ImagesCommand::Show(arguments) => list::show(&arguments, &catalogue),
                ImagesCommand::Edit(arguments) => edit::run(arguments, &catalogue, &stores).await,
                ImagesCommand::Rm(arguments) => rm::run(&arguments, &catalogue, &stores).await,
                ImagesCommand::CheckLinks(arguments) => links::run(&arguments, &catalogue).await,
            },
            Err(error) => fail(&error),
        };
        stores.connection.close().await;
        code
    })
}

async fn load(stores: &Stores) -> Result<Catalogue, crate::store::StoreError> {
    let catalogue = Catalogue::new(Arc::clone(&stores.catalogue));
    catalogue.refresh().await?;
    Ok(catalogue)
}

/// Prints a line of what was asked for; fails when nobody reads it any more, as behind `head`.
fn print_line(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// The words for a count of images.
fn images(count: u64) -> String {
    if count == 1 { "1 image".to_owned() } else { format!("{count} images") }
}
