//! Files for crawlers.

use std::sync::Arc;

use time::macros::date;

use super::*;
use crate::config::Contact;
use crate::http::pages::crawlers::{robots, security, sitemap, sitemap_index};

#[tokio::test]
async fn robots_are_led_to_the_site_map_and_away_from_what_has_no_end() {
    let robots_txt = text(robots(Some("https://pictures.example.org"))).await;
    assert!(robots_txt.contains("\nSitemap: https://pictures.example.org/sitemap.xml\n"), "{robots_txt}");
    assert!(robots_txt.contains("Disallow: /api/\n") && robots_txt.contains("Disallow: /images?\n"));
    assert!(robots_txt.contains("Allow: /api/v1/images/*/content\n"), "pictures may be shown with their pages");
    assert!(!text(robots(None)).await.contains("Sitemap"));
}

#[tokio::test]
async fn a_site_map_names_pages_and_pictures() {
    let image = Arc::new(stored());
    let id = image.facts.id;
    let response = sitemap("https://pictures.example.org", &["/"], [&image].into_iter());
    assert_eq!(response.headers()["content-type"], "application/xml; charset=utf-8");
    let xml = text(response).await;
    assert!(xml.contains("<url><loc>https://pictures.example.org/</loc></url>"), "{xml}");
    let entry = format!("<url><loc>https://pictures.example.org/images/{id}</loc><lastmod>1970-01-01</lastmod></url>");
    assert!(xml.contains(&entry), "{xml}");
    let index = text(sitemap_index("https://a.example", [0, 7].into_iter())).await;
    assert!(index.contains("<sitemap><loc>https://a.example/sitemap.xml?part=7</loc></sitemap>"), "{index}");
}

#[tokio::test]
async fn security_txt_has_what_rfc_9116_asks_for() {
    let contact = Contact::parse("mailto:security@example.org").unwrap();
    let file = text(security(&contact, Some("https://pictures.example.org"), date!(2026 - 11 - 21))).await;
    assert_eq!(
        file,
        "Contact: mailto:security@example.org\nExpires: 2027-05-20T00:00:00Z\nPreferred-Languages: en\n\
         Canonical: https://pictures.example.org/.well-known/security.txt\n"
    );
}
