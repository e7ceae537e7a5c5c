//! What a client would like to get: `Accept`, as RFC 9110, section 12.5.1 says.

use poem::http::{HeaderMap, header};

/// The media ranges of a request. What is malformed is passed over.
pub struct Accept(Vec<Range>);

struct Range {
    kind: String,
    subtype: String,
    /// The parameter of that name, where there is one.
    version: Option<String>,
    /// In thousandths, as RFC 9110 writes them.
    quality: u16,
}

impl Accept {
    /// That of a request; none where it says nothing, which accepts everything.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::ACCEPT);
        lines.iter().next()?;
        let ranges = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        Some(Self(ranges.filter_map(Range::parse).collect()))
    }

    /// How much a media type is wanted, in thousandths: as much as the most specific range that includes it says.
    #[must_use]
    pub fn quality(&self, kind: &str, subtype: &str) -> u16 {
        let specific = self.0.iter().filter_map(|range| Some((range.specificity(kind, subtype)?, range.quality)));
        specific.max().map_or(0, |(_, quality)| quality)
    }

    /// How much a version of a media type is wanted by ranges that name the type itself, with that version or none.
    #[must_use]
    pub fn quality_by_name(&self, kind: &str, subtype: &str, version: &str) -> u16 {
        let named = self.0.iter().filter(|range| range.kind == kind && range.subtype == subtype);
        let versions = named.filter(|range| range.version.as_deref().is_none_or(|named| named == version));
        versions.map(|range| (range.version.is_some(), range.quality)).max().map_or(0, |(_, quality)| quality)
    }
}

impl Range {
    fn parse(range: &str) -> Option<Self> {
        let mut parts = range.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let (mut quality, mut version) = (1_000, None);
        for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value.trim())?,
                "version" => version = Some(value.trim().trim_matches('"').to_owned()),
                _ => {}
            }
        }
        let lower = |text: &str| text.trim().to_ascii_lowercase();
        Some(Self { kind: lower(kind), subtype: lower(subtype), version, quality })
    }

    fn specificity(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(0),
            (k, "*") if k == kind => Some(1),
            (k, s) if k == kind && s == subtype => Some(2),
            _ => None,
        }
    }
}

fn thousandths(value: &str) -> Option<u16> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}
