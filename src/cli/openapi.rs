//! `sirius openapi`: the document, for generators and for `openapi/openapi.json`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::fail;
use crate::http::openapi;

/// Prints the document.
pub(super) fn run() -> ExitCode {
    match io::stdout().lock().write_all(openapi::document().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot print the document: {error}")),
    }
}
