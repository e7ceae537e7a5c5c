//! Everything that speaks HTTP. The only place that may name poem and hyper.

pub mod pages;
pub mod server;
