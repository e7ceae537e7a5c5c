//! Configuration: a file and variables, whatever is in them, give settings or a list of what is wrong.
#![no_main]

use std::cell::RefCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use sirius::config::{Environment, Sources, load};
use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

fuzz_target!(|data: &[u8]| {
    // Lines that begin with `SIRIUS_` are variables, all others the file.
    let text = String::from_utf8_lossy(data);
    let (variables, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("SIRIUS_"));
    let variables = variables.iter().filter_map(|line| line.split_once('=')).filter(|(name, _)| {
        // These name other files of this machine.
        *name != "SIRIUS_CONFIG" && !name.ends_with("_FILE")
    });
    FOLDER.with_borrow(|folder| {
        let file = folder.path().join("sirius.toml");
        fs::write(&file, lines.join("\n")).unwrap();
        let environment: Environment = variables.collect();
        match load(&Sources { file: Some(file), environment, ..Sources::default() }) {
            Ok(loaded) => drop(format!("{:?}", loaded.config)),
            Err(errors) => assert!(!errors.to_string().is_empty(), "what is wrong is said"),
        }
    });
});
