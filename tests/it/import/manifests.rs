//! Manifests: what their lines say of each picture, and what becomes of lines that are wrong.

use std::fs;

use sirius::domain::{Content, Tag};
use sirius::services::import::Settings;

use super::{Sirius, import, png};

const MANIFEST_CSV: &str = "\
path,title,tags,license,alt,author,source
pictures/a.png,\"Stars, many\",\"Sky; night\",CC0-1.0,Stars,Ann,https://example.org/a
https://Example.org/b.jpg#top,Far,sky,,,,
missing.png,,,,,,
pictures/a.png,twice,,,,,
pictures/c.png
pictures/c.png,C,\"a/b\",,,,
ftp://example.org/d.jpg,D,,,,,
pictures/c.png,C,,,,,
";

#[tokio::test]
async fn a_csv_manifest_is_imported_but_for_its_wrong_lines() {
    let sirius = Sirius::new().await;
    sirius.write("list/pictures/a.png", png(1));
    sirius.write("list/pictures/c.png", png(3));
    sirius.write("list/all.csv", MANIFEST_CSV);
    let report = sirius.import("list/all.csv").await;
    assert_eq!((report.added, report.already_there, report.rejected), (3, 1, 4));
    let places: Vec<_> =
        report.rejections.iter().map(|rejection| rejection.place.rsplit_once("all.csv, ").unwrap().1).collect();
    let expected = ["line 4 (missing.png)", "line 6", "line 7 (pictures/c.png)", "line 8 (ftp://example.org/d.jpg)"];
    assert_eq!(places, expected);
    assert_eq!(report.rejections[2].reason, "tag \"a/b\": a tag must not contain '/'");

    // In the order of the lines, the first of two about the same picture being the one that counts.
    let images = sirius.images().await;
    let titles: Vec<_> = images.iter().map(|image| image.facts.title.as_deref()).collect();
    assert_eq!(titles, [Some("Stars, many"), Some("Far"), Some("C")]);
    let facts = &images[0].facts;
    assert_eq!(facts.tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["night", "sky"]);
    assert_eq!(facts.alt.as_deref(), Some("Stars"));
    assert_eq!(facts.attribution.author.as_deref(), Some("Ann"));
    assert_eq!(facts.attribution.source_url.as_deref(), Some("https://example.org/a"));
    assert_eq!(facts.attribution.licence.as_deref(), Some("CC0-1.0"));
    assert_eq!(images[1].facts.content, Content::Linked { url: "https://example.org/b.jpg".into() });
}

#[tokio::test]
async fn a_json_lines_manifest_is_imported_but_for_its_wrong_lines() {
    let sirius = Sirius::new().await;
    sirius.write("a.png", png(1));
    let absolute = sirius.path("b.png");
    fs::write(&absolute, png(2)).unwrap();
    let lines = [
        r#"{"path":"a.png","title":"A","tags":["x","Y"]}"#.to_owned(),
        serde_json::json!({ "path": absolute, "title": "B" }).to_string(),
        r#"{"url":"https://example.org/c.jpg","title":"C","tags":"x; y"}"#.to_owned(),
        r#"{"url":"d.jpg"}"#.to_owned(),
        r#"{"path":"a.png","url":"https://example.org/c.jpg"}"#.to_owned(),
        r#"{"name":"a.png"}"#.to_owned(),
        r#"{"title":"nothing"}"#.to_owned(),
    ];
    sirius.write("all.jsonl", lines.join("\n"));
    let report = sirius.import("all.jsonl").await;
    assert_eq!((report.added, report.rejected), (3, 4));
    let reasons: Vec<_> = report.rejections.iter().map(|rejection| rejection.reason.as_str()).collect();
    assert_eq!(reasons[0], "\"d.jpg\" is not an address: relative URL without a base");
    assert_eq!(reasons[1], "it has both `path` and `url`; one of them says where the picture is");
    assert!(reasons[2].starts_with("unknown field `name`, expected one of `path`"), "{}", reasons[2]);
    assert_eq!(reasons[3], "neither `path` nor `url` says where the picture is");
    let contents = sirius.contents().await;
    assert_eq!(contents["A"].0, ["x", "y"]);
    assert_eq!(contents["C"], (vec!["x".to_owned(), "y".to_owned()], "https://example.org/c.jpg".to_owned()));
}

#[tokio::test]
async fn tags_are_added_and_counted() {
    let sirius = Sirius::new().await;
    sirius.write("in/sky/moon.png", png(1));
    sirius.write(
        "in/tags.csv",
        format!("path,tags\nsky/moon.png,\"{}\"\n", (0..32).map(|tag| format!("t{tag}")).collect::<Vec<_>>().join(";")),
    );
    let importer = sirius.importer(Settings { tags: vec![Tag::parse("New").unwrap()], strict: false });
    let report = import(&importer, sirius.path("in/tags.csv")).await;
    assert_eq!(report.rejections[0].reason, "an image carries at most 32 tags, this has 33");
    import(&importer, sirius.path("in/sky")).await;
    assert_eq!(sirius.contents().await["Moon"].0, ["new"]);
}
