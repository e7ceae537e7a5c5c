//! The integration tests: one binary, a module for each part of the service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops there and says where; clippy's own exception ends at helper functions"
)]

mod architecture;
mod config;
mod import;
mod server;
mod store;
