//! The way to the endpoint: OTLP over HTTP or with gRPC. One message at a time, with no retries of its own.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use reqwest::{Certificate, Client, redirect};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Extensions};
use url::Url;

use super::ExportError;
use super::otlp::{self, Message};
use crate::config::{self, Compression, OtlpProtocol};
use crate::telemetry::health::{DropReason, Signal};
use crate::telemetry::loss;

/// The most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// The most characters of a foreign text that are repeated.
const MAX_CHARS: usize = 200;

/// How often gRPC asks an endpoint that owes an answer whether it is still there, and how long it may take to say so.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The way to the endpoint.
pub(super) enum Transport {
    Http { client: Client, url: Url, headers: HeaderMap, gzip: bool },
    Grpc { client: TraceServiceClient<Channel>, metadata: MetadataMap },
}

/// Why a message was not taken.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may be taken later, perhaps not before so long.
    Later(String, Option<Duration>),
    /// It will never be taken.
    Refused(String),
    /// There was no answer: nobody knows whether it was taken.
    Unanswered(Duration),
}

impl Transport {
    /// Prepares the way; connects only when something is sent. Needs to be within a tokio runtime.
    pub(super) fn new(endpoint: &Url, settings: &config::Traces) -> Result<Self, ExportError> {
        let authorities = settings.certificate.as_ref().map(|path| {
            let failed = |reason: String| ExportError::Certificate { path: path.clone(), reason };
            let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
            match Certificate::from_pem_bundle(&pem) {
                Ok(certificates) if !certificates.is_empty() => Ok((pem, certificates)),
                Ok(_) => Err(failed("there is no certificate in it".to_owned())),
                Err(error) => Err(failed(causes(&error))),
            }
        });
        let (pem, certificates) = authorities.transpose()?.unzip();
        let headers = settings.headers.as_ref().map(|headers| headers.map().clone()).unwrap_or_default();
        let gzip = settings.compression == Compression::Gzip;
        match settings.protocol {
            OtlpProtocol::Http => over_http(endpoint, certificates, headers, gzip, settings.timeout),
            OtlpProtocol::Grpc => with_grpc(endpoint, pem, headers, gzip, settings.timeout),
        }
        .map_err(|error| ExportError::Endpoint(causes(&*error)))
    }

    /// Sends a message and gives how many of its spans were rejected.
    pub(super) async fn send(&mut self, message: &Message) -> Result<u64, Failure> {
        if loss::is_lost(Signal::Traces) {
            return Err(Failure::Later(loss::REASON.to_owned(), None));
        }
        match self {
            Self::Http { client, url, headers, gzip } => {
                let request = client.post(url.clone()).headers(headers.clone()).body(message.encode(*gzip));
                answer(request.send().await.map_err(|error| Failure::Later(causes(&error), None))?).await
            }
            Self::Grpc { client, metadata } => {
                let request = tonic::Request::from_parts(metadata.clone(), Extensions::default(), message.request());
                match client.export(request).await {
                    Ok(answer) => Ok(otlp::rejected_of(answer.get_ref())),
                    Err(status) => Err(of_status(&status)),
                }
            }
        }
    }
}

impl Failure {
    /// What becomes of spans that are lost by it.
    pub(super) fn reason(&self) -> DropReason {
        match self {
            Self::Later(..) => DropReason::Unavailable,
            Self::Refused(_) => DropReason::ExportFailed,
            Self::Unanswered(_) => DropReason::Unconfirmed,
        }
    }

    /// How long the endpoint asks to be left alone.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self {
            Self::Later(_, pause) => *pause,
            Self::Refused(_) | Self::Unanswered(_) => None,
        }
    }
}

/// For `/readyz`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later(reason, _) => write!(f, "spans cannot be sent: {reason}"),
            Self::Refused(reason) => write!(f, "spans are refused: {reason}"),
            Self::Unanswered(timeout) => write!(f, "spans are not acknowledged within {} ms", timeout.as_millis()),
        }
    }
}

type Built = Result<Transport, Box<dyn Error + Send + Sync>>;

fn over_http(
    endpoint: &Url,
    certificates: Option<Vec<Certificate>>,
    mut headers: HeaderMap,
    gzip: bool,
    timeout: Duration,
) -> Built {
    let builder = Client::builder()
        .user_agent(user_agent())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(timeout)
        .pool_max_idle_per_host(1);
    let builder = certificates.into_iter().fold(builder, reqwest::ClientBuilder::tls_certs_only);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let mut url = endpoint.clone();
    if url.path() == "/" {
        url.set_path("/v1/traces");
    }
    Ok(Transport::Http { client: builder.build()?, url, headers, gzip })
}

fn with_grpc(endpoint: &Url, pem: Option<Vec<u8>>, headers: HeaderMap, gzip: bool, timeout: Duration) -> Built {
    let mut channel = Endpoint::from_shared(endpoint.origin().ascii_serialization())?
        .user_agent(user_agent())?
        .connect_timeout(timeout)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);
    if endpoint.scheme() == "https" {
        let tls = match pem {
            Some(pem) => ClientTlsConfig::new().ca_certificate(tonic::transport::Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        channel = channel.tls_config(tls)?;
    }
    let client = TraceServiceClient::new(channel.connect_lazy()).max_decoding_message_size(MAX_ANSWER_BYTES);
    let client = if gzip { client.send_compressed(CompressionEncoding::Gzip) } else { client };
    Ok(Transport::Grpc { client, metadata: MetadataMap::from_headers(headers) })
}

/// What an answer over HTTP means; <https://opentelemetry.io/docs/specs/otlp/#failures>.
async fn answer(mut response: reqwest::Response) -> Result<u64, Failure> {
    let status = response.status().as_u16();
    match status {
        200..=299 => {}
        429 | 502 | 503 | 504 => {
            let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
            return Err(Failure::Later(format!("the endpoint answers {status}"), after));
        }
        _ => return Err(Failure::Refused(format!("the endpoint answers {status}"))),
    }
    let mut body = Vec::new();
    // A success whose answer breaks off is one: the spans were taken.
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER_BYTES {
            return Ok(0);
        }
    }
    Ok(otlp::rejected(&body))
}

/// What an answer by gRPC means; <https://opentelemetry.io/docs/specs/otlp/#failures>.
fn of_status(status: &tonic::Status) -> Failure {
    let mut reason = format!("{}: {}", status.code(), shortened(status.message()));
    if let Some(source) = status.source() {
        // Writing to memory cannot fail.
        let _ = write!(reason, ": {}", causes(source));
    }
    // What never came from the endpoint has a source: the connection failed.
    let is_local = status.source().is_some();
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss
        | Code::ResourceExhausted => Failure::Later(reason, None),
        _ if is_local => Failure::Later(reason, None),
        _ => Failure::Refused(reason),
    }
}

fn user_agent() -> String {
    format!("sirius/{}", env!("CARGO_PKG_VERSION"))
}

/// An error with what is behind it: the outermost often says no more than that something failed.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        // Writing to memory cannot fail.
        let _ = write!(text, ": {error}");
        next = error.source();
    }
    shortened(&text)
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
