//! Files that programs ask a site for: `robots.txt`, the site map, `security.txt`.

use std::fmt::Write as _;

use poem::Response;
use poem::http::header;
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Time};

use crate::config::Contact;
use crate::domain::{Image, Timestamp};

/// How many numbers of images a part of the site map covers. The protocol allows 50,000 addresses a file; a tenth keeps
/// what one request costs small. <https://www.sitemaps.org/protocol.html>
pub const IMAGES_PER_SITEMAP: u32 = 5_000;

/// For how many days a `security.txt` is good; RFC 9116 recommends less than a year.
const SECURITY_DAYS: i64 = 180;

/// `GET /robots.txt`: pages and pictures are welcome in an index; random ones and sieved lists have no end.
#[must_use]
pub fn robots(origin: Option<&str>) -> Response {
    let mut text = "User-agent: *\nAllow: /api/v1/images/*/content\nDisallow: /api/\nDisallow: /images?\n".to_owned();
    if let Some(origin) = origin {
        // Writing to a string does not fail.
        let _ = write!(text, "\nSitemap: {origin}/sitemap.xml\n");
    }
    file("text/plain; charset=utf-8", text)
}

/// `GET /sitemap.xml` where one file holds all addresses: the pages, and each picture's.
#[must_use]
pub fn sitemap<'a>(origin: &str, pages: &[&str], images: impl Iterator<Item = &'a std::sync::Arc<Image>>) -> Response {
    let mut xml = head("urlset");
    for page in pages {
        let _ = writeln!(xml, "<url><loc>{origin}{page}</loc></url>");
    }
    for image in images {
        let (id, added) = (image.facts.id, image.created_at.date());
        let _ = writeln!(xml, "<url><loc>{origin}/images/{id}</loc><lastmod>{added}</lastmod></url>");
    }
    xml.push_str("</urlset>\n");
    file("application/xml; charset=utf-8", xml)
}

/// `GET /sitemap.xml` where it takes several files: their addresses.
#[must_use]
pub fn sitemap_index(origin: &str, parts: impl Iterator<Item = u32>) -> Response {
    let mut xml = head("sitemapindex");
    for part in parts {
        let _ = writeln!(xml, "<sitemap><loc>{origin}/sitemap.xml?part={part}</loc></sitemap>");
    }
    xml.push_str("</sitemapindex>\n");
    file("application/xml; charset=utf-8", xml)
}

/// `GET /.well-known/security.txt`, RFC 9116.
#[must_use]
pub fn security(contact: &Contact, origin: Option<&str>, today: Date) -> Response {
    let expires = Timestamp::new_utc(today.saturating_add(Duration::days(SECURITY_DAYS)), Time::MIDNIGHT);
    let expires = expires.format(&Rfc3339).unwrap_or_default();
    let mut text = format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n");
    if let Some(origin) = origin {
        let _ = writeln!(text, "Canonical: {origin}/.well-known/security.txt");
    }
    file("text/plain; charset=utf-8", text)
}

fn head(element: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{element} xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
    )
}

fn file(media_type: &'static str, text: String) -> Response {
    Response::builder().content_type(media_type).header(header::CACHE_CONTROL, "public, max-age=3600").body(text)
}
