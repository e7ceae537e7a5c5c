//! Use cases: what Sirius does, apart from how it is asked and where it keeps things.
//!
//! Services know the layers below only by their traits.

pub mod catalogue;
pub mod content;
pub mod copy;
pub mod cursor;
pub mod fsck;
pub mod health;
pub mod import;
pub mod placeholders;
pub mod random;
pub mod readiness;
pub mod visits;
