//! Which form of a random image a client would like: read from `Accept`, as RFC 9110, section 12.5.1 says.

use poem::http::{HeaderMap, header};

use super::params::Form;
use crate::domain::Format;

/// The form that the `Accept` headers ask for, or none that is served.
///
/// JSON where the client has no preference (`*/*`, nothing at all); the picture where it prefers one, as a browser's
/// `<img>` does. A picture is any range that includes an image type that is served: which format comes back is
/// the picture's own, not a matter of negotiation.
#[must_use]
pub fn preferred_form(headers: &HeaderMap) -> Option<Form> {
    let Some(ranges) = ranges(headers) else { return Some(Form::Json) };
    let json = quality(&ranges, "application", "json");
    let image = Format::ALL.iter().map(|format| quality(&ranges, "image", format.name())).max().unwrap_or_default();
    match (json, image) {
        (0, 0) => None,
        (json, image) if image > json => Some(Form::Image),
        _ => Some(Form::Json),
    }
}

/// Whether JSON is acceptable at all.
#[must_use]
pub fn accepts_json(headers: &HeaderMap) -> bool {
    ranges(headers).is_none_or(|ranges| quality(&ranges, "application", "json") > 0)
}

/// The media ranges of the `Accept` headers; none where there is no such header. What is malformed is passed over.
fn ranges(headers: &HeaderMap) -> Option<Vec<Range>> {
    let lines = headers.get_all(header::ACCEPT);
    lines.iter().next()?;
    let ranges = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    Some(ranges.filter_map(parse).collect())
}

struct Range {
    kind: String,
    subtype: String,
    /// In thousandths, as RFC 9110 writes them.
    quality: u16,
}

fn parse(range: &str) -> Option<Range> {
    let mut parts = range.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let quality = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1_000), |(_, value)| thousandths(value.trim()))?;
    Some(Range { kind: kind.trim().to_ascii_lowercase(), subtype: subtype.trim().to_ascii_lowercase(), quality })
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

/// The quality of a media type: that of the most specific range that includes it.
fn quality(ranges: &[Range], kind: &str, subtype: &str) -> u16 {
    let specificity = |range: &Range| match (range.kind.as_str(), range.subtype.as_str()) {
        ("*", "*") => Some(0),
        (k, "*") if k == kind => Some(1),
        (k, s) if k == kind && s == subtype => Some(2),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|range| specificity(range).map(|specific| (specific, range.quality)))
        .max()
        .map_or(0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(accept: &[&str]) -> Option<Form> {
        let mut headers = HeaderMap::new();
        for line in accept {
            headers.append(header::ACCEPT, line.parse().unwrap());
        }
        preferred_form(&headers)
    }

    #[test]
    fn what_real_clients_send_gets_what_they_mean() {
        // curl, fetch, and clients that send nothing.
        assert_eq!(form(&["*/*"]), Some(Form::Json));
        assert_eq!(form(&[]), Some(Form::Json));
        // The <img> of Chromium, Firefox and Safari.
        assert_eq!(form(&["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"]), Some(Form::Image));
        assert_eq!(form(&["image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"]), Some(Form::Image));
        assert_eq!(
            form(&["image/webp,image/avif,image/jxl,image/heic,video/*;q=0.8,image/*,*/*;q=0.5"]),
            Some(Form::Image)
        );
    }

    #[test]
    fn qualities_specificity_and_refusals_count() {
        assert_eq!(form(&["application/json"]), Some(Form::Json));
        assert_eq!(form(&["application/json;q=0.5, image/png"]), Some(Form::Image));
        assert_eq!(form(&["image/png;q=0.5", "application/json;q=0.6"]), Some(Form::Json));
        assert_eq!(form(&["*/*, application/json;q=0"]), Some(Form::Image));
        assert_eq!(form(&["image/*;q=0, */*"]), Some(Form::Json));
        assert_eq!(form(&["text/html"]), None);
        assert_eq!(form(&["application/json;q=0"]), None);
        assert_eq!(form(&["rubbish"]), None);
        assert_eq!(form(&["IMAGE/PNG; Q=1.000"]), Some(Form::Image));
        assert_eq!(form(&["application/json;q=2, image/gif;q=0.001"]), Some(Form::Image));
    }
}
