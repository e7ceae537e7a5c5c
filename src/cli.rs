//! The command line.

mod config;
mod import;
