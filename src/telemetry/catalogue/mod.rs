//! Every metric that Sirius has: its name, type, labels, buckets and what it says, in one enum.
//!
//! `docs/telemetry.md` is written from here, `/metrics` takes types, units and help from here, and nothing is exposed that
//! is not in here. Names follow the semantic conventions of OpenTelemetry where they have one, in the spelling of
//! Prometheus; a unit is the end of its name. What is recorded when is told by `telemetry::events`.

mod keys;
pub mod labels;
pub mod values;

pub use keys::Key;

/// The buckets of `http.server.request.duration`, as the semantic conventions advise and with one more below and two more
/// near the objective; seconds.
const REQUEST_SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// From a read that is in memory to a database that has stopped answering; seconds.
const DATABASE_SECONDS: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// From a small picture to one at the limits; seconds.
const TRANSFORM_SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// From a worker that is idle to one that nobody waits for; seconds.
const SCHEDULING_SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 1.0];

/// Powers of four, from a small document to a large picture; bytes.
const BODY_BYTES: &[f64] =
    &[256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0, 67_108_864.0];

/// From a visit alone to a full queue.
const BATCH_VISITS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0];

/// What values a metric takes, and what may be done with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows, from zero at the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often a value was at most so much, for each of these bounds.
    Histogram {
        /// The upper bounds, in ascending order; one more bucket takes what is above the last.
        buckets: &'static [f64],
        /// Whether a bucket remembers the trace of a request that fell into it.
        exemplars: bool,
    },
}

macro_rules! catalogue {
    ($($(#[doc = $help:literal])+ $metric:ident = $kind:expr, $name:literal [$($key:ident),*];)+) => {
        /// A metric. What is said of each is its help text, in `/metrics` and in the documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric {
            $($(#[doc = $help])+ $metric,)+
        }

        impl Metric {
            /// All of them, in the order in which they are documented and exposed.
            pub const ALL: &[Self] = &[$(Self::$metric),+];

            /// As it is exposed, for example `sirius_visits_total`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$metric => $name,)+ }
            }

            /// Its type.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$metric => $kind,)+ }
            }

            /// The keys of its labels; `le` of histograms comes on top.
            #[must_use]
            pub const fn labels(self) -> &'static [Key] {
                match self { $(Self::$metric => &[$(Key::$key),*],)+ }
            }

            /// One sentence.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$metric => concat!($($help),+).trim(),)+ }
            }
        }
    };
}

const fn histogram(buckets: &'static [f64]) -> Kind {
    Kind::Histogram { buckets, exemplars: false }
}

catalogue! {
    /// How long requests took until the head of their response was handed over.
    HttpServerRequestDuration = Kind::Histogram { buckets: REQUEST_SECONDS, exemplars: true },
        "http_server_request_duration_seconds" [HttpRequestMethod, HttpRoute, HttpResponseStatusCode];
    /// Requests under way, until the last of their response is handed over.
    HttpServerActiveRequests = Kind::Gauge, "http_server_active_requests" [HttpRequestMethod];
    /// Bytes that came of the bodies of requests that have one.
    HttpServerRequestBodySize = histogram(BODY_BYTES), "http_server_request_body_size_bytes" [HttpRequestMethod, HttpRoute];
    /// Bytes that were handed over of the bodies of responses.
    HttpServerResponseBodySize = histogram(BODY_BYTES), "http_server_response_body_size_bytes" [HttpRequestMethod, HttpRoute];
    /// Connections that are open, on both ports.
    HttpServerConnections = Kind::Gauge, "http_server_connections" [];
    /// Connections that were not served, or not to their end.
    HttpServerConnectionsRefused = Kind::Counter, "http_server_connections_refused_total" [RefusedReason];
    /// Requests that were refused before anything was done for them; they are among those answered with 503, too.
    HttpServerRequestsRefused = Kind::Counter, "http_server_requests_refused_total" [TurnedAwayReason];

    /// Visits that this process has counted and acknowledged.
    Visits = Kind::Counter, "sirius_visits_total" [];
    /// Visits that the database has counted, by all processes since it was made.
    VisitsStored = Kind::Gauge, "sirius_visits_stored" [];
    /// Visits that wait for their commit.
    VisitsPending = Kind::Gauge, "sirius_visits_pending" [];
    /// Visits that shared a commit.
    VisitBatchSize = histogram(BATCH_VISITS), "sirius_visit_batch_size" [];
    /// How long commits of visits took.
    VisitCommitDuration = histogram(DATABASE_SECONDS), "sirius_visit_commit_duration_seconds" [];
    /// Visits that were not acknowledged.
    VisitFailures = Kind::Counter, "sirius_visit_failures_total" [VisitReason];

    /// Images that were sent, whole or in part, or that a client was sent to.
    ImagesServed = Kind::Counter, "sirius_images_served_total" [ImageKind, ImageFormat];
    /// Images in the catalogue, as requests see it.
    CatalogueImages = Kind::Gauge, "sirius_catalogue_images" [];
    /// How long ago the catalogue in memory was known to be what the database has.
    CatalogueStaleness = Kind::Gauge, "sirius_catalogue_staleness_seconds" [];
    /// Times that the catalogue could not be read from the database.
    CatalogueRefreshFailures = Kind::Counter, "sirius_catalogue_refresh_failures_total" [];

    /// How long pictures took to be inspected, once it was their turn.
    TransformDuration = histogram(TRANSFORM_SECONDS), "sirius_transform_duration_seconds" [TransformFormat];
    /// Pictures that wait for their turn.
    TransformQueueLength = Kind::Gauge, "sirius_transform_queue_length" [];
    /// Pictures that were not taken.
    TransformRejected = Kind::Counter, "sirius_transform_rejected_total" [RejectedReason];

    /// Times that a cache was asked.
    CacheRequests = Kind::Counter, "sirius_cache_requests_total" [Cache, CacheOutcome];
    /// What a cache holds.
    CacheBytes = Kind::Gauge, "sirius_cache_bytes" [Cache];

    /// Times that bytes could not be had from their store.
    BlobFailures = Kind::Counter, "sirius_blob_failures_total" [BlobFault];

    /// Requests that were refused because their client's quota was used up.
    RateLimited = Kind::Counter, "sirius_rate_limited_total" [Policy];
    /// Clients that are told apart by their quotas.
    RateLimitKeys = Kind::Gauge, "sirius_rate_limit_keys" [Policy];

    /// How long statements took in the database.
    DbClientOperationDuration = histogram(DATABASE_SECONDS),
        "db_client_operation_duration_seconds" [DbSystemName, DbOperationName, ErrorType];
    /// Connections to the database.
    DbClientConnections = Kind::Gauge, "db_client_connections" [DbSystemName, DbConnectionState];
    /// How long it took to get a connection to the database from the pool.
    DbClientConnectionWaitTime = histogram(DATABASE_SECONDS), "db_client_connection_wait_time_seconds" [DbSystemName];
    /// Times that no connection to the database was to be had in time.
    DbClientConnectionTimeouts = Kind::Counter, "db_client_connection_timeouts_total" [DbSystemName];
    /// Settings of the database with which a visit that was acknowledged may be lost; the log names them.
    DatabaseRiskySettings = Kind::Gauge, "sirius_database_risky_settings" [DbSystemName];

    /// Records of itself that Sirius was to send away, of signals that keep an account: offered = delivered + dropped + waiting.
    TelemetryOffered = Kind::Counter, "sirius_telemetry_offered_total" [Signal];
    /// Those of them that are known to have arrived.
    TelemetryDelivered = Kind::Counter, "sirius_telemetry_delivered_total" [Signal];
    /// Records that Sirius made of itself and that did not arrive.
    TelemetryDropped = Kind::Counter, "sirius_telemetry_dropped_total" [Signal, DropReason];
    /// Times that sending records away failed.
    TelemetryExportFailures = Kind::Counter, "sirius_telemetry_export_failures_total" [Signal];
    /// Records that wait to be sent away.
    TelemetryQueueLength = Kind::Gauge, "sirius_telemetry_queue_length" [Signal];

    /// Faults on purpose that are active (`/faults` on the admin port).
    Faults = Kind::Gauge, "sirius_faults" [FaultKind];

    /// Which Sirius runs here; always 1.
    BuildInfo = Kind::Gauge, "sirius_build_info" [Version, Commit];

    /// Processor time that the process has used, in user and system mode.
    ProcessCpu = Kind::Counter, "process_cpu_seconds_total" [];
    /// Files and sockets that the process has open.
    ProcessOpenFds = Kind::Gauge, "process_open_fds" [];
    /// Files and sockets that the process may have open.
    ProcessMaxFds = Kind::Gauge, "process_max_fds" [];
    /// Address space that the process has taken.
    ProcessVirtualMemory = Kind::Gauge, "process_virtual_memory_bytes" [];
    /// Address space that the process may take; `+Inf` where nothing limits it.
    ProcessVirtualMemoryMax = Kind::Gauge, "process_virtual_memory_max_bytes" [];
    /// Memory that the process has in use.
    ProcessResidentMemory = Kind::Gauge, "process_resident_memory_bytes" [];
    /// When the process began, in seconds since 1970.
    ProcessStartTime = Kind::Gauge, "process_start_time_seconds" [];
    /// Threads of the process.
    ProcessThreads = Kind::Gauge, "process_threads" [];

    /// Threads that run asynchronous tasks.
    TokioWorkers = Kind::Gauge, "tokio_workers" [];
    /// Asynchronous tasks that have not ended.
    TokioAliveTasks = Kind::Gauge, "tokio_alive_tasks" [];
    /// Asynchronous tasks that are ready to run and that no worker has taken yet.
    TokioGlobalQueueDepth = Kind::Gauge, "tokio_global_queue_depth" [];
    /// How long a task that was ready to run waited for a worker, looked at some times a second.
    TokioSchedulingDelay = histogram(SCHEDULING_SECONDS), "tokio_scheduling_delay_seconds" [];
    /// Time that all workers together were busy.
    TokioWorkerBusy = Kind::Counter, "tokio_worker_busy_seconds_total" [];
    /// Times that a worker had nothing to do and went to sleep.
    TokioWorkerParks = Kind::Counter, "tokio_worker_parks_total" [];
}

impl Metric {
    /// The family that its samples belong to in OpenMetrics: its name, without the suffix that counters have there.
    #[must_use]
    pub fn family(self) -> &'static str {
        match self.kind() {
            Kind::Counter => self.name().trim_end_matches("_total"),
            Kind::Gauge | Kind::Histogram { .. } => self.name(),
        }
    }

    /// Its unit, which is the end of its name; none for what is counted.
    #[must_use]
    pub fn unit(self) -> Option<&'static str> {
        ["seconds", "bytes"].into_iter().find(|unit| self.family().ends_with(unit))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_those_of_the_field() {
        let mut seen = HashSet::new();
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(seen.insert(metric.family()), "{name}: the family is there twice");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind() == Kind::Counter, "{name}");
            // promtool's linter takes such a gauge for part of a histogram, and OpenMetrics reserves these.
            for reserved in ["_count", "_sum", "_bucket", "_created"] {
                assert!(!name.ends_with(reserved), "{name}");
            }
        }
    }

    #[test]
    fn help_is_a_sentence_that_needs_no_escaping() {
        for metric in Metric::ALL {
            let help = metric.help();
            assert!(help.ends_with('.') && !help.contains(['"', '\\', '\n']), "{help}");
        }
    }

    #[test]
    fn every_histogram_has_buckets_in_order() {
        for metric in Metric::ALL {
            if let Kind::Histogram { buckets, .. } = metric.kind() {
                assert!(!buckets.is_empty() && buckets.is_sorted_by(|a, b| a < b), "{}", metric.name());
            }
        }
    }

    #[test]
    fn units_come_from_names() {
        assert_eq!(Metric::HttpServerRequestDuration.unit(), Some("seconds"));
        assert_eq!((Metric::ProcessCpu.family(), Metric::ProcessCpu.unit()), ("process_cpu_seconds", Some("seconds")));
        assert_eq!(Metric::CacheBytes.unit(), Some("bytes"));
        assert_eq!(Metric::Visits.unit(), None);
    }
}
