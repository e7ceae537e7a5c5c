//! What pages promise: escaping, policy, weight, addresses.

use std::sync::Arc;

use poem::http::{HeaderMap, HeaderValue};
use sha2::Digest as _;

use super::*;
use crate::domain::{
    Attribution, Colour, Content, Filter, Format, Image, ImageId, ImageNumber, Kind, NewImage, Sha256, Stored, Tag,
    Thumbhash, Timestamp,
};

mod crawlers;
mod gallery;
mod permalink;
mod statistics;

/// All that a browser loads for the page besides the picture, uncompressed.
const MAX_PAGE_BYTES: usize = 30_000;

fn stored() -> Image {
    let sha256 = Sha256([7; 32]);
    let content = Content::Stored(Stored {
        sha256,
        format: Format::Png,
        width: 640,
        height: 480,
        frames: 1,
        size_bytes: 1,
        colour: Some(Colour([1, 2, 255])),
        thumbhash: Some(Thumbhash([0xfb, 0xff, 0xfe].as_slice().into())),
    });
    Image {
        number: ImageNumber(1),
        created_at: Timestamp::UNIX_EPOCH,
        facts: NewImage {
            id: ImageId::from_digest(&sha256),
            title: Some("A quiet night".into()),
            alt: Some("Stars over a hill".into()),
            tags: [Tag::parse("stars").unwrap()].into(),
            content,
            attribution: Attribution {
                author: Some("Ada".into()),
                source_url: Some("https://www.example.org/a?b=1&c=2".into()),
                licence: Some("CC0-1.0".into()),
            },
        },
    }
}

fn linked(url: &str) -> Image {
    let mut image = stored();
    image.facts.content = Content::Linked { url: url.into() };
    image
}

fn page_of(image: &Image) -> PageView<'_> {
    PageView {
        picture: Some(PictureView::new(image, Some("iVBORw0KGgo=".into()))),
        images: 1_234_567,
        origin: Some("https://pictures.example.org".into()),
    }
}

fn home(view: &PageView<'_>) -> Response {
    HomePage::render(view).unwrap().answer(Some(1_234))
}

async fn text(response: Response) -> String {
    response.into_body().into_string().await.unwrap()
}

/// The values of every attribute of that name.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The addresses of our own files that a text names.
fn addresses(text: &str) -> Vec<&str> {
    text.split(['"', '\'']).filter(|part| part.starts_with("/assets/")).collect()
}

#[tokio::test]
async fn the_page_shows_a_picture_and_all_that_is_known_of_it() {
    let image = stored();
    let html = text(home(&page_of(&image))).await;
    let address = format!("/api/v1/images/{}/content", image.facts.id);
    assert!(
        html.contains(&format!(r#"<img id="picture" class="picture" src="{address}" width="640" height="480""#)),
        "{html}"
    );
    for part in [
        r#"alt="Stars over a hill""#,
        &format!(r#"<h1 id="title"><a href="/images/{}">A quiet night</a></h1>"#, image.facts.id),
        "<title>A quiet night · Sirius</title>",
        ">by Ada<",
        r#"href="https://www.example.org/a?b=1&#38;c=2""#,
        ">example.org<",
        ">CC0-1.0<",
        r#"<li><a href="/images?tag=stars">stars</a></li>"#,
        r#"data-number="1234">1,234<"#,
        r#"<a id="another" class="act" href="/""#,
        "1,234,567 pictures",
        "width=&#39;1280&#39; height=&#39;960&#39;",
        "data:image/png;base64,iVBORw0KGgo=",
        r#"<link rel="canonical" href="https://pictures.example.org/">"#,
        &format!(r#"<meta property="og:image" content="https://pictures.example.org{address}">"#),
        r#"<a href="/images">Gallery</a> <a href="/statistics">Statistics</a> <a href="/docs">API</a>"#,
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[tokio::test]
async fn a_linked_picture_comes_from_its_own_address_and_without_a_referrer() {
    let html = text(home(&page_of(&linked("https://pictures.example/a.jpg?x=1&y=2")))).await;
    assert!(
        html.contains(r#"<img id="picture" class="picture" src="https://pictures.example/a.jpg?x=1&#38;y=2" alt="#),
        "{html}"
    );
    assert!(html.contains(r#"referrerpolicy="no-referrer""#));
    assert!(!html.contains("data:image/svg+xml"), "nothing is known of its size");
}

#[tokio::test]
async fn what_strangers_wrote_stays_text() {
    let attack = r#""><script>alert(1)</script><b onclick='x'>"#;
    let mut image = linked(&format!("https://pictures.example/{attack}"));
    image.facts.title = Some(attack.into());
    image.facts.alt = Some(attack.into());
    image.facts.attribution.author = Some(attack.into());
    image.facts.attribution.licence = Some(attack.into());
    image.facts.attribution.source_url = Some(format!("https://example.org/{attack}").into());
    let error = error_page(StatusCode::NOT_FOUND, attack, attack);
    for html in [text(home(&page_of(&image))).await, text(error).await] {
        assert!(!html.contains("<script>") && !html.contains("<b onclick"), "{html}");
    }
}

#[tokio::test]
async fn only_web_addresses_become_links() {
    for source in
        ["javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc/passwd", "not one", "http://"]
    {
        let mut image = stored();
        image.facts.attribution.source_url = Some(source.into());
        let html = text(home(&page_of(&image))).await;
        assert!(!html.contains(r#"id="source""#), "{source}: {html}");
        let ours = |href: &&str| href.starts_with('/') || href.starts_with("https://pictures.example.org/");
        assert!(values(&html, "href").iter().all(ours), "{source}: {html}");
    }
}

#[tokio::test]
async fn unknown_facts_leave_no_gaps() {
    let mut image = stored();
    image.facts.title = None;
    image.facts.alt = None;
    image.facts.tags = [].into();
    image.facts.attribution = Attribution::default();
    let html = text(home(&page_of(&image))).await;
    assert!(html.contains(">Untitled</a></h1>"));
    assert!(html.contains(r#"alt="A picture without a description""#));
    for slot in ["author", "source", "licence", "tags"] {
        assert!(!html.contains(&format!("id=\"{slot}\"")), "{slot}: {html}");
    }
}

#[tokio::test]
async fn without_a_database_the_number_is_unavailable() {
    let image = stored();
    let html = text(HomePage::render(&page_of(&image)).unwrap().answer(None)).await;
    assert!(html.contains(r#"visitor number <span id="visitor-number">unavailable</span>"#), "{html}");
    assert!(html.contains(r#"id="picture""#));
}

#[tokio::test]
async fn a_page_is_made_once_for_as_long_as_it_is_the_same() {
    let (kept, made) = (KeptPages::default(), std::cell::Cell::new(0));
    let answer = async |image: &Arc<Image>, images, origin: &str, number| {
        let response = kept.answer(image, (images, Some(origin.into())), number, |image| {
            made.set(made.get() + 1);
            PictureView::new(image, None)
        });
        text(response).await
    };
    let image = Arc::new(stored());
    let first = answer(&image, 7, "https://a.example", Some(1)).await;
    assert_eq!(
        first,
        text(
            HomePage::render(&PageView {
                picture: Some(PictureView::new(&image, None)),
                images: 7,
                origin: Some("https://a.example".into())
            })
            .unwrap()
            .answer(Some(1))
        )
        .await
    );
    let second = answer(&image, 7, "https://a.example", Some(1_234)).await;
    assert!(second.contains(r#"data-number="1234">1,234<"#) && made.get() == 1, "{second}");
    assert!(answer(&image, 7, "https://a.example", None).await.contains("unavailable"));
    // Edited, another of the same place, more pictures, another name of the site.
    let mut edited = stored();
    edited.facts.title = Some("Edited".into());
    assert!(answer(&Arc::new(edited), 7, "https://a.example", None).await.contains(">Edited</a>"));
    let mut other = stored();
    (other.number, other.facts.title) = (ImageNumber(1 + 1_024), Some("Another".into()));
    assert!(answer(&Arc::new(other), 7, "https://a.example", None).await.contains(">Another</a>"));
    assert!(answer(&image, 8, "https://a.example", None).await.contains("8 pictures"));
    assert!(answer(&image, 8, "https://b.example", None).await.contains("https://b.example/"));
    assert_eq!(made.get(), 5);
}

#[tokio::test]
async fn words_cannot_take_the_visitors_place() {
    let mut image = stored();
    image.facts.title = Some("<!--visitor-->".into());
    let html = text(home(&page_of(&image))).await;
    assert_eq!(html.matches("data-number=").count(), 1);
    assert!(html.find("data-number=") > html.find("<body>"), "{html}");
}

#[tokio::test]
async fn an_empty_catalogue_says_how_to_fill_it() {
    let html = text(empty_home(None, Some(1))).await;
    assert!(html.contains("sirius import ") && html.contains("No pictures"), "{html}");
    assert!(!html.contains(r#"id="picture""#) && !html.contains("<script"), "{html}");
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need() {
    let image = stored();
    for response in [home(&page_of(&image)), docs(), error_page(StatusCode::NOT_FOUND, "a", "b")] {
        let headers = response.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        let html = text(response).await;
        assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains("<script>"), "{html}");
    }
}

#[tokio::test]
async fn every_file_that_a_page_names_is_served_for_ever() {
    let image = stored();
    for page in [home(&page_of(&image)), docs()] {
        let html = text(page).await;
        assert!(addresses(&html).len() > 3, "{html}");
        for address in addresses(&html) {
            let response = asset(address.strip_prefix("/assets/").unwrap(), &HeaderMap::new()).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
            let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            let content = response.into_body().into_bytes().await.unwrap();
            assert!(!content.is_empty(), "{address}");
            if media_type.starts_with("text/") && !address.contains("swagger-ui") {
                for inner in addresses(std::str::from_utf8(&content).unwrap()) {
                    assert!(asset(inner.strip_prefix("/assets/").unwrap(), &HeaderMap::new()).is_some(), "{inner}");
                }
            }
        }
    }
    for unknown in ["", "page.css", "page-000000000000.css", "../page.css", "swagger-ui.css"] {
        assert!(asset(unknown, &HeaderMap::new()).is_none(), "{unknown}");
    }
}

#[tokio::test]
async fn the_page_is_light() {
    let image = stored();
    let html = text(home(&page_of(&image))).await;
    let files: usize = assets::pages().of_home().iter().map(|file| file.len()).sum();
    assert!(html.len() + files < MAX_PAGE_BYTES, "the page weighs {} bytes and its files {files}", html.len());
}

#[tokio::test]
async fn a_file_is_sent_compressed_or_not_at_all_where_the_browser_wishes() {
    let name = assets::pages().style.address.strip_prefix("/assets/").unwrap();
    let ask = |header, value| asset(name, &HeaderMap::from_iter([(header, HeaderValue::from_static(value))])).unwrap();

    let plain = asset(name, &HeaderMap::new()).unwrap();
    let plain_tag = plain.headers()["etag"].clone();
    let plain = plain.into_body().into_bytes().await.unwrap();
    for refused in ["gzip;q=0", "br", "*;q=0.0, br"] {
        assert!(!ask(header::ACCEPT_ENCODING, refused).headers().contains_key("content-encoding"), "{refused}");
    }
    for accepted in ["gzip", "br, gzip;q=0.5", "*"] {
        let gzip = ask(header::ACCEPT_ENCODING, accepted);
        assert_eq!(gzip.headers()["content-encoding"], "gzip", "{accepted}");
        assert_eq!(gzip.headers()["vary"], "Accept-Encoding");
        assert_ne!(gzip.headers()["etag"], plain_tag, "a strong tag names one representation");
        let mut unpacked = Vec::new();
        let packed = gzip.into_body().into_bytes().await.unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
    }

    let digest = Sha256(sha2::Sha256::digest(&plain).into());
    assert_eq!(plain_tag, format!("\"{digest}\""));
    let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, plain_tag)]);
    let response = asset(name, &known).unwrap();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert!(response.into_body().into_bytes().await.unwrap().is_empty());
    assert_eq!(ask(header::IF_NONE_MATCH, "\"other\"").status(), StatusCode::OK);
}

#[tokio::test]
async fn the_swagger_ui_is_taken_apart_whole() {
    let html = text(docs()).await;
    let script = addresses(&html).into_iter().find(|address| address.starts_with("/assets/swagger-ui-bundle-"));
    let script = asset(script.unwrap().strip_prefix("/assets/").unwrap(), &HeaderMap::new()).unwrap();
    let script = text(script).await;
    assert!(script.contains("SwaggerUIBundle") && script.len() > 1_000_000);
    assert!(!script.contains("</script"));
}

#[tokio::test]
async fn the_favicon_is_an_icon() {
    let response = favicon(&HeaderMap::new());
    assert_eq!(response.headers()["content-type"], "image/vnd.microsoft.icon");
    assert!(response.into_body().into_bytes().await.unwrap().starts_with(&[0, 0, 1, 0]));
}
