//! `sirius images ...`, as an operator types it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::pictures;
use crate::support::process::{Process, run, sirius};

/// A catalogue with three stored pictures, tagged `night`, and two linked ones, tagged `far`.
struct Catalogue {
    _folder: TempDir,
    data: PathBuf,
}

impl Catalogue {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, night) = (folder.path().join("data"), folder.path().join("night"));
        pictures::fill(&night, 3);
        let manifest = folder.path().join("links.csv");
        let lines =
            "url,title,alt,tags,author\nhttp://127.0.0.1:9/a.jpg,A link,,far;first,Ann\nhttp://[::1]:9/b.jpg,,,far,\n";
        fs::write(&manifest, lines).unwrap();
        let added = run(sirius(&data).arg("import").args([&night, &manifest]).args(["--tag", "all"]));
        assert!(added.status.success(), "{added:?}");
        let night = run(sirius(&data).args(["images", "edit", "--storage", "stored", "--add-tag", "night"]));
        assert!(night.status.success(), "{night:?}");
        Self { _folder: folder, data }
    }

    fn images(&self, arguments: &[&str]) -> Output {
        run(sirius(&self.data).arg("images").args(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.images(&[&["list", "--json"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn ids(&self, arguments: &[&str]) -> Vec<String> {
        self.json(arguments).iter().map(|image| image["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A data folder that has no catalogue yet gets no pictures from a look at it.
#[test]
fn an_empty_catalogue_is_listed_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let listed = run(sirius(Path::new(&folder.path().join("data"))).args(["images", "list"]));
    assert_eq!((code(&listed), text(&listed.stdout), text(&listed.stderr)), (0, "", "sirius: 0 images\n"));
}

#[test]
fn a_list_shows_what_the_filters_select() {
    let catalogue = Catalogue::new();
    assert_eq!(catalogue.json(&[]).len(), 5 + bundled(&catalogue));
    assert_eq!(catalogue.json(&["--tag", "all"]).len(), 5);
    assert_eq!(catalogue.json(&["--tag", "all", "--without", "Night"]).len(), 2);
    assert_eq!(catalogue.json(&["--storage", "linked"]).len(), 2);
    assert_eq!(catalogue.json(&["--tag", "night", "--limit", "2"]).len(), 2);
    let listed = catalogue.images(&["list", "--tag", "first"]);
    let line = text(&listed.stdout);
    assert!(line.contains("link") && line.contains("A link") && line.trim_end().ends_with("all far first"), "{line}");
    let wrong = catalogue.images(&["list", "--tag", "a/b"]);
    assert_eq!(code(&wrong), 2);
    assert!(text(&wrong.stderr).contains("a tag must not contain '/'"), "{wrong:?}");
}

/// The catalogue's images that this test did not put there.
fn bundled(catalogue: &Catalogue) -> usize {
    catalogue.json(&["--without", "all"]).len()
}

#[test]
fn an_image_is_shown_with_all_that_is_known() {
    let catalogue = Catalogue::new();
    let id = catalogue.ids(&["--tag", "first"]).remove(0);
    let shown = catalogue.images(&["show", &id]);
    for line in [&format!("id        {id}"), "title     A link", "links to  http://127.0.0.1:9/a.jpg", "author    Ann"]
    {
        assert!(text(&shown.stdout).lines().any(|shown| shown == line), "{line}: {shown:?}");
    }
    let unknown = catalogue.images(&["show", &id, "00000000000000000000"]);
    assert_eq!((code(&unknown), text(&unknown.stdout)), (1, ""));
    assert!(text(&unknown.stderr).contains("not in the catalogue, nothing was done: 00000000000000000000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_seen_by_a_running_server() {
    let catalogue = Catalogue::new();
    let process = Process::serve(&catalogue.data, &[]);
    let id = catalogue.ids(&["--tag", "first"]).remove(0);
    let dry = catalogue.images(&["edit", &id, "--title", "New", "--dry-run"]);
    assert_eq!((code(&dry), text(&dry.stdout)), (0, format!("{id}\n").as_str()));
    let edited = catalogue.images(&["edit", &id, "--title", " New  title ", "--author", "", "--remove-tag", "first"]);
    assert_eq!((code(&edited), text(&edited.stdout)), (0, "1 of 1 image changed\n"));
    let url = format!("http://{}/api/v1/images/{id}", process.public);
    for attempt in 0.. {
        let image: Value = crate::support::client().get(&url).send().await.unwrap().json().await.unwrap();
        if image["title"] == "New title" {
            assert_eq!((&image["attribution"]["author"], &image["tags"]), (&Value::Null, &["all", "far"].into()));
            break;
        }
        assert!(attempt < 1_000, "the server did not see the edit: {image}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[test]
fn an_edit_that_makes_no_sense_is_refused() {
    let catalogue = Catalogue::new();
    let id = &catalogue.ids(&["--tag", "first"])[0];
    for (arguments, part) in [
        (&["edit", id][..], "required"),
        (&["edit", "--title", "A"], "say which images"),
        (&["edit", id, "--tag", "far", "--title", "A"], "not both"),
        (&["edit", id, "--source", "ftp://example.org"], "neither an http nor an https address"),
        (&["edit", id, "--title", &"x".repeat(1_001)], "at most 1000 characters"),
        (&["edit", "nonsense", "--title", "A"], "nonsense"),
    ] {
        let refused = catalogue.images(arguments);
        assert_eq!(code(&refused), 2, "{refused:?}");
        assert!(text(&refused.stderr).contains(part), "{part}: {refused:?}");
    }
    assert_eq!(catalogue.json(&["--tag", "first"])[0]["title"], "A link");
}

#[test]
fn many_are_removed_only_when_that_is_confirmed() {
    let catalogue = Catalogue::new();
    let before = catalogue.ids(&[]);
    let asked = catalogue.images(&["rm", "--tag", "night"]);
    assert_eq!((code(&asked), text(&asked.stderr)), (2, "sirius: 3 images would be removed: confirm it with --yes\n"));
    let dry = catalogue.images(&["rm", "--tag", "night", "--dry-run"]);
    assert_eq!((code(&dry), text(&dry.stdout).lines().count()), (0, 3));
    let nothing = catalogue.images(&["rm", "--yes"]);
    assert_eq!(code(&nothing), 2, "all of the catalogue is never meant by saying nothing");
    assert_eq!(catalogue.ids(&[]), before);

    let removed = catalogue.images(&["rm", "--tag", "night", "--yes"]);
    assert_eq!((code(&removed), text(&removed.stdout)), (0, "3 images removed\n"));
    let one = catalogue.ids(&["--tag", "first"]).remove(0);
    assert_eq!(code(&catalogue.images(&["rm", &one])), 0, "one that is named needs no confirmation");
    assert_eq!(catalogue.ids(&["--tag", "all"]).len(), 1);
    assert_eq!(code(&catalogue.images(&["rm", &one])), 2, "it is gone");
}

#[test]
fn links_are_checked_but_not_into_private_networks() {
    let catalogue = Catalogue::new();
    let checked = catalogue.images(&["check-links"]);
    assert_eq!((code(&checked), text(&checked.stdout).matches("leads into a private network").count()), (1, 2));
    assert_eq!(text(&checked.stderr), "sirius: 2 of 2 links lead to no picture\n");
    let allowed = catalogue.images(&["check-links", "--tag", "first", "--allow-private", "--json"]);
    let line: Value = serde_json::from_str(text(&allowed.stdout)).unwrap();
    assert_eq!((&line["ok"], &line["result"]), (&false.into(), &"unreachable".into()), "nobody listens there");
    let none = catalogue.images(&["check-links", "--storage", "stored"]);
    assert_eq!((code(&none), text(&none.stderr)), (0, "sirius: no image links to another server\n"));
}
