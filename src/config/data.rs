//! `[data]`: where Sirius keeps what it stores.

use std::path::PathBuf;

use super::declare::settings;
use super::kind::path;

settings! {
    /// `[data]`
    pub struct Data {
        /// The folder of the database and the pictures; it is made when it is not there.
        dir: PathBuf = PathBuf::from("data") => path();
    }
}
