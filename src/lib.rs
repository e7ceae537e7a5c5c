//! Sirius, a self-hosted random-image service: the library behind the `sirius` binary.
//!
//! The module map, from the top down; an import may only point down this list (`tests/it/architecture.rs` holds
//! the sources to it):
//!
//! `cli` -> `app` -> `http` -> `services` -> { `store`, `blob`, `transform`, `limits`, `links`, `monitor` } -> `faults` ->
//! `domain`
//!
//! `config` imports only `domain`; every module may call `telemetry`, which imports only `domain` and `config`.

pub mod app;
pub mod blob;
pub mod cli;
pub mod config;
pub mod domain;
pub mod faults;
pub mod http;
pub mod limits;
pub mod links;
pub mod monitor;
pub mod services;
pub mod store;
pub mod telemetry;
pub mod transform;
