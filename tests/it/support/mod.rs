//! What the tests share: a Sirius in this process, a Sirius as a process of its own, and pictures to put into them.

pub mod app;
pub mod pictures;
pub mod process;

pub use app::TestApp;
