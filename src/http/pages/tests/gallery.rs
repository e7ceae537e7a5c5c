//! The gallery.

use super::*;

fn view<'a>(filter: &'a Filter, images: &'a [Image], popular: Vec<(&'a Tag, u64)>) -> GalleryView<'a> {
    GalleryView {
        filter,
        tiles: images.iter().map(|image| PictureView::new(image, None)).collect(),
        selected: images.len() as u64,
        images: 1_234,
        popular,
        is_first: true,
        next_cursor: Some("c0-_".to_owned()),
        origin: Some("https://pictures.example.org".into()),
    }
}

fn labels(labels: &[&str]) -> Vec<String> {
    labels.iter().map(ToString::to_string).collect()
}

async fn html_of(view: &GalleryView<'_>) -> String {
    text(gallery(view, &HeaderMap::new())).await
}

#[tokio::test]
async fn every_picture_has_its_place_before_it_arrives() {
    let images = [stored(), linked("https://pictures.example/a.jpg")];
    let html = html_of(&view(&Filter::everything(), &images, vec![])).await;
    assert_eq!(html.matches(r#"<img class="ghost" src="data:image/svg+xml"#).count(), 2, "{html}");
    assert_eq!(html.matches(r#"loading="lazy""#).count(), 2);
    assert!(html.contains(r#"width="640" height="480" alt="Stars over a hill""#), "{html}");
    assert!(html.contains("fill=&#39;%230102ff&#39;"), "the colour of one without a placeholder: {html}");
    assert!(html.contains("width=&#39;4&#39; height=&#39;3&#39;"), "some shape for one of unknown shape: {html}");
    assert!(html.contains(r#"<a id="more" class="act" rel="next" href="/images?cursor=c0-_">"#), "{html}");
    assert!(html.contains(r#"<link rel="canonical" href="https://pictures.example.org/images">"#), "{html}");
}

#[tokio::test]
async fn a_title_is_not_read_twice() {
    let mut images = [stored(), stored()];
    images[0].facts.alt = None;
    images[1].facts.alt = images[1].facts.title.clone();
    let html = html_of(&view(&Filter::everything(), &images, vec![])).await;
    assert_eq!(html.matches("A quiet night").count(), 2, "{html}");
}

#[tokio::test]
async fn words_can_be_added_to_the_filter_and_taken_away() {
    let filter = Filter::parse(&labels(&["a&b", "stars"]), &labels(&["moon"]), Some(Kind::Still)).unwrap();
    let tags = ["stars", "rare", "100% sky"].map(|tag| Tag::parse(tag).unwrap());
    let images = [stored(), stored()];
    let html = html_of(&view(&filter, &images, vec![(&tags[0], 2), (&tags[1], 1), (&tags[2], 1)])).await;
    let hrefs = values(&html, "href");
    for href in [
        "/images?tag=stars&#38;without=moon&#38;kind=still",
        "/images?tag=a%26b&#38;without=moon&#38;kind=still",
        "/images?tag=a%26b&#38;tag=stars&#38;kind=still",
        "/images?tag=a%26b&#38;tag=stars&#38;without=moon",
        "/images?tag=a%26b&#38;tag=stars&#38;without=moon&#38;kind=still&#38;tag=rare",
        "/images?tag=a%26b&#38;tag=stars&#38;without=moon&#38;kind=still&#38;tag=100%25-sky",
    ] {
        assert!(hrefs.contains(&href), "{href} is not in {hrefs:?}");
    }
    assert!(html.contains("<h1>a&#38;b, stars</h1>") && html.contains(r#"content="noindex, follow""#), "{html}");
    assert!(html.contains(r#"<input type="hidden" name="tag" value="a&#38;b">"#), "the form adds a tag: {html}");
}

#[tokio::test]
async fn a_full_filter_takes_no_more_tags() {
    let full: Vec<_> = (0..Filter::MAX_TAGS).map(|number| format!("t{number}")).collect();
    let filter = Filter::parse(&full, &[], None).unwrap();
    let (images, rare) = ([stored(), stored()], Tag::parse("rare").unwrap());
    let html = html_of(&view(&filter, &images, vec![(&rare, 1)])).await;
    assert!(!html.contains("tag=rare"), "{html}");
}

#[tokio::test]
async fn where_nothing_is_selected_it_says_so_and_leads_back() {
    let filter = Filter::parse(&labels(&["<b>unheard of</b>".replace('/', "").as_str()]), &[], None).unwrap();
    let html = html_of(&GalleryView { next_cursor: None, ..view(&filter, &[], vec![]) }).await;
    assert!(html.contains("No picture is like that") && html.contains(r#"<a href="/images">"#), "{html}");
    assert!(!html.contains("<b>") && !html.contains("<script") && !html.contains("rel=\"next\""), "{html}");
}

#[tokio::test]
async fn an_empty_catalogue_says_how_to_fill_it() {
    let html = html_of(&GalleryView { images: 0, ..view(&Filter::everything(), &[], vec![]) }).await;
    assert!(html.contains("sirius import ") && !html.contains("<form"), "{html}");
}

#[tokio::test]
async fn what_strangers_wrote_stays_text() {
    let attack = r#"'"><script>alert(1)</script>"#;
    let mut image = linked(&format!("https://pictures.example/{attack}.gif"));
    image.facts.title = Some(attack.repeat(30).into());
    image.facts.alt = Some(attack.into());
    let tag = Tag::parse(&attack.replace('/', "|")).unwrap();
    let filter = Filter::parse(&[tag.as_str().to_owned()], &[tag.as_str().to_owned()], None).unwrap();
    let images = [image, stored()];
    let html = html_of(&view(&filter, &images, vec![(&tag, 1)])).await;
    assert!(!html.contains("<script>"), "{html}");
    // Nothing leaves its attribute: every quote that opens one is closed.
    assert!(!html.contains(r#"'">"#), "{html}");
}

#[tokio::test]
async fn what_moves_waits_for_those_who_ask_for_less_motion() {
    let mut moving = stored();
    if let Content::Stored(stored) = &mut moving.facts.content {
        stored.frames = 2;
    }
    let images = [moving, linked("https://pictures.example/a.GIF?b=c.jpg"), stored(), linked("https://gif.example/a")];
    let html = html_of(&view(&Filter::everything(), &images, vec![])).await;
    assert_eq!(html.matches(r#"<source media="(prefers-reduced-motion: reduce)" srcset="data:image/"#).count(), 2);
    assert_eq!(html.matches("data-moves").count(), 2, "{html}");
    assert!(values(&html, "srcset").iter().all(|address| !address.contains(' ')), "{html}");
}

#[tokio::test]
async fn it_is_sent_again_only_when_it_has_changed() {
    let images = [stored()];
    let filter = Filter::everything();
    let first = gallery(&view(&filter, &images, vec![]), &HeaderMap::new());
    assert_eq!(first.headers()["cache-control"], "no-cache");
    let etag = first.headers()["etag"].clone();
    let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, etag)]);
    let same = gallery(&view(&filter, &images, vec![]), &known);
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert!(same.headers().contains_key("etag") && same.into_body().into_bytes().await.unwrap().is_empty());
    let other = gallery(&view(&filter, &[], vec![]), &known);
    assert_eq!(other.status(), StatusCode::OK);
}
