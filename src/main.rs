//! The `sirius` binary: hands the command line and the environment to the library.

use std::process::ExitCode;

use sirius::config::Environment;
use tikv_jemallocator::Jemalloc;

// What one thread allocates another frees, all the time: the C library's allocator has them take turns for that, and who
// has the lock may have lost its processor.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    sirius::cli::run(std::env::args_os(), Environment::of_process())
}
