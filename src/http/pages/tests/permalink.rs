//! A picture's own page.

use super::*;

fn view(image: &Image) -> PermalinkView<'_> {
    PermalinkView {
        picture: PictureView::new(image, None),
        newer: Some(ImageId::from_digest(&Sha256([1; 32]))),
        older: None,
        origin: Some("https://pictures.example.org".into()),
    }
}

async fn html_of(view: &PermalinkView<'_>) -> String {
    text(permalink(view, &HeaderMap::new())).await
}

#[tokio::test]
async fn it_can_be_shown_elsewhere() {
    let image = stored();
    let id = image.facts.id;
    let html = html_of(&view(&image)).await;
    for (property, content) in [
        ("og:title", "A quiet night".to_owned()),
        ("og:description", "Stars over a hill".to_owned()),
        ("og:url", format!("https://pictures.example.org/images/{id}")),
        ("og:image", format!("https://pictures.example.org/api/v1/images/{id}/content")),
        ("og:image:width", "640".to_owned()),
        ("og:image:height", "480".to_owned()),
        ("og:image:type", "image/png".to_owned()),
        ("og:image:alt", "Stars over a hill".to_owned()),
    ] {
        let tag = format!(r#"<meta property="{property}" content="{content}">"#);
        assert!(html.contains(&tag), "{tag} is not in {html}");
    }
    assert!(html.contains(&format!(r#"<link rel="canonical" href="https://pictures.example.org/images/{id}">"#)));
    assert!(html.contains("PNG, 640 × 480 pixels, 1 byte "), "{html}");
}

#[tokio::test]
async fn without_a_known_host_no_address_is_made_up() {
    let image = stored();
    let html = html_of(&PermalinkView { origin: None, ..view(&image) }).await;
    assert!(html.contains(r#"property="og:title""#));
    assert!(!html.contains("og:url") && !html.contains("og:image") && !html.contains("canonical"), "{html}");
}

#[tokio::test]
async fn its_neighbours_are_a_link_away() {
    let image = stored();
    let newer = ImageId::from_digest(&Sha256([1; 32]));
    let html = html_of(&view(&image)).await;
    assert!(html.contains(&format!(r#"rel="prev" href="/images/{newer}""#)), "{html}");
    assert!(!html.contains(r#"rel="next""#), "{html}");
}

#[tokio::test]
async fn a_linked_picture_is_shown_from_where_it_is() {
    let image = linked("https://pictures.example/a.jpg");
    let html = html_of(&view(&image)).await;
    assert!(html.contains(r#"<meta property="og:image" content="https://pictures.example/a.jpg">"#), "{html}");
    assert!(html.contains("Linked from elsewhere") && !html.contains("og:image:width"), "{html}");
}

#[tokio::test]
async fn what_strangers_wrote_stays_text() {
    let attack = r#"'"><script>alert(1)</script>"#;
    let mut image = linked(&format!("https://pictures.example/{attack}"));
    image.facts.title = Some(attack.into());
    image.facts.alt = Some(attack.repeat(30).into());
    image.facts.tags = [Tag::parse(&attack.replace('/', "|")).unwrap()].into();
    image.facts.attribution.author = Some(attack.into());
    let html = html_of(&view(&image)).await;
    assert!(!html.contains("<script>") && !html.contains(r#"'">"#), "{html}");
    assert!(html.contains("/images?tag=%27%22%3E%3Cscript%3E"), "{html}");
}
