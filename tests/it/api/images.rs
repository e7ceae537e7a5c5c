//! `GET /api/v1/images`, `/images/{id}` and `/tags`.

use crate::support::app::{header, problem, text};
use crate::support::{TestApp, pictures};

#[tokio::test]
async fn a_list_goes_on_by_cursor_and_by_link() {
    let app = TestApp::with_pictures(5).await;
    let first = app.get("/api/v1/images?limit=2").await;
    let link = header(&first, "link").to_owned();
    let first: serde_json::Value = first.json().await.unwrap();
    let cursor = text(&first["next_cursor"]);
    assert_eq!(link, format!("</api/v1/images?cursor={cursor}>; rel=\"next\""));

    // What is added meanwhile does not shift the pages.
    std::fs::write(app.path("new.gif"), pictures::animated(3)).unwrap();
    app.import(&[app.path("new.gif")]).await;
    let second = app.json(&format!("/api/v1/images?cursor={cursor}")).await;
    let third = app.json(&format!("/api/v1/images?cursor={}", text(&second["next_cursor"]))).await;
    assert!(third["next_cursor"].is_null());
    let mut ids: Vec<_> = [&first, &second, &third]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|image| text(&image["id"]))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(app.json("/api/v1/images?limit=1").await["items"][0]["format"], "gif");

    let refused = app.get(&format!("/api/v1/images?cursor={cursor}&limit=5")).await;
    assert!(problem(refused, 400, "invalid-parameter").await.contains("`cursor`"));
}

#[tokio::test]
async fn an_image_has_its_facts() {
    let app = TestApp::empty().await;
    let folder = app.path("gallery");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("sky.gif"), pictures::animated(7)).unwrap();
    let manifest = "path,title,alt,tags,author,source,licence\n\
        sky.gif,A sky,Two shades of red,\"red;sky\",A. Painter,https://example.org/sky,CC0-1.0\n\
        https://example.org/far.jpg,Far away,,red,,,\n";
    std::fs::write(folder.join("all.csv"), manifest).unwrap();
    let report = app.import(&[folder.join("all.csv")]).await;
    assert_eq!((report.added, report.rejected), (2, 0));

    let stored = app.json("/api/v1/images/random?kind=animated").await;
    let again = app.json(&format!("/api/v1/images/{}", text(&stored["id"]))).await;
    assert_eq!(stored, again);
    assert_eq!((&again["title"], &again["alt"]), (&"A sky".into(), &"Two shades of red".into()));
    assert_eq!(again["attribution"]["source_url"], "https://example.org/sky");
    assert_eq!((&again["storage"], &again["width"], &again["height"]), (&"stored".into(), &5.into(), &3.into()));
    assert!(again["thumbhash"].is_string() && again["colour"].is_string() && again["sha256"].is_string());

    let linked = app.json("/api/v1/images/random?without=sky").await;
    assert_eq!((&linked["storage"], &linked["sha256"]), (&"linked".into(), &serde_json::Value::Null));
    let content = app.get(&text(&linked["content_url"])).await;
    assert_eq!((content.status().as_u16(), header(&content, "location")), (302, "https://example.org/far.jpg"));

    let tags = app.json("/api/v1/tags").await;
    assert_eq!(tags["items"], serde_json::json!([{"tag": "red", "count": 2}, {"tag": "sky", "count": 1}]));
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let app = TestApp::with_pictures(1).await;
    for id in ["0123456789abcdefghjk", "..", "%00", "%ff", "x", &"9".repeat(5_000)] {
        for path in [format!("/api/v1/images/{id}"), format!("/api/v1/images/{id}/content")] {
            let response = app.get(&path).await;
            // A client resolves `..` itself, and what is not UTF-8 is no id at all.
            let expected = if id == ".." { 200..=404 } else { 400..=404 };
            assert!(expected.contains(&response.status().as_u16()), "{path}: {}", response.status());
        }
    }
    problem(app.get("/api/v1/images/0123456789abcdefghjk").await, 404, "no-such-image").await;
}

#[tokio::test]
async fn what_is_removed_is_gone() {
    let app = TestApp::with_pictures(3).await;
    let id = app.ids("").await.remove(0);
    app.remove(&id).await;
    problem(app.get(&format!("/api/v1/images/{id}")).await, 404, "no-such-image").await;
    assert!(!app.ids("").await.contains(&id));
}
