//! Stand-in until the catalogue lands.
pub mod values;
