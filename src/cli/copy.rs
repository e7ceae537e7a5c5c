//! `sirius copy`: image bytes from one store to another.

use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{HumanBytes, HumanCount};

use super::fsck::UNSOUND;
use super::{block_on, complain, fail, progress};
use crate::blob;
use crate::config::{BlobUrl, Blobs, Config, Delivery};
use crate::services::copy::{Copying, Event};

/// What `sirius copy` is told.
#[derive(Debug, clap::Args)]
pub(super) struct CopyArgs {
    /// Where the bytes are, as in blobs.url; a server may be using them
    #[arg(long, value_name = "URL")]
    blobs_from: BlobUrl,
    /// Where they are to be, too; what a copy that was interrupted has put there is not copied again
    #[arg(long, value_name = "URL")]
    blobs_to: BlobUrl,
}

/// Copies and compares, and gives 0 when all of it is there, 3 when some is damaged where it comes from, 1 when it could not
/// be finished.
pub(super) fn run(arguments: &CopyArgs, config: &Config) -> ExitCode {
    let settings = |url: &BlobUrl| Blobs { url: Some(url.clone()), delivery: Delivery::Proxy, ..config.blobs.clone() };
    block_on(async {
        let from = match blob::open_existing(&settings(&arguments.blobs_from), &config.data.dir).await {
            Ok(from) => from,
            Err(error) => return fail(&error),
        };
        let to = match blob::open_now(&settings(&arguments.blobs_to), &config.data.dir).await {
            Ok(to) => to,
            Err(error) => return fail(&error),
        };
        copy(&Copying::new(from, to)).await
    })
}

async fn copy(copying: &Copying) -> ExitCode {
    let bar = progress::bar();
    let observer = |event: Event| match event {
        Event::Copying(objects) => progress::begin(&bar, objects),
        Event::Comparing(objects) => {
            bar.suspend(|| complain(&"everything is copied; now it is compared"));
            progress::begin(&bar, objects);
        }
        Event::Done => bar.inc(1),
        Event::Damaged(digest) => bar.suspend(|| {
            // A pipe that is gone must not end the copy.
            let _ = writeln!(io::stdout().lock(), "damaged   {digest}");
        }),
    };
    let result = copying.run(&observer).await;
    bar.finish_and_clear();
    let report = match result {
        Ok(report) => report,
        Err(error) => return fail(&error),
    };
    complain(&format!(
        "{} objects ({}) were copied, {} were there already, {} are damaged where they come from and were left out; all \
         others were read again and are the same",
        HumanCount(report.copied),
        HumanBytes(report.copied_bytes),
        HumanCount(report.already_there),
        HumanCount(report.damaged),
    ));
    if report.damaged == 0 { ExitCode::SUCCESS } else { ExitCode::from(UNSOUND) }
}
