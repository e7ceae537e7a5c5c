//! `sirius images rm`: taking pictures out of the catalogue.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use super::select::{Filters, Named, one_way};
use super::{complain, fail, images, print_line};
use crate::cli::INVALID;
use crate::domain::ImageId;
use crate::services::catalogue::Catalogue;
use crate::store::Stores;

/// What `sirius images rm` is told.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RmArgs {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    filters: Filters,
    /// Tell which images would be removed, and remove none
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before several images are removed
    #[arg(long, short)]
    yes: bool,
}

/// Removes what is named or selected; asks first when it is more than one image.
pub(super) async fn run(arguments: &RmArgs, catalogue: &Catalogue, stores: &Stores) -> ExitCode {
    let selected = match one_way(&arguments.named, &arguments.filters, &catalogue.snapshot()) {
        Ok(selected) => selected,
        Err(error) => {
            complain(&error);
            return ExitCode::from(INVALID);
        }
    };
    let ids: Vec<ImageId> = selected.iter().map(|image| image.facts.id).collect();
    if arguments.dry_run {
        for id in &ids {
            let _ = print_line(&id.to_string());
        }
        complain(&format!("{} would be removed", images(ids.len() as u64)));
        return ExitCode::SUCCESS;
    }
    if ids.len() > 1 && !arguments.yes {
        match confirmed(ids.len() as u64) {
            Some(true) => {}
            Some(false) => {
                complain(&"nothing was removed");
                return ExitCode::FAILURE;
            }
            None => {
                complain(&format!("{} would be removed: confirm it with --yes", images(ids.len() as u64)));
                return ExitCode::from(INVALID);
            }
        }
    }
    match stores.catalogue.remove(&ids).await {
        Ok(removed) => {
            let _ = print_line(&format!("{} removed", images(removed)));
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

/// What the person says; nothing when nobody is there to be asked.
fn confirmed(count: u64) -> Option<bool> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "Remove {} from the catalogue? [y/N] ", images(count));
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
