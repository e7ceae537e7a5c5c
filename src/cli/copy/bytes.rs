//! The bytes of images.

use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{HumanBytes, HumanCount};

use crate::blob;
use crate::cli::fsck::UNSOUND;
use crate::cli::{complain, fail, progress};
use crate::config::{BlobUrl, Blobs, Config, Delivery};
use crate::services::copy::bytes::{Copying, Event};

/// Copies and compares.
pub(super) async fn copy(from: &BlobUrl, to: &BlobUrl, config: &Config) -> ExitCode {
    let settings = |url: &BlobUrl| Blobs { url: Some(url.clone()), delivery: Delivery::Proxy, ..config.blobs.clone() };
    let from = match blob::open_existing(&settings(from), &config.data.dir).await {
        Ok(from) => from,
        Err(error) => return fail(&error),
    };
    let to = match blob::open_now(&settings(to), &config.data.dir).await {
        Ok(to) => to,
        Err(error) => return fail(&error),
    };
    run(&Copying::new(from, to)).await
}

async fn run(copying: &Copying) -> ExitCode {
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
