//! `GET /api/v1/images/random`.

use std::collections::HashSet;

use image::ImageFormat;
use reqwest::Method;

use crate::support::app::{header, problem, text};
use crate::support::{TestApp, pictures};

const RANDOM: &str = "/api/v1/images/random";

#[tokio::test]
async fn its_form_follows_as_and_accept() {
    let app = TestApp::with_pictures(3).await;

    let response = app.get(RANDOM).await;
    assert_eq!((response.status().as_u16(), header(&response, "vary")), (200, "Accept"));
    assert_eq!(header(&response, "cache-control"), "no-store");
    let image: serde_json::Value = response.json().await.unwrap();
    assert_eq!((&image["format"], &image["width"], &image["animated"]), (&"png".into(), &6.into(), &false.into()));

    for request in [
        app.request(Method::GET, "/api/v1/images/random?as=image"),
        app.request(Method::GET, RANDOM).header("accept", "image/avif,image/webp,image/*,*/*;q=0.8"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "image/png"));
        let address = header(&response, "content-location").to_owned();
        let bytes = response.bytes().await.unwrap();
        assert_eq!(bytes, app.get(&address).await.bytes().await.unwrap());
    }

    let response = app.get("/api/v1/images/random?as=redirect").await;
    assert_eq!(response.status(), 302);
    assert_eq!(app.get(header(&response, "location")).await.status(), 200);

    let response = app.request(Method::GET, RANDOM).header("accept", "text/html").send().await.unwrap();
    assert!(problem(response, 406, "not-acceptable").await.contains("application/json"));
}

#[tokio::test]
async fn filters_select_and_counts_are_distinct() {
    let app = TestApp::empty().await;
    let folder = app.path("pictures");
    pictures::fill(&folder, 4);
    pictures::fill(&folder.join("Night Sky"), 6);
    std::fs::write(folder.join("Night Sky/moving.gif"), pictures::animated(1)).unwrap();
    app.import(&[folder]).await;

    let choice = app.json("/api/v1/images/random?count=100").await;
    let ids: HashSet<_> = choice["items"].as_array().unwrap().iter().map(|image| text(&image["id"])).collect();
    // Content decides: the four pictures of both folders are the same images.
    assert_eq!(ids.len(), 7);

    let choice = app.json("/api/v1/images/random?count=100&tag=night%20sky&kind=still").await;
    assert!(choice["items"].as_array().unwrap().iter().all(|image| image["tags"][0] == "night-sky"), "{choice}");
    let moving = app.json("/api/v1/images/random?kind=animated").await;
    assert_eq!((&moving["format"], &moving["tags"][0]), (&"gif".into(), &"night-sky".into()));

    let nothing = app.get("/api/v1/images/random?tag=night-sky&without=night-sky").await;
    problem(nothing, 404, "no-matching-image").await;
    assert_eq!(app.json("/api/v1/images/random?count=2&tag=unknown").await["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_seed_gets_the_same_image_after_a_restart_and_may_be_cached() {
    let mut app = TestApp::with_pictures(50).await;
    let chosen = |app: &TestApp| {
        let requests: Vec<_> =
            (0..20).map(|seed| app.request(Method::GET, &format!("{RANDOM}?seed=s{seed}")).send()).collect();
        async move {
            let mut ids = Vec::new();
            for request in requests {
                let response = request.await.unwrap();
                assert!(header(&response, "cache-control").starts_with("public, max-age="));
                ids.push(text(&response.json::<serde_json::Value>().await.unwrap()["id"]));
            }
            ids
        }
    };
    let before = chosen(&app).await;
    assert!(before.iter().collect::<HashSet<_>>().len() > 5);
    app.restart().await;
    assert_eq!(chosen(&app).await, before);
}

#[tokio::test]
async fn a_walk_shows_each_image_once_whatever_happens_meanwhile() {
    let mut app = TestApp::with_pictures(30).await;
    let there: HashSet<_> = app.ids("").await.into_iter().collect();
    let mut seen = Vec::new();
    let mut removed = HashSet::new();
    let mut path = format!("{RANDOM}?walk=true");
    loop {
        let step = app.json(&path).await;
        seen.extend(step["items"].as_array().unwrap().iter().map(|image| text(&image["id"])));
        match step["next_cursor"].as_str() {
            Some(cursor) => path = format!("{RANDOM}?cursor={cursor}"),
            None => break,
        }
        if seen.len() == 5 {
            std::fs::write(app.path("new.png"), pictures::still(0x00ff_ffff, ImageFormat::Png)).unwrap();
            app.import(&[app.path("new.png")]).await;
        } else if seen.len() == 10 && removed.is_empty() {
            let victim = there.iter().find(|id| !seen.contains(id)).unwrap().clone();
            app.remove(&victim).await;
            removed.insert(victim);
        } else if seen.len() == 15 {
            app.restart().await;
        }
    }
    let once: HashSet<_> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len());
    assert_eq!(once, &there - &removed);
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_with_the_reason() {
    let app = TestApp::with_pictures(2).await;
    for (query, word) in [
        ("count=0", "from 1 to 100"),
        ("count=101", "from 1 to 100"),
        ("count=1&count=2", "twice"),
        ("as=jpeg", "json or image or redirect"),
        ("kind=moving", "still or animated"),
        ("seed=", "1 to 256"),
        ("tag=", "must not be empty"),
        ("tag=a%2Fb", "must not contain"),
        ("walk=true&seed=a", "`walk`"),
        ("walk=true&count=2", "`walk`"),
        ("count=2&as=image", "as=json"),
        ("cursor=abc&tag=a", "`cursor`"),
    ] {
        let detail = problem(app.get(&format!("{RANDOM}?{query}")).await, 400, "invalid-parameter").await;
        assert!(detail.contains(word) && !detail.contains("optional_"), "{query}: {detail}");
    }
    problem(app.get(&format!("{RANDOM}?cursor=abc")).await, 400, "invalid-cursor").await;
    // What is unknown is ignored, so that a client can keep caches out.
    assert_eq!(app.get(&format!("{RANDOM}?v=123")).await.status(), 200);
}

#[tokio::test]
async fn a_cursor_of_a_list_is_no_cursor_of_a_walk() {
    let app = TestApp::with_pictures(3).await;
    let cursor = |value: serde_json::Value| text(&value["next_cursor"]);
    let list = cursor(app.json("/api/v1/images?limit=1").await);
    let walk = cursor(app.json(&format!("{RANDOM}?walk=true")).await);
    problem(app.get(&format!("{RANDOM}?cursor={list}")).await, 400, "invalid-cursor").await;
    problem(app.get(&format!("/api/v1/images?cursor={walk}")).await, 400, "invalid-cursor").await;
    let other = TestApp::with_pictures(3).await;
    problem(other.get(&format!("{RANDOM}?cursor={walk}")).await, 400, "invalid-cursor").await;
}
