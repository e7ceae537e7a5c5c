//! `GET /metrics` on the admin port: in the format that the scraper prefers.

use poem::http::{HeaderMap, header};
use poem::{Response, Result, handler};

use super::accept::Accept;
use super::problem::ProblemKind;
use crate::telemetry::metrics::{self, Format};

/// What was measured so far.
#[handler]
pub async fn scrape(headers: &HeaderMap) -> Result<Response> {
    let format = format(headers);
    let text = metrics::scrape(format).await.ok_or_else(|| {
        ProblemKind::NotFound.because("metrics are switched off; `metrics.enabled = true` and a restart switch them on")
    })?;
    Ok(Response::builder()
        .content_type(format.content_type())
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, "Accept")
        .body(text))
}

/// OpenMetrics for those who name it and want nothing else more; the classic text, which everything reads, for all
/// others, whatever they say.
fn format(headers: &HeaderMap) -> Format {
    let Some(accept) = Accept::of(headers) else { return Format::Text };
    let open_metrics = accept.quality_by_name("application", "openmetrics-text", "1.0.0");
    let text = accept.quality("text", "plain");
    if open_metrics > 0 && open_metrics >= text { Format::OpenMetrics } else { Format::Text }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn format_of(accept: &[&[u8]]) -> Format {
        let mut headers = HeaderMap::new();
        for line in accept {
            headers.append(header::ACCEPT, HeaderValue::from_bytes(line).unwrap());
        }
        format(&headers)
    }

    #[test]
    fn scrapers_get_what_they_prefer() {
        // Prometheus 3, Prometheus 2.
        let three = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
            text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let two = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for accept in [three, two, "application/openmetrics-text", "APPLICATION/OpenMetrics-Text; Version=\"1.0.0\""] {
            assert_eq!(format_of(&[accept.as_bytes()]), Format::OpenMetrics, "{accept}");
        }
        assert_eq!(format_of(&[b"text/plain;q=0.1", b"application/openmetrics-text;q=0.2"]), Format::OpenMetrics);
    }

    #[test]
    fn everybody_else_gets_the_classic_text() {
        assert_eq!(format_of(&[]), Format::Text);
        for accept in [
            "",
            "*/*",
            "text/plain",
            "application/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/json",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=0, */*",
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;q=0.3,text/plain;q=0.4",
            "application/openmetrics-text;q=lots",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily",
            ";;;,,,q=1,/",
        ] {
            assert_eq!(format_of(&[accept.as_bytes()]), Format::Text, "{accept}");
        }
        assert_eq!(format_of(&[b"\xff\xfe application/openmetrics-text"]), Format::Text);
        assert_eq!(format_of(&[&b"a/b,".repeat(2_000)]), Format::Text);
    }
}
