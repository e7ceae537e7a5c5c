//! The command line: what `sirius` understands, and what an operator reads of it.
//!
//! A command here reads its arguments, calls the library and reports. Only here and in `cli/` is clap named.

mod config;
mod copy;
mod fsck;
mod healthcheck;
mod images;
mod import;
mod migrate;
mod openapi;
mod progress;
mod serve;

use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

use self::config::{ConfigCommand, SettingsArgs};
use self::copy::CopyArgs;
use self::fsck::FsckArgs;
use self::images::ImagesCommand;
use self::import::ImportArgs;
use crate::config::{Environment, Loaded, Sources};
use crate::telemetry::events::Advice;

/// Serves random images of your own and counts visits.
#[derive(Parser)]
#[command(name = "sirius", version, arg_required_else_help = false, subcommand_negates_reqs = true)]
struct Line {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve images and count visits [the default]
    Serve,
    /// Add pictures: folders, files, or manifests (.csv, .jsonl)
    Import(ImportArgs),
    /// Bring the database up to date; several at once take turns
    Migrate,
    /// Manage the catalogue
    #[command(subcommand)]
    Images(ImagesCommand),
    /// Copy a database to another, image bytes from one store to another, or both; exit code 3 when bytes are damaged
    Copy(CopyArgs),
    /// Check that the catalogue and the byte store agree; exit code 3 when they do not
    Fsck(FsckArgs),
    /// Ask the Sirius that runs with these settings whether it is ready
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// The exit code of a command line or settings that are not valid, as clap has it.
const INVALID: u8 = 2;

/// Does what a command line says, and gives the process' exit code: 0, 1 if it failed, 2 if it was not understood.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Environment) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version are errors to clap, too; it prints each where it belongs.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(INVALID));
        }
    };
    let sources = line.settings.sources(environment);
    match line.command.unwrap_or(Command::Serve) {
        Command::Serve => with_settings(&sources, serve::run),
        Command::Import(arguments) => with_settings(&sources, |loaded| import::run(arguments, &loaded.config)),
        Command::Migrate => with_settings(&sources, |loaded| migrate::run(loaded.config)),
        Command::Images(command) => with_settings(&sources, |loaded| images::run(command, &loaded.config)),
        Command::Copy(arguments) => with_settings(&sources, |loaded| copy::run(&arguments, &loaded.config)),
        Command::Fsck(arguments) => with_settings(&sources, |loaded| fsck::run(&arguments, &loaded.config)),
        Command::Healthcheck => healthcheck::run(&sources),
        Command::Openapi => openapi::run(),
        Command::Config(command) => config::run(&command, &sources).unwrap_or_else(|error| fail(&error)),
    }
}

/// Runs a command with the settings in force, or says everything that is wrong with them.
fn with_settings(sources: &Sources, command: impl FnOnce(Loaded) -> ExitCode) -> ExitCode {
    match crate::config::load(sources) {
        Ok(loaded) => command(loaded),
        Err(errors) => {
            complain(&errors);
            ExitCode::from(INVALID)
        }
    }
}

/// Runs a command's future to its end.
fn block_on(future: impl Future<Output = ExitCode>) -> ExitCode {
    match runtime(std::thread::available_parallelism().map_or(1, NonZero::get)).build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => fail(&format!("cannot start: {error}")),
    }
}

/// What runs futures on so many cores.
///
/// More tasks that are ready than its 256 places a worker puts into a queue that all share, and takes one from there for
/// each dozen of its own, as long as it has any: on a busy server, whoever gets there waits for seconds while others are
/// served again and again. A runtime of one thread has but one queue; more of them take every other task from the shared one.
#[must_use]
pub fn runtime(cores: usize) -> Builder {
    if cores == 1 {
        let mut builder = Builder::new_current_thread();
        builder.enable_all();
        return builder;
    }
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(cores).global_queue_interval(2).enable_all();
    builder
}

/// Says what went wrong, and gives the exit code for it.
fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    complain(error);
    ExitCode::FAILURE
}

/// Writes to standard error; when that is closed there is nobody to tell.
fn complain(text: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "sirius: {text}");
}

/// Logs what is allowed but unwise about the settings.
fn advise(loaded: &Loaded) {
    for warning in &loaded.warnings {
        Advice(warning).emit();
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }
}
