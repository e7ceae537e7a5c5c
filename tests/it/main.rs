//! The integration tests: one binary, a module for each part of the service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

mod admin;
mod api;
mod architecture;
mod config;
mod copy;
mod databases;
mod degraded;
mod faults;
mod fsck;
mod healthcheck;
mod hostile;
mod images;
mod import;
mod metrics;
mod on_purpose;
mod openapi;
mod page;
mod pictures;
mod process;
mod readme;
mod server;
mod site;
mod store;
mod support;
mod telemetry;
