//! The `sirius` binary: hands the command line and the environment to the library.

use std::process::ExitCode;

use sirius::config::Environment;

fn main() -> ExitCode {
    sirius::cli::run(std::env::args_os(), Environment::of_process())
}
