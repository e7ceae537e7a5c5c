//! `[traces]`: which requests are traced, and where their spans go.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::declare::settings;
use super::kind::{Kind, choice, count, duration, optional, path, ratio, secret};
use super::pairs::{Attributes, Headers};

settings! {
    /// `[traces]`
    pub struct Traces {
        /// Where spans are sent by OTLP, to a collector or a trace store; without it nothing is exported.
        endpoint: Option<Url> = None => optional(endpoint());
        /// Whether anything is exported at all.
        exporter: TracesExporter = TracesExporter::Otlp =>
            choice(&[("otlp", TracesExporter::Otlp), ("none", TracesExporter::None)]);
        /// What the endpoint speaks: over HTTP the usual port is 4318, with gRPC 4317.
        protocol: OtlpProtocol = OtlpProtocol::Http =>
            choice(&[("http/protobuf", OtlpProtocol::Http), ("grpc", OtlpProtocol::Grpc)]);
        /// Headers sent along, such as one that authenticates.
        headers: Option<Headers> = None => optional(secret(Headers::ALLOWED, Headers::parse, Headers::expose));
        /// The certificates of authorities that are trusted instead of the system's, in PEM.
        certificate: Option<PathBuf> = None => optional(path());
        /// How what is sent is compressed.
        compression: Compression = Compression::None =>
            choice(&[("none", Compression::None), ("gzip", Compression::Gzip)]);
        /// How long one request to the endpoint may take; short, so that a hanging one is noticed.
        timeout: Duration = Duration::from_secs(3) =>
            duration(Duration::from_millis(100)..=Duration::from_mins(1));
        /// How long spans are offered again while the endpoint cannot be reached.
        export_timeout: Duration = Duration::from_secs(30) =>
            duration(Duration::from_millis(100)..=Duration::from_mins(10));
        /// Which requests are sampled. With `parentbased_`, one that is part of a trace follows its caller; on a port that is
        /// open to strangers, `traceidratio` keeps them from having everything traced.
        sampler: Sampler = Sampler::ParentBasedRatio => choice(&[
            ("always_on", Sampler::AlwaysOn),
            ("always_off", Sampler::AlwaysOff),
            ("traceidratio", Sampler::Ratio),
            ("parentbased_always_on", Sampler::ParentBasedAlwaysOn),
            ("parentbased_always_off", Sampler::ParentBasedAlwaysOff),
            ("parentbased_traceidratio", Sampler::ParentBasedRatio),
        ]);
        /// The share that the samplers with `traceidratio` take.
        sampler_ratio: f64 = 0.01 => ratio();
        /// Of which requests that were not sampled a span is exported after all, when they have ended: those that failed by
        /// our fault (5xx), those that took longer than `slow_after`.
        always_export: AlwaysExport = AlwaysExport::ErrorsAndSlow => choice(&[
            ("errors_and_slow", AlwaysExport::ErrorsAndSlow),
            ("errors", AlwaysExport::Errors),
            ("nothing", AlwaysExport::Nothing),
        ]);
        /// How long a request takes to count as slow.
        slow_after: Duration = Duration::from_secs(1) => duration(Duration::from_millis(1)..=Duration::from_mins(1));
        /// What Sirius is called in the trace store.
        service_name: String = "sirius".to_owned() => service_name();
        /// What else describes it there.
        resource_attributes: Option<Attributes> = None => optional(attributes());
        /// How many spans wait to be sent; further ones are dropped, and counted.
        max_queue_size: usize = 2_048 => count(1..=65_536);
        /// How many spans are sent at a time.
        max_batch_size: usize = 512 => count(1..=8_192);
        /// How long spans wait for others to be sent with.
        batch_delay: Duration = Duration::from_secs(1) =>
            duration(Duration::from_millis(1)..=Duration::from_mins(1));
    }
}

/// Whether spans are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TracesExporter {
    /// To the endpoint, if there is one.
    Otlp,
    /// Never.
    None,
}

/// How OTLP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protocol buffers over HTTP/1.1.
    Http,
    /// gRPC.
    Grpc,
}

/// How requests to the endpoint are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
}

/// Which requests are sampled; named as in <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// All.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// A share of them, whatever their callers do.
    Ratio,
    /// Those whose callers are, and all without a caller.
    ParentBasedAlwaysOn,
    /// Those whose callers are.
    ParentBasedAlwaysOff,
    /// Those whose callers are, and a share of those without a caller.
    ParentBasedRatio,
}

/// Of which requests a span is exported though they were not sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlwaysExport {
    /// Those that failed by our fault, and the slow ones.
    ErrorsAndSlow,
    /// Those that failed by our fault.
    Errors,
    /// None.
    Nothing,
}

impl Traces {
    /// Where spans are sent, if they are.
    #[must_use]
    pub fn target(&self) -> Option<&Url> {
        self.endpoint.as_ref().filter(|_| self.exporter == TracesExporter::Otlp)
    }
}

fn endpoint() -> Kind<Url> {
    Kind::text(
        "a URL that begins with http:// or https://, without a user or a fragment, such as \"http://127.0.0.1:4318\"; over \
         HTTP, /v1/traces is meant where it has no path",
        |text| {
            let url: Url = text.parse().ok()?;
            let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
            // `localhost:4317` would be read as a scheme and a path.
            (matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain).then_some(url)
        },
        Url::to_string,
    )
}

fn service_name() -> Kind<String> {
    Kind::text(
        "a name of at most 255 characters, which is not empty",
        |text| ((1..=255).contains(&text.chars().count()) && !text.trim().is_empty()).then(|| text.to_owned()),
        String::clone,
    )
}

fn attributes() -> Kind<Attributes> {
    Kind::text(Attributes::ALLOWED, Attributes::parse, Attributes::to_string)
}

#[cfg(test)]
mod tests {
    use super::super::kind::Given;
    use super::*;

    #[test]
    fn an_endpoint_has_a_scheme_and_a_host_and_no_secret() {
        let kind = endpoint();
        let parse = |text: &str| kind.parse(&Given::Text(text.to_owned())).map(|url| url.to_string());
        assert_eq!(parse("http://127.0.0.1:4318").as_deref(), Some("http://127.0.0.1:4318/"));
        assert_eq!(parse("https://[::1]/otlp?a=b").as_deref(), Some("https://[::1]/otlp?a=b"));
        for refused in [
            "",
            "localhost:4317",
            "127.0.0.1:4317",
            "//host",
            "grpc://host",
            "http://",
            "http://u:p@host",
            "http://h/#a",
        ] {
            assert_eq!(parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn without_an_endpoint_or_with_the_exporter_none_nothing_is_sent() {
        let mut traces = Traces::default();
        assert_eq!(traces.target(), None);
        traces.endpoint = "http://h".parse().ok();
        assert!(traces.target().is_some());
        traces.exporter = TracesExporter::None;
        assert_eq!(traces.target(), None);
    }
}
