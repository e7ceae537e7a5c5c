//! What the tests share: a Sirius in this process, a Sirius as a process of its own, and pictures to put into them.

pub mod app;
pub mod bucket;
pub mod collector;
pub mod loki;
pub mod pictures;
pub mod process;

pub use app::TestApp;

use reqwest::{Client, redirect::Policy};

/// An HTTP client that follows no redirect.
pub fn client() -> Client {
    // reqwest wants to be given its TLS provider, also where it speaks none; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none()).build().unwrap()
}
