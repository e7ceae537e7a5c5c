//! README's commands and links. Its calls with curl are run by `tests/readme/run`, since curl is not part of Rust.

use std::path::Path;

use crate::support::pictures;
use crate::support::process::{run, sirius};

const README: &str = include_str!("../../README.md");

/// The lines of all blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    README.split(opening.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_two_commands_come_first() {
    let blocks = blocks("sh");
    assert_eq!(blocks[0].trim(), "cargo run --release");
    assert_eq!(blocks[1].trim(), "make test");
}

#[test]
fn the_import_and_its_manifest_work() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let data = home.join("data");
    let import = blocks("sh").concat().lines().find(|line| line.contains("-- import")).unwrap().to_owned();
    let arguments = import.split(" -- ").nth(1).unwrap().replace("~/Pictures", "Pictures");
    pictures::fill(&home.join("Pictures"), 2);
    let output = run(sirius(&data).current_dir(home).args(arguments.split(' ')));
    assert!(output.status.success(), "{output:?}");

    let manifest = blocks("csv").concat();
    std::fs::write(home.join("all.csv"), manifest).unwrap();
    std::fs::write(home.join("dog.jpg"), pictures::still(9, image::ImageFormat::Jpeg)).unwrap();
    let output = run(sirius(&data).args(["import".as_ref(), Path::new("all.csv").as_os_str()]).current_dir(home));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("2 pictures were added"));
}

#[test]
fn every_file_it_leads_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        if !target.starts_with("http") {
            assert!(root.join(target).exists(), "README leads to {target}, which is not there");
        }
    }
}
