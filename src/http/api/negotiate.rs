//! Which form of a random image a client would like: read from `Accept`.

use poem::http::HeaderMap;

use super::params::Form;
use crate::domain::Format;
use crate::http::accept::Accept;

/// The form that the `Accept` headers ask for, or none that is served.
///
/// JSON where the client has no preference (`*/*`, nothing at all); the picture where it prefers one, as a browser's
/// `<img>` does. A picture is any range that includes an image type that is served: which format comes back is
/// the picture's own, not a matter of negotiation.
#[must_use]
pub fn preferred_form(headers: &HeaderMap) -> Option<Form> {
    let Some(accept) = Accept::of(headers) else { return Some(Form::Json) };
    let json = accept.quality("application", "json");
    let image = Format::ALL.iter().map(|format| accept.quality("image", format.name())).max().unwrap_or_default();
    match (json, image) {
        (0, 0) => None,
        (json, image) if image > json => Some(Form::Image),
        _ => Some(Form::Json),
    }
}

/// Whether JSON is acceptable at all.
#[must_use]
pub fn accepts_json(headers: &HeaderMap) -> bool {
    Accept::of(headers).is_none_or(|accept| accept.quality("application", "json") > 0)
}

#[cfg(test)]
mod tests {
    use poem::http::header;

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
