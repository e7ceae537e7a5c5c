//! Taking spans away: a bounded queue, a thread of its own that sends them in batches, and an account that adds up: what ended
//! was sent, was dropped for a reason that is counted, or still waits.
//!
//! The SDK's own processor and exporter drop without telling how much, and read the environment beside our settings; what
//! is used of them is the form of spans and its translation into OTLP.

mod otlp;
mod queue;
mod transport;
mod worker;

use std::io;
use std::path::PathBuf;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use tokio::runtime;

pub(super) use self::queue::Queue;
use self::transport::Transport;
use self::worker::Worker;
use crate::config;
use crate::telemetry::context::TraceId;

/// Why spans cannot be exported; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file of trusted certificates.
    #[error("traces.certificate: cannot read {}: {reason}; name a file of certificates in PEM", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint is no address that the protocol can use.
    #[error("traces.endpoint: {0}")]
    Endpoint(String),
    /// The system gives no thread.
    #[error("cannot export traces: {0}; this process may need to be allowed more threads or files")]
    Thread(#[from] io::Error),
}

/// Starts the thread that sends, if there is an endpoint, and gives the queue that leads there.
pub(super) fn start(settings: &config::Traces) -> Result<Option<Queue>, ExportError> {
    let Some(endpoint) = settings.target() else { return Ok(None) };
    // A runtime of its own: what is sent waits for nothing that serves requests, and is part of no request.
    let runtime = runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build()?;
    let transport = {
        let _within = runtime.enter();
        Transport::new(endpoint, settings)?
    };
    let (queue, arrivals) = Queue::new(settings.max_queue_size);
    Worker::new(transport, &resource(settings), arrivals, settings).start(runtime)?;
    Ok(Some(queue))
}

/// What Sirius is to the trace store.
pub(super) fn resource(settings: &config::Traces) -> Resource {
    let defaults = [
        KeyValue::new("service.name", settings.service_name.clone()),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        // Tells replicas apart, and a process from the one before it.
        KeyValue::new("service.instance.id", TraceId::random().to_string()),
    ];
    // A service name that is set outweighs one among the attributes, and that one the default.
    let is_named = settings.service_name != config::Traces::default().service_name;
    let attributes = settings.resource_attributes.iter().flat_map(config::Attributes::iter);
    let attributes = attributes
        .filter(|(name, _)| !(is_named && *name == "service.name"))
        .map(|(name, value)| KeyValue::new(name.to_owned(), value.to_owned()));
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(defaults)
        .with_attributes(attributes)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service_name(name: &str, attributes: &str) -> String {
        let mut settings = config::Traces { service_name: name.to_owned(), ..config::Traces::default() };
        settings.resource_attributes = config::Attributes::parse(attributes);
        resource(&settings).get(&"service.name".into()).unwrap().to_string()
    }

    #[test]
    fn a_service_name_that_is_set_outweighs_the_attributes() {
        assert_eq!(service_name("sirius", "team=stars"), "sirius");
        assert_eq!(service_name("sirius", "service.name=vega"), "vega");
        assert_eq!(service_name("altair", "service.name=vega"), "altair");
    }
}
