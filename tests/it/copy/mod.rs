//! `sirius copy`, as an operator types it.

mod bytes;
pub mod rows;
