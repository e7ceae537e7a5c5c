//! The integration tests: one binary, a module for each part of the service.

mod architecture;
mod config;
mod import;
mod server;
mod store;
