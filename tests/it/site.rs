//! The pages beside the first one and the files for crawlers, as they are sent. What pages look like and do is tested in
//! a browser, see `tests/browser`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use reqwest::Method;
use sirius::config::{Contact, PublicUrl};

use crate::support::TestApp;
use crate::support::app::{header, problem, text};

/// A Sirius with so many linked images, the tags of each told by its number.
async fn with_links(count: u32, tags: impl Fn(u32) -> String) -> TestApp {
    let app = TestApp::empty().await;
    let mut manifest = "path,title,alt,tags\n".to_owned();
    for number in 0..count {
        writeln!(manifest, "https://pictures.example/{number}.jpg,Number {number},,{}", tags(number)).unwrap();
    }
    let path = app.path("links.csv");
    std::fs::write(&path, manifest).unwrap();
    app.import(&[path]).await;
    app
}

/// The HTML that a browser gets, and its status.
async fn page(app: &TestApp, path: &str) -> (u16, String) {
    let answer = app.request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8", "{path}");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// What stands between two texts, wherever they do.
fn between<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    html.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[tokio::test]
async fn links_lead_through_the_whole_gallery() {
    let app = with_links(65, |number| if number % 2 == 0 { "even".into() } else { String::new() }).await;
    for (query, count) in [("", 65), ("?tag=even", 33), ("?tag=+Even+&tag=&q=1", 33), ("?without=even", 32)] {
        let (mut path, mut ids, mut pages) = (format!("/images{query}"), Vec::new(), 0);
        loop {
            let (status, html) = page(&app, &path).await;
            assert_eq!(status, 200, "{path}");
            ids.extend(between(&html, r#"class="tile" href="/images/"#, "\"").into_iter().map(ToOwned::to_owned));
            pages += 1;
            let next = between(&html, r#"<a id="more" class="act" rel="next" href=""#, "\"");
            let Some(next) = next.first() else { break };
            path = (*next).to_owned();
        }
        assert_eq!((pages, ids.len()), (if count > 60 { 3 } else { 2 }, count), "{query}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), count, "{query}: none twice");
    }
    let (_, html) = page(&app, "/images?tag=unheard-of").await;
    assert!(html.contains("No picture is like that"), "{html}");
}

#[tokio::test]
async fn what_the_gallery_cannot_understand_is_said_to_people_and_programs() {
    let app = with_links(31, |_| "star".into()).await;
    let list = text(&app.json("/api/v1/images?limit=1").await["next_cursor"]);
    let walk = text(&app.json("/api/v1/images/random?walk=true").await["next_cursor"]);
    let many = "tag=a&".repeat(17);
    for (query, code, said) in [
        ("cursor=forged", "invalid-cursor", "not a cursor that this service made"),
        ("cursor=", "invalid-cursor", "not a cursor"),
        (&format!("cursor={walk}"), "invalid-cursor", "belongs to a walk"),
        (&format!("cursor={list}&tag=star"), "invalid-parameter", "`cursor` carries the list&#39;s filter"),
        ("tag=a/b", "invalid-parameter", "must not contain"),
        ("tag=%00", "invalid-parameter", "must not contain"),
        ("kind=sleeping", "invalid-parameter", "one of still, animated"),
        (&many, "invalid-parameter", "At most 16 tags"),
        ("tag=%3Cscript%3Ealert(1)%3C/script%3E", "invalid-parameter", "&#60;script&#62;"),
    ] {
        let (status, html) = page(&app, &format!("/images?{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert!(html.contains("The telescope points nowhere") && html.contains(said), "{query}: {html}");
        assert!(!html.contains("<script>"), "{query}: {html}");
        problem(app.get(&format!("/images?{query}")).await, 400, code).await;
    }
    // A cursor of the API goes on here, too.
    assert_eq!(page(&app, &format!("/images?cursor={list}")).await.0, 200);
}

#[tokio::test]
async fn a_picture_has_a_page_of_its_own() {
    let app = TestApp::with_pictures(3).await;
    let ids = app.ids("").await;
    let (status, html) = page(&app, &format!("/images/{}", ids[1])).await;
    assert_eq!(status, 200);
    assert!(html.contains(&format!(r#"rel="prev" href="/images/{}""#, ids[0])), "{html}");
    assert!(html.contains(&format!(r#"rel="next" href="/images/{}""#, ids[2])), "{html}");
    assert!(html.contains("href=&#39;data:image/png;base64,iVBOR"), "its thumbhash is unfolded: {html}");

    let head = app.request(Method::HEAD, &format!("/images/{}", ids[1])).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, html.len().to_string().as_str()));
    let known = app.request(Method::GET, &format!("/images/{}", ids[1]));
    assert_eq!(known.header("if-none-match", header(&head, "etag")).send().await.unwrap().status(), 304);

    for nobody in ["00000000000000000000", "x", "..%2f..%2fetc%2fpasswd", "%3Cscript%3E", "%00"] {
        let (status, html) = page(&app, &format!("/images/{nobody}")).await;
        assert_eq!(status, 404, "{nobody}");
        assert!(html.contains("No star shines here") && !html.contains("<script>"), "{html}");
        problem(app.get(&format!("/images/{nobody}")).await, 404, "no-such-image").await;
    }
    app.remove(&ids[1]).await;
    assert_eq!(page(&app, &format!("/images/{}", ids[1])).await.0, 404);
    let (_, html) = page(&app, &format!("/images/{}", ids[0])).await;
    assert!(html.contains(&format!(r#"rel="next" href="/images/{}""#, ids[2])), "{html}");
}

#[tokio::test]
async fn complete_addresses_come_from_the_setting_or_a_host_that_is_one() {
    let asked = async |app: &TestApp, headers: &[(&str, &str)]| {
        let request = app.request(Method::GET, "/images");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let html = request.send().await.unwrap().text().await.unwrap();
        between(&html, r#"<link rel="canonical" href=""#, "\"").first().map(|url| (*url).to_owned())
    };
    let app = TestApp::with_pictures(1).await;
    let named = ("host", "Pictures.example.org");
    assert_eq!(asked(&app, &[named]).await.as_deref(), Some("http://pictures.example.org/images"));
    let https = ("x-forwarded-proto", "https");
    assert_eq!(asked(&app, &[named, https]).await.as_deref(), Some("http://pictures.example.org/images"));
    for odd in ["a\"><script>", "user@example.org", "example.org/path", "a b", "a&b"] {
        assert_eq!(asked(&app, &[("host", odd)]).await, None, "{odd}");
        let answer = app.request(Method::GET, "/sitemap.xml").header("host", odd).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{odd}");
    }

    let app = TestApp::with(|config| config.server.trusted_proxies = 1).await;
    let folder = app.path("pictures");
    crate::support::pictures::fill(&folder, 1);
    app.import(&[folder]).await;
    assert_eq!(asked(&app, &[named, https]).await.as_deref(), Some("https://pictures.example.org/images"));
}

#[tokio::test]
async fn crawlers_find_what_they_look_for() {
    let app = TestApp::with_pictures(2).await;
    problem(app.get("/.well-known/security.txt").await, 404, "not-found").await;
    let robots = app.get("/robots.txt").await;
    assert_eq!(header(&robots, "content-type"), "text/plain; charset=utf-8");
    let robots = robots.text().await.unwrap();
    let map = between(&robots, "Sitemap: ", "\n")[0].to_owned();
    assert!(map.starts_with("http://127.0.0.1:") && map.ends_with("/sitemap.xml"), "{robots}");
    let xml = app.get("/sitemap.xml").await.text().await.unwrap();
    for id in app.ids("").await {
        assert!(xml.contains(&format!("/images/{id}</loc>")), "{xml}");
    }

    let app = TestApp::with(|config| {
        config.server.public_url = PublicUrl::parse("https://pictures.example.org");
        config.server.security_contact = Contact::parse("mailto:security@example.org");
    })
    .await;
    let security = app.get("/.well-known/security.txt").await;
    assert_eq!((security.status().as_u16(), header(&security, "content-type")), (200, "text/plain; charset=utf-8"));
    let security = security.text().await.unwrap();
    assert!(security.starts_with("Contact: mailto:security@example.org\nExpires: 2"), "{security}");
    assert!(security.contains("Canonical: https://pictures.example.org/.well-known/security.txt"), "{security}");
    assert!(app.get("/sitemap.xml").await.text().await.unwrap().contains("<loc>https://pictures.example.org/</loc>"));
}

#[tokio::test]
async fn a_large_site_map_comes_in_parts_that_hold_every_picture_once() {
    let app = with_links(5_020, |_| String::new()).await;
    let index = app.get("/sitemap.xml").await.text().await.unwrap();
    assert!(index.contains("<sitemapindex"), "{index}");
    let parts = between(&index, "<sitemap><loc>", "<");
    assert_eq!(parts.len(), 2, "{index}");
    let mut ids = Vec::new();
    for part in parts {
        let path = &part[part.find("/sitemap.xml").unwrap()..];
        let xml = app.get(path).await.text().await.unwrap();
        ids.extend(between(&xml, "/images/", "<").into_iter().map(ToOwned::to_owned));
    }
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (5_020, 5_020));
    for part in ["2", "-1", "4294967295", "99999999999999", "x", ""] {
        problem(app.get(&format!("/sitemap.xml?part={part}")).await, 404, "not-found").await;
    }
}

#[tokio::test]
async fn ten_thousand_tags_make_no_page_large() {
    let app = with_links(2_000, |number| {
        (0..5).map(|tag| format!("tag-{}", number * 5 + tag)).chain(["all".into()]).collect::<Vec<_>>().join(";")
    })
    .await;
    let (_, html) = page(&app, "/images").await;
    assert_eq!(between(&html, "<small>", "<").len(), 24, "so many tags are offered");
    assert!(html.len() < 60_000, "{} bytes", html.len());
    let (_, html) = page(&app, "/statistics").await;
    assert!(html.contains("<dd>10,001</dd>") && html.len() < 60_000, "{html}");
    // One that is not offered is found all the same.
    let (_, html) = page(&app, "/images?tag=tag-7777").await;
    assert!(html.contains("<p class=\"soft\">1 picture</p>"), "{html}");
}

#[tokio::test]
async fn only_the_first_page_counts_visits_and_every_page_is_held_to_the_quota() {
    let app = TestApp::with_pictures(1).await;
    let permalink = format!("/images/{}", app.ids("").await[0]);
    for path in ["/images", &permalink, "/statistics", "/robots.txt", "/sitemap.xml", "/nothing", "/docs"] {
        let answer = app.get(path).await;
        assert!(header(&answer, "ratelimit-policy").contains("reads"), "{path}: {:?}", answer.headers());
    }
    assert_eq!(app.json("/api/v1/visits").await["total"], 0);
    assert_eq!(app.get("/").await.status(), 200);
    assert_eq!(app.json("/api/v1/visits").await["total"], 1);
    let (_, html) = page(&app, "/statistics").await;
    assert!(html.contains("1 visit. Most visits"), "{html}");
}
