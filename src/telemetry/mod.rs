//! What Sirius says of itself: log lines today, each from one event struct in `events`.
//!
//! Imports only `domain` and `config`; every other module may call it.

pub mod events;
pub mod log;
pub mod trace;
