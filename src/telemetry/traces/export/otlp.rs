//! Spans as OTLP has them; <https://opentelemetry.io/docs/specs/otlp/>.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;

/// A batch on its way.
pub(super) struct Message(ExportTraceServiceRequest);

impl Message {
    pub(super) fn new(spans: Vec<SpanData>, resource: &ResourceAttributesWithSchema) -> Self {
        Self(ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(spans, resource) })
    }

    /// For gRPC, which encodes by itself.
    pub(super) fn request(&self) -> ExportTraceServiceRequest {
        self.0.clone()
    }

    /// For HTTP.
    pub(super) fn encode(&self, gzip: bool) -> Bytes {
        let plain = self.0.encode_to_vec();
        if !gzip {
            return plain.into();
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
        // Writing to memory cannot fail.
        let _ = encoder.write_all(&plain);
        encoder.finish().unwrap_or_default().into()
    }
}

/// How many spans an answer over HTTP says were rejected. One that says nothing readable was still a success.
pub(super) fn rejected(answer: &[u8]) -> u64 {
    ExportTraceServiceResponse::decode(answer).map_or(0, |answer| rejected_of(&answer))
}

/// How many spans an answer says were rejected.
pub(super) fn rejected_of(answer: &ExportTraceServiceResponse) -> u64 {
    answer.partial_success.as_ref().map_or(0, |partial| u64::try_from(partial.rejected_spans).unwrap_or_default())
}
