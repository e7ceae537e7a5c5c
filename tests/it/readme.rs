//! README's commands and links. Its calls with curl are run by `tests/readme/run`, since curl is not part of Rust.

use std::fs;
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
    fs::write(home.join("all.csv"), manifest).unwrap();
    fs::write(home.join("dog.jpg"), pictures::still(9, image::ImageFormat::Jpeg)).unwrap();
    let output = run(sirius(&data).args(["import".as_ref(), Path::new("all.csv").as_os_str()]).current_dir(home));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("2 pictures were added"));
}

#[test]
fn every_place_that_a_page_leads_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    for folder in ["docs", "docs/runbooks", "deploy/argocd", "deploy/manifests", "migrations", "terraform"] {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    assert!(pages.len() > 30, "{pages:?}");
    for page in pages {
        let text = prose(&fs::read_to_string(&page).unwrap());
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(file.exists(), "{} leads to {target}, which is not there", page.display());
            if !heading.is_empty() && file.extension().is_some_and(|extension| extension == "md") {
                let headings = headings(&fs::read_to_string(&file).unwrap());
                assert!(
                    headings.iter().any(|each| each == heading),
                    "{} leads to {target}: {headings:?}",
                    page.display()
                );
            }
        }
    }
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

/// What links call a page's headings, as GitHub does.
fn headings(page: &str) -> Vec<String> {
    let headings = prose(page);
    let headings =
        headings.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|char| char.is_alphanumeric() || "-_".contains(*char)).collect()
        })
        .collect()
}
