//! `sirius fsck`: whether the catalogue and the byte store agree.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use super::{block_on, complain, fail, progress};
use crate::app::Opened;
use crate::config::{Config, duration};
use crate::services::fsck::{Event, Finding, Fsck, FsckError, Options, Report};

/// The exit code when something is wrong that was not mended.
pub(super) const UNSOUND: u8 = 3;

/// What `sirius fsck` is told.
#[derive(Debug, clap::Args)]
pub(super) struct FsckArgs {
    /// Only look whether bytes are there and how many they are; do not read them
    #[arg(long)]
    quick: bool,
    /// Remove bytes that no image of the catalogue has and that were put long ago; nothing else is ever removed
    #[arg(long)]
    repair: bool,
    /// How long ago bytes were put that --repair removes, such as "90m" or "7d"; an import that takes longer loses none
    /// of its bytes only if this is longer still
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = age)]
    older_than: Duration,
    /// One JSON object a line for each finding, and one with the counts at the end
    #[arg(long)]
    json: bool,
}

/// Checks, and gives 0 when nothing is wrong (any more), 3 when something is, 1 when it could not be finished.
pub(super) fn run(arguments: &FsckArgs, config: &Config) -> ExitCode {
    let options = Options { read: !arguments.quick, repair: arguments.repair, older_than: arguments.older_than };
    block_on(async {
        match Opened::database_if_there(config).await {
            Ok(Some(stores)) => stores.connection.close().await,
            Ok(None) => return fail(&format!("there is no database in {}", config.data.dir.display())),
            Err(error) => return fail(&error),
        }
        let Opened { stores, blobs } = match Opened::open(config).await {
            Ok(opened) => opened,
            Err(error) => return fail(&error),
        };
        let fsck = Fsck::new(stores.catalogue, blobs);
        let code = check(&fsck, options, arguments.json).await;
        stores.connection.close().await;
        code
    })
}

async fn check(fsck: &Fsck, options: Options, json: bool) -> ExitCode {
    let bar = progress::bar();
    let observer = |event: Event<'_>| match event {
        Event::Images(images) => progress::begin(&bar, images),
        Event::Checked => bar.inc(1),
        Event::Found(finding) => bar.suspend(|| print(&line(finding, json))),
        Event::Removed(object) => bar.suspend(|| {
            print(&if json {
                json!({"removed": object.digest.to_string(), "size_bytes": object.size_bytes}).to_string()
            } else {
                format!("removed   {}", object.digest)
            });
        }),
    };
    let result = fsck.run(options, &observer).await;
    bar.finish_and_clear();
    closing(&result, options, json)
}

fn closing(result: &Result<Report, FsckError>, options: Options, json: bool) -> ExitCode {
    let report = match result {
        Ok(report) => report,
        Err(error) => return fail(error),
    };
    if json {
        print(&summary(report).to_string());
    } else {
        complain(&in_words(report, options));
    }
    if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(UNSOUND) }
}

/// A finding's line.
fn line(finding: &Finding, json: bool) -> String {
    if json {
        return match finding {
            Finding::Missing(id, digest) => {
                json!({"finding": "missing", "image": id.to_string(), "digest": digest.to_string()})
            }
            Finding::Damaged(id, digest) => {
                json!({"finding": "damaged", "image": id.to_string(), "digest": digest.to_string()})
            }
            Finding::Orphan(object) => {
                json!({"finding": "orphan", "digest": object.digest.to_string(), "size_bytes": object.size_bytes})
            }
            Finding::Young(object) => {
                json!({"finding": "young", "digest": object.digest.to_string(), "size_bytes": object.size_bytes})
            }
            Finding::Stranger(path) => json!({"finding": "stranger", "path": path}),
        }
        .to_string();
    }
    match finding {
        Finding::Missing(id, digest) => format!("missing   {digest}  of image {id}"),
        Finding::Damaged(id, digest) => format!("damaged   {digest}  of image {id}"),
        Finding::Orphan(object) => format!("orphan    {}  {}", object.digest, HumanBytes(object.size_bytes)),
        Finding::Young(object) => format!("young     {}  {}", object.digest, HumanBytes(object.size_bytes)),
        Finding::Stranger(path) => format!("stranger  {path}"),
    }
}

/// `{"sound": true, "images": ..., ...}`
fn summary(report: &Report) -> Value {
    json!({
        "sound": report.is_sound(),
        "images": report.images,
        "objects": report.objects,
        "missing": report.missing,
        "damaged": report.damaged,
        "orphans": report.orphans,
        "orphan_bytes": report.orphan_bytes,
        "young": report.young,
        "strangers": report.strangers,
        "removed": report.removed,
    })
}

fn in_words(report: &Report, options: Options) -> String {
    let mut text = format!(
        "{} images and {} objects were compared{}: {} without bytes, {} with wrong bytes, {} objects ({}) without an image",
        HumanCount(report.images),
        HumanCount(report.objects),
        if options.read { " and read" } else { "" },
        HumanCount(report.missing),
        HumanCount(report.damaged),
        HumanCount(report.orphans),
        HumanBytes(report.orphan_bytes),
    );
    // Writing to a text does not fail.
    if report.young > 0 {
        let _ = write!(text, ", {} more that are too young to tell", HumanCount(report.young));
    }
    if options.repair {
        let _ = write!(text, "; {} were removed", HumanCount(report.removed));
    } else if report.orphans > 0 {
        text.push_str("; --repair removes these objects");
    }
    if report.missing + report.damaged > 0 {
        text.push_str("; put these bytes back from a backup, or remove the images and import the pictures again");
    }
    text
}

fn age(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "allowed is a whole number with a unit, such as \"90m\", \"24h\" or \"7d\"".to_owned())
}

/// A pipe that is gone must not end the check.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
