//! `sirius import`: what the operator sees of an import.

use std::fmt::{self, Write as _};
use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::{block_on, fail};
use crate::app::Opened;
use crate::config::Config;
use crate::domain::Tag;
use crate::services::import::{Event, ImportError, Importer, Report, Settings};
use crate::transform::Pool;

/// How often a line tells how far the import is, where no bar is drawn.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How processes that Ctrl-C has ended report it; 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// What `sirius import` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Folders (with all that is in them, their sub-folders becoming tags), pictures, and manifests.
    ///
    /// A manifest ends in .csv (with a header line) or .jsonl (one object a line). Each line names a picture, by `path`
    /// (relative to the manifest) or by an http or https `url`, and may say its `title`, `alt`, `tags`, `author`,
    /// `source` and `licence`. Files are stored; addresses are linked to, never fetched.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// A tag for every picture; may be repeated.
    #[arg(long = "tag", value_name = "TAG", value_parser = Tag::parse)]
    tags: Vec<Tag>,

    /// Tell what would be added and what is wrong, and store nothing.
    #[arg(long)]
    dry_run: bool,

    /// Take nothing unless everything can be taken: looks at all pictures first.
    #[arg(long)]
    strict: bool,
}

/// Imports and tells about it: progress and rejected pictures on stderr, the counts on stdout.
///
/// Gives 0 when nothing was rejected, 1 when something was or the import could not go on, 130 after Ctrl-C.
pub(super) fn run(arguments: ImportArgs, config: &Config) -> ExitCode {
    let ImportArgs { paths, tags, dry_run, strict } = arguments;
    let mode = Mode { dry_run, strict };
    let pool = Pool::new(config.pictures.clone());
    let settings = Settings { tags, strict };
    block_on(async {
        let (stores, importer) = if dry_run {
            match Opened::database_if_there(config).await {
                Ok(stores) => {
                    let catalogue = stores.as_ref().map(|stores| Arc::clone(&stores.catalogue));
                    (stores, Importer::rehearsal(catalogue, pool, settings))
                }
                Err(error) => return fail(&error),
            }
        } else {
            match Opened::open(config).await {
                Ok(Opened { stores, blobs }) => {
                    let importer = Importer::new(Arc::clone(&stores.catalogue), blobs, pool, settings);
                    (Some(stores), importer)
                }
                Err(error) => return fail(&error),
            }
        };
        let code = import(&importer, paths, mode).await;
        if let Some(stores) = stores {
            stores.connection.close().await;
        }
        code
    })
}

/// What was asked for beside the pictures.
#[derive(Debug, Clone, Copy, Default)]
struct Mode {
    dry_run: bool,
    strict: bool,
}

async fn import(importer: &Importer, paths: Vec<PathBuf>, mode: Mode) -> ExitCode {
    let stop = CancellationToken::new();
    let progress = Progress::new();
    let observer = |event: Event<'_>| progress.tell(event);
    let result = tokio::select! {
        // The import first: what it has to say at its end counts more than another line.
        biased;
        result = importer.import(paths, &stop, &observer) => result,
        () = attend(&progress, &stop) => return ExitCode::from(INTERRUPTED),
    };
    progress.bar.finish_and_clear();
    let (text, code) = closing(&result, mode, progress.started.elapsed());
    match result {
        Ok(_) => print(stdout(), &text),
        Err(_) => print(stderr(), &text),
    }
    ExitCode::from(code)
}

/// Prints how far the import is, and stops it: orderly at the first Ctrl-C, by returning at the second.
async fn attend(progress: &Progress, stop: &CancellationToken) {
    let mut lines = tokio::time::interval_at(tokio::time::Instant::now() + LINE_EVERY, LINE_EVERY);
    loop {
        tokio::select! {
            _ = lines.tick() => progress.tell_how_far(),
            interrupted = tokio::signal::ctrl_c() => {
                if interrupted.is_err() {
                    // No signals here; the import goes on without.
                    std::future::pending::<()>().await;
                }
                if stop.is_cancelled() {
                    progress.bar.finish_and_clear();
                    print(stderr(), "Stopped at once. Repeat the command to go on.");
                    return;
                }
                stop.cancel();
                progress.say("Stopping; pictures under way are finished first. Ctrl-C again stops at once.");
            }
        }
    }
}

/// The last line and the exit code.
fn closing(result: &Result<Report, ImportError>, mode: Mode, elapsed: Duration) -> (String, u8) {
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            let text =
                format!("The import could not go on: {error}. What was added stays; repeat the command to go on.");
            return (text, 1);
        }
    };
    if mode.strict && !mode.dry_run && report.added == 0 && report.rejected > 0 {
        let rejected = counted(report.rejected);
        let text = format!("Nothing was added, as --strict asks: {rejected} cannot be taken.");
        return (text, 1);
    }
    let mut text = String::new();
    let pictures = report.added + report.already_there + report.rejected;
    let verb = match (mode.dry_run, report.added) {
        (true, _) => "would be added",
        (false, 1) => "was added",
        (false, _) => "were added",
    };
    let were = if report.rejected == 1 { "was" } else { "were" };
    // Writing to a text does not fail.
    let _ = write!(
        text,
        "{} {verb}, {} there already, {} {were} rejected ({:.1} s, {} a second).",
        counted(report.added),
        HumanCount(report.already_there),
        HumanCount(report.rejected),
        elapsed.as_secs_f64(),
        HumanCount(per_second(pictures, elapsed)),
    );
    if report.was_stopped {
        text.push_str(" Stopped before the end: repeat the command to go on.");
        return (text, INTERRUPTED);
    }
    (text, u8::from(report.rejected > 0))
}

/// How far an import is: a bar on a terminal, lines elsewhere.
struct Progress {
    bar: ProgressBar,
    draws_bar: bool,
    started: Instant,
    /// When the pictures now under way were begun with, in milliseconds since `started`.
    begun_ms: AtomicU64,
    done: AtomicU64,
    /// 0 until they have been counted.
    total: AtomicU64,
}

impl Progress {
    fn new() -> Self {
        let draws_bar = stderr().is_terminal();
        let bar = if draws_bar {
            ProgressBar::no_length().with_style(style("{spinner} {pos} pictures  {rate}"))
        } else {
            ProgressBar::hidden()
        };
        let [begun_ms, done, total] = [const { AtomicU64::new(0) }; 3];
        Self { bar, draws_bar, started: Instant::now(), begun_ms, done, total }
    }

    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Counted { pictures } => {
                self.total.store(pictures, Ordering::Relaxed);
                self.bar.set_length(pictures);
                self.bar.set_style(style("{bar:30} {pos} of {len}  {rate}  {left}"));
                return;
            }
            Event::AllChecked => {
                let begun_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.begun_ms.store(begun_ms, Ordering::Relaxed);
                self.done.store(0, Ordering::Relaxed);
                self.bar.reset();
                self.say("All pictures can be taken; now they are.");
                return;
            }
            Event::Rejected(rejection) => self.say(&format!("rejected: {}: {}", rejection.place, rejection.reason)),
            Event::Added | Event::AlreadyThere | Event::Checked => {}
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(1);
    }

    /// A line on stderr, above the bar.
    fn say(&self, line: &str) {
        self.bar.suspend(|| print(stderr(), line));
    }

    fn tell_how_far(&self) {
        if self.draws_bar {
            return;
        }
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let begun = Duration::from_millis(self.begun_ms.load(Ordering::Relaxed));
        let rate = per_second(done, self.started.elapsed().saturating_sub(begun));
        let mut line = HumanCount(done).to_string();
        // Writing to a text does not fail.
        if total > 0 {
            let _ = write!(line, " of {}", HumanCount(total));
        }
        let _ = write!(line, " pictures, {} a second", HumanCount(rate));
        if let Some(seconds) = total.saturating_sub(done).checked_div(rate).filter(|_| total > 0) {
            let _ = write!(line, ", {} left", HumanDuration(Duration::from_secs(seconds)));
        }
        print(stderr(), &line);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        // The templates are those above.
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // Writing to a text does not fail.
            let _ = write!(out, "{:.0} a second", state.per_sec());
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{} left", HumanDuration(state.eta()));
        })
}

fn counted(pictures: u64) -> String {
    format!("{} {}", HumanCount(pictures), if pictures == 1 { "picture" } else { "pictures" })
}

fn per_second(pictures: u64, elapsed: Duration) -> u64 {
    u64::try_from(u128::from(pictures) * 1_000_000 / elapsed.as_micros().max(1)).unwrap_or(u64::MAX)
}

/// A terminal or pipe that is gone must not end the import.
fn print(mut out: impl std::io::Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_last_line_counts() {
        let report = Report { added: 1_200, already_there: 3, ..Report::default() };
        let line = "1,200 pictures were added, 3 there already, 0 were rejected (1.0 s, 1,203 a second).";
        assert_eq!(closing(&Ok(report), Mode::default(), SECOND), (line.to_owned(), 0));
        let report = Report { added: 1, rejected: 1, ..Report::default() };
        let line = "1 picture would be added, 0 there already, 1 was rejected (1.0 s, 2 a second).";
        assert_eq!(closing(&Ok(report), Mode { dry_run: true, strict: false }, SECOND), (line.to_owned(), 1));
    }

    #[test]
    fn what_did_not_end_says_that_it_can_be_repeated() {
        let stopped = Ok(Report { was_stopped: true, ..Report::default() });
        let failed = Err(ImportError::Catalogue(StoreError::Unavailable("disk full".to_owned())));
        for (result, code) in [(stopped, 130), (failed, 1)] {
            let (line, given) = closing(&result, Mode::default(), SECOND);
            assert!(line.ends_with("repeat the command to go on."), "{line}");
            assert_eq!(given, code);
        }
    }
}
