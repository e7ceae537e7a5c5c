//! The handles of all metrics, held for the life of the process.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};

use super::family::{Family, register, single};
use super::health::Health;
use super::process::{Process, Runtime};
use super::recorder::Recorder;
use crate::domain::Format;
use crate::telemetry::catalogue::Metric;
use crate::telemetry::catalogue::labels::{MaybeFormat, Status};
use crate::telemetry::catalogue::values::{
    BlobFault, Cache, CacheOutcome, ConnectionState, Database, DatabaseFault, FaultKind, HttpMethod, ImageKind,
    Operation, Policy, RefusedReason, RejectedReason, TurnedAwayReason, VisitReason,
};
use crate::telemetry::route::Route;

/// A field for each metric, named like it.
pub(in crate::telemetry) struct Handles {
    pub(in crate::telemetry) request_duration: Family<Histogram, (HttpMethod, Route, Status)>,
    pub(in crate::telemetry) active_requests: Family<Gauge, (HttpMethod,)>,
    pub(in crate::telemetry) request_body_size: Family<Histogram, (HttpMethod, Route)>,
    pub(in crate::telemetry) response_body_size: Family<Histogram, (HttpMethod, Route)>,
    pub(in crate::telemetry) connections: Gauge,
    pub(in crate::telemetry) connections_refused: Family<Counter, (RefusedReason,)>,
    pub(in crate::telemetry) requests_refused: Family<Counter, (TurnedAwayReason,)>,
    pub(in crate::telemetry) scheduling_delay: Histogram,

    pub(in crate::telemetry) visits: Counter,
    pub(in crate::telemetry) visits_stored: Gauge,
    pub(in crate::telemetry) visits_pending: Gauge,
    pub(in crate::telemetry) visit_batch_size: Histogram,
    pub(in crate::telemetry) visit_commit_duration: Histogram,
    pub(in crate::telemetry) visit_failures: Family<Counter, (VisitReason,)>,

    pub(in crate::telemetry) images_served: Family<Counter, (ImageKind, MaybeFormat)>,
    pub(in crate::telemetry) catalogue_images: Gauge,
    pub(in crate::telemetry) catalogue_staleness: Gauge,
    pub(in crate::telemetry) catalogue_refresh_failures: Counter,

    pub(in crate::telemetry) transform_duration: Family<Histogram, (Format,)>,
    pub(in crate::telemetry) transform_queue_length: Gauge,
    pub(in crate::telemetry) transform_rejected: Family<Counter, (RejectedReason,)>,

    pub(in crate::telemetry) cache_requests: Family<Counter, (Cache, CacheOutcome)>,
    pub(in crate::telemetry) cache_bytes: Family<Gauge, (Cache,)>,

    pub(in crate::telemetry) blob_failures: Family<Counter, (BlobFault,)>,

    pub(in crate::telemetry) rate_limited: Family<Counter, (Policy,)>,
    pub(in crate::telemetry) rate_limit_keys: Family<Gauge, (Policy,)>,

    pub(in crate::telemetry) db_operation_duration: Family<Histogram, (Database, Operation, Option<DatabaseFault>)>,
    pub(in crate::telemetry) db_connections: Family<Gauge, (Database, ConnectionState)>,
    pub(in crate::telemetry) db_connection_wait_time: Family<Histogram, (Database,)>,
    pub(in crate::telemetry) db_connection_timeouts: Family<Counter, (Database,)>,
    pub(in crate::telemetry) database_risky_settings: Family<Gauge, (Database,)>,

    pub(in crate::telemetry) faults: Family<Gauge, (FaultKind,)>,

    pub(super) health: Health,
    pub(super) process: Process,
    pub(super) runtime: Runtime,
}

impl Handles {
    pub(super) fn new(recorder: &Arc<Recorder>) -> Self {
        tell_build(recorder);
        Self {
            request_duration: Family::new(recorder, Metric::HttpServerRequestDuration),
            active_requests: Family::new(recorder, Metric::HttpServerActiveRequests),
            request_body_size: Family::new(recorder, Metric::HttpServerRequestBodySize),
            response_body_size: Family::new(recorder, Metric::HttpServerResponseBodySize),
            connections: single(recorder, Metric::HttpServerConnections),
            connections_refused: Family::new(recorder, Metric::HttpServerConnectionsRefused),
            requests_refused: Family::new(recorder, Metric::HttpServerRequestsRefused),
            scheduling_delay: single(recorder, Metric::TokioSchedulingDelay),

            visits: single(recorder, Metric::Visits),
            visits_stored: single(recorder, Metric::VisitsStored),
            visits_pending: single(recorder, Metric::VisitsPending),
            visit_batch_size: single(recorder, Metric::VisitBatchSize),
            visit_commit_duration: single(recorder, Metric::VisitCommitDuration),
            visit_failures: Family::new(recorder, Metric::VisitFailures),

            images_served: Family::new(recorder, Metric::ImagesServed),
            catalogue_images: single(recorder, Metric::CatalogueImages),
            catalogue_staleness: single(recorder, Metric::CatalogueStaleness),
            catalogue_refresh_failures: single(recorder, Metric::CatalogueRefreshFailures),

            transform_duration: Family::new(recorder, Metric::TransformDuration),
            transform_queue_length: single(recorder, Metric::TransformQueueLength),
            transform_rejected: Family::new(recorder, Metric::TransformRejected),

            cache_requests: Family::new(recorder, Metric::CacheRequests),
            cache_bytes: Family::new(recorder, Metric::CacheBytes),

            blob_failures: Family::new(recorder, Metric::BlobFailures),

            rate_limited: Family::new(recorder, Metric::RateLimited),
            rate_limit_keys: Family::new(recorder, Metric::RateLimitKeys),

            db_operation_duration: Family::new(recorder, Metric::DbClientOperationDuration),
            db_connections: Family::new(recorder, Metric::DbClientConnections),
            db_connection_wait_time: Family::new(recorder, Metric::DbClientConnectionWaitTime),
            db_connection_timeouts: Family::new(recorder, Metric::DbClientConnectionTimeouts),
            database_risky_settings: Family::new(recorder, Metric::DatabaseRiskySettings),

            faults: Family::new(recorder, Metric::Faults),

            health: Health::new(recorder),
            process: Process::new(recorder),
            runtime: Runtime::new(recorder),
        }
    }
}

/// The commit is told by the build pipeline in `SIRIUS_COMMIT`.
fn tell_build(recorder: &Recorder) {
    let values = [Some(env!("CARGO_PKG_VERSION")), option_env!("SIRIUS_COMMIT")];
    let build: Gauge = register(recorder, Metric::BuildInfo, values.map(|value| value.map(Into::into)).to_vec());
    build.set(1.0);
}
