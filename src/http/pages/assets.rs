//! What pages load besides pictures: styles, scripts and icons, embedded and named after their content.
//!
//! A name changes with the content, so a browser may keep what it has for ever and never shows a new page with an
//! old style.

use std::io::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use poem::Response;
use poem::http::{HeaderMap, StatusCode, header};
use sha2::Digest as _;

use super::docs::SWAGGER_UI;
use crate::domain::Sha256;

const FOREVER: &str = "public, max-age=31536000, immutable";
const FOR_A_DAY: &str = "public, max-age=86400";

/// One file.
pub(super) struct Asset {
    /// Its path on this server, such as `/assets/page-0123456789ab.css`.
    pub address: String,
    media_type: &'static str,
    /// The content's SHA-256, in hexadecimal.
    digest: String,
    content: Bytes,
    /// The content compressed, where that makes it smaller.
    gzip: Option<Bytes>,
}

/// The files of our own pages.
pub(super) struct PageAssets {
    pub style: Asset,
    pub gallery_style: Asset,
    pub statistics_style: Asset,
    pub docs_style: Asset,
    pub script: Asset,
    pub image_script: Asset,
    pub gallery_script: Asset,
    pub docs_script: Asset,
    pub monitor_style: Asset,
    pub monitor_script: Asset,
    pub icon: Asset,
    pub touch_icon: Asset,
    pub large_icon: Asset,
    pub manifest: Asset,
    plate: Asset,
    steer: Asset,
    stars: Asset,
    constellation: Asset,
}

impl PageAssets {
    fn all(&self) -> [&Asset; 18] {
        [
            &self.style,
            &self.gallery_style,
            &self.statistics_style,
            &self.docs_style,
            &self.script,
            &self.image_script,
            &self.gallery_script,
            &self.docs_script,
            &self.monitor_style,
            &self.monitor_script,
            &self.icon,
            &self.touch_icon,
            &self.large_icon,
            &self.manifest,
            &self.plate,
            &self.steer,
            &self.stars,
            &self.constellation,
        ]
    }

    /// What a browser loads for the page; what it loads only to put the page on a home screen is not part of it.
    #[cfg(test)]
    pub(super) fn of_home(&self) -> [&Asset; 8] {
        [
            &self.style,
            &self.script,
            &self.plate,
            &self.steer,
            &self.icon,
            &self.manifest,
            &self.stars,
            &self.constellation,
        ]
    }
}

/// The text of a file in `assets/web`.
macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../../assets/web/", $name))
    };
}

/// The bytes of a file in `assets/web`.
macro_rules! bytes {
    ($name:literal) => {
        include_bytes!(concat!("../../../assets/web/", $name)).as_slice()
    };
}

static PAGES: LazyLock<PageAssets> = LazyLock::new(|| {
    let stars = Asset::new("stars.svg", text!("stars.svg"));
    let constellation = Asset::new("canis-major.svg", text!("canis-major.svg"));
    let plate = Asset::new("plate.js", text!("plate.js"));
    let steer = Asset::new("steer.js", text!("steer.js"));
    let icon = Asset::new("icon.svg", text!("icon.svg"));
    let large_icon = Asset::new("icon-512.png", bytes!("icon-512.png"));
    // Files name each other as they lie in their folder; here those names become addresses.
    let script =
        |text: &str| text.replace("./plate.js", &plate.address).replace("./steer.js", &steer.address).into_bytes();
    let style =
        text!("page.css").replace("stars.svg", &stars.address).replace("canis-major.svg", &constellation.address);
    let manifest =
        text!("manifest.webmanifest").replace("icon.svg", &icon.address).replace("icon-512.png", &large_icon.address);
    PageAssets {
        style: Asset::new("page.css", style),
        gallery_style: Asset::new("gallery.css", text!("gallery.css")),
        statistics_style: Asset::new("statistics.css", text!("statistics.css")),
        docs_style: Asset::new("docs.css", text!("docs.css")),
        script: Asset::new("page.js", script(text!("page.js"))),
        image_script: Asset::new("image.js", script(text!("image.js"))),
        gallery_script: Asset::new("gallery.js", script(text!("gallery.js"))),
        docs_script: Asset::new("docs.js", text!("docs.js")),
        monitor_style: Asset::new("monitor.css", text!("monitor.css")),
        monitor_script: Asset::new("monitor.js", text!("monitor.js")),
        touch_icon: Asset::new("icon.png", bytes!("icon.png")),
        manifest: Asset::new("manifest.webmanifest", manifest),
        icon,
        large_icon,
        plate,
        steer,
        stars,
        constellation,
    }
});

static FAVICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("favicon.ico", bytes!("favicon.ico")));

/// The files that pages name in their heads.
pub(super) fn pages() -> &'static PageAssets {
    &PAGES
}

/// Answers `GET /assets/{name}`; none when there is no such file.
#[must_use]
pub fn asset(name: &str, request: &HeaderMap) -> Option<Response> {
    let known = |asset: &&Asset| asset.address.strip_prefix("/assets/") == Some(name);
    let found = if name.starts_with("swagger-ui") {
        SWAGGER_UI.all().into_iter().find(known)
    } else {
        PAGES.all().into_iter().find(known)
    };
    found.map(|asset| asset.answer(request, FOREVER))
}

/// Answers `GET /favicon.ico`, which browsers and other programs ask for unasked.
#[must_use]
pub fn favicon(request: &HeaderMap) -> Response {
    FAVICON.answer(request, FOR_A_DAY)
}

/// Prepares what the first visitor would otherwise wait for; takes some 100 ms of computing, so call it on a thread
/// that may block.
pub fn warm_up() {
    LazyLock::force(&PAGES);
    LazyLock::force(&FAVICON);
    LazyLock::force(&SWAGGER_UI);
}

impl Asset {
    /// A file of this name, which tells its media type.
    pub(super) fn new(name: &str, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let digest = hex_digest(&content);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        Self {
            address: format!("/assets/{stem}-{}.{extension}", &digest[..12]),
            media_type: match extension {
                "css" => "text/css; charset=utf-8",
                "ico" => "image/vnd.microsoft.icon",
                "js" => "text/javascript; charset=utf-8",
                "png" => "image/png",
                "svg" => "image/svg+xml",
                "webmanifest" => "application/manifest+json",
                _ => "application/octet-stream",
            },
            gzip: compressed(&content).filter(|gzip| gzip.len() < content.len()),
            digest,
            content,
        }
    }

    fn answer(&self, request: &HeaderMap, cache_control: &'static str) -> Response {
        let gzip = self.gzip.as_ref().filter(|_| accepts_gzip(request));
        let etag = format!("\"{}{}\"", self.digest, if gzip.is_some() { "-gzip" } else { "" });
        let fresh = is_known(request, &etag);
        let response = Response::builder()
            .header(header::CACHE_CONTROL, cache_control)
            .header(header::ETAG, etag)
            .header(header::VARY, "Accept-Encoding");
        if fresh {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = response.content_type(self.media_type);
        match gzip {
            Some(gzip) => response.header(header::CONTENT_ENCODING, "gzip").body(gzip.clone()),
            None => response.body(self.content.clone()),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.content.len()
    }
}

/// Whether the client has what this tag names: RFC 9110, section 13.1.2, compared weakly.
pub(super) fn is_known(request: &HeaderMap, etag: &str) -> bool {
    lists(request, header::IF_NONE_MATCH, |known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

/// Whether the client takes gzip: it names it, or `*`, and not with a weight of nought.
fn accepts_gzip(request: &HeaderMap) -> bool {
    lists(request, header::ACCEPT_ENCODING, |coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        matches!(name.trim(), "gzip" | "*") && !refused
    })
}

/// Whether a header that is a list has an element like that.
fn lists(request: &HeaderMap, name: header::HeaderName, wanted: impl Fn(&str) -> bool) -> bool {
    request
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|element| wanted(element.trim()))
}

fn hex_digest(content: &[u8]) -> String {
    Sha256(sha2::Sha256::digest(content).into()).to_string()
}

/// The content as gzip; writing to memory does not fail.
fn compressed(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
