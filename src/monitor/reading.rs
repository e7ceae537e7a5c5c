//! What `/metrics` says at one moment, as far as the monitor is concerned.

use std::collections::BTreeMap;

const DURATION: &str = "http_server_request_duration_seconds_bucket";

/// Numbers that are looked at as they are: gauges, and counters whose growth is a rate. Of a metric with labels, the sum.
macro_rules! figures {
    ($($(#[$doc:meta])* $figure:ident = $metric:literal $({$label:literal = $value:literal})?,)*) => {
        /// A number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Figure {
            $($(#[$doc])* $figure,)*
        }

        impl Figure {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$figure),*];

            /// The metric's name, and the label that chooses among its series.
            #[must_use]
            pub const fn metric(self) -> (&'static str, Option<(&'static str, &'static str)>) {
                match self {
                    $(Self::$figure => ($metric, figures!(@label $($label, $value)?)),)*
                }
            }
        }
    };
    (@label) => { None };
    (@label $label:literal, $value:literal) => { Some(($label, $value)) };
}

figures! {
    /// Requests under way.
    Active = "http_server_active_requests",
    /// Open connections.
    Connections = "http_server_connections",
    /// Connections that were refused.
    Refused = "http_server_connections_refused_total",
    /// Visits that this process acknowledged.
    Visits = "sirius_visits_total",
    /// Visits that the database has.
    Stored = "sirius_visits_stored",
    /// Visits that wait for their commit.
    Pending = "sirius_visits_pending",
    /// Visits that were not acknowledged.
    VisitFailures = "sirius_visit_failures_total",
    /// Images in the catalogue.
    Images = "sirius_catalogue_images",
    /// How old the catalogue is.
    Staleness = "sirius_catalogue_staleness_seconds",
    /// Images that were sent.
    Served = "sirius_images_served_total",
    /// Requests beyond their client's quota.
    Limited = "sirius_rate_limited_total",
    /// Cache look-ups that found what they looked for.
    CacheHits = "sirius_cache_requests_total" {"outcome" = "hit"},
    /// Cache look-ups.
    CacheRequests = "sirius_cache_requests_total",
    /// Bytes of all caches.
    CacheBytes = "sirius_cache_bytes",
    /// Connections to the database that are in use.
    DatabaseUsed = "db_client_connections" {"db_client_connection_state" = "used"},
    /// Connections to the database.
    DatabaseConnections = "db_client_connections",
    /// Times that no connection was to be had.
    DatabaseTimeouts = "db_client_connection_timeouts_total",
    /// Statements.
    Statements = "db_client_operation_duration_seconds_count",
    /// Time that statements took.
    StatementSeconds = "db_client_operation_duration_seconds_sum",
    /// Records of itself that were dropped.
    TelemetryDropped = "sirius_telemetry_dropped_total",
    /// Processor time.
    Cpu = "process_cpu_seconds_total",
    /// Resident memory.
    Memory = "process_resident_memory_bytes",
    /// Open files.
    Files = "process_open_fds",
    /// How many files may be open.
    MaxFiles = "process_max_fds",
}

/// One for each [`Figure`].
pub type Figures = [f64; Figure::ALL.len()];

/// What was read.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    /// In the order of [`Figure::ALL`].
    pub figures: Figures,
    /// Requests since the process started.
    pub requests: Vec<Requests>,
    /// The upper bounds of the buckets, without the last, which has none.
    pub bounds: Vec<f64>,
}

/// Requests with the same labels.
#[derive(Debug, Default, PartialEq)]
pub struct Requests {
    /// Method, route and status, by the names of the labels.
    pub labels: BTreeMap<String, String>,
    /// How many took at most as long as each bound, and how many there were.
    pub buckets: Vec<u64>,
}

impl Reading {
    /// Reads the classic text format.
    #[must_use]
    pub fn of(exposition: &str) -> Self {
        let mut reading = Self::default();
        let mut last = "";
        for line in exposition.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            if name == DURATION {
                reading.bucket(labels, value, &mut last);
            } else {
                reading.figure(name, labels, value);
            }
        }
        reading
    }

    fn figure(&mut self, name: &str, labels: &str, value: &str) {
        for (sum, figure) in self.figures.iter_mut().zip(Figure::ALL) {
            let (metric, label) = figure.metric();
            let wanted =
                || label.is_none_or(|(key, value)| pairs(labels).any(|(name, found)| name == key && found == value));
            if metric == name && wanted() {
                *sum += value.parse().unwrap_or(0.0);
            }
        }
    }

    /// The buckets of the same requests follow one another.
    fn bucket<'a>(&mut self, labels: &'a str, value: &str, last: &mut &'a str) {
        let Some((key, bound)) = labels.rsplit_once("le=\"") else { return };
        if key != *last || self.requests.is_empty() {
            *last = key;
            let labels = pairs(key).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            self.requests.push(Requests { labels, buckets: Vec::with_capacity(self.bounds.len() + 1) });
        }
        if self.requests.len() == 1
            && let Some(bound) = bound.split('"').next().and_then(|bound| bound.parse::<f64>().ok())
            && bound.is_finite()
        {
            self.bounds.push(bound);
        }
        if let Some(requests) = self.requests.last_mut() {
            requests.buckets.push(value.parse().unwrap_or(0));
        }
    }
}

/// The labels of a series; none of our values has a quotation mark.
fn pairs(labels: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = labels.split("\",").filter_map(|pair| pair.split_once("=\""));
    pairs.map(|(name, value)| (name, value.split('"').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP http_server_request_duration_seconds How long.
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/api/v1/images/{id}\",http_response_status_code=\"200\",le=\"0.001\"} 3
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/api/v1/images/{id}\",http_response_status_code=\"200\",le=\"0.1\"} 5
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/api/v1/images/{id}\",http_response_status_code=\"200\",le=\"+Inf\"} 6
http_server_request_duration_seconds_sum{http_request_method=\"GET\",http_route=\"/api/v1/images/{id}\",http_response_status_code=\"200\"} 1.5
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/\",http_response_status_code=\"503\",le=\"0.001\"} 0
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/\",http_response_status_code=\"503\",le=\"0.1\"} 1
http_server_request_duration_seconds_bucket{http_request_method=\"GET\",http_route=\"/\",http_response_status_code=\"503\",le=\"+Inf\"} 1
sirius_visits_total 41
sirius_cache_requests_total{cache=\"contents\",outcome=\"hit\"} 7
sirius_cache_requests_total{cache=\"contents\",outcome=\"miss\"} 2
db_client_connections{db_system_name=\"sqlite\",db_client_connection_state=\"used\"} 1
db_client_connections{db_system_name=\"sqlite\",db_client_connection_state=\"idle\"} 3
";

    #[test]
    fn what_matters_is_read() {
        let reading = Reading::of(TEXT);
        let figure = |figure: Figure| reading.figures[figure as usize];
        assert_eq!(
            (figure(Figure::Visits), figure(Figure::CacheHits), figure(Figure::CacheRequests)),
            (41.0, 7.0, 9.0)
        );
        assert_eq!((figure(Figure::DatabaseUsed), figure(Figure::DatabaseConnections)), (1.0, 4.0));
        assert_eq!(reading.bounds, [0.001, 0.1]);
        assert_eq!(reading.requests.len(), 2);
        assert_eq!(reading.requests[0].labels["http_route"], "/api/v1/images/{id}");
        assert_eq!(reading.requests[0].buckets, [3, 5, 6]);
        assert_eq!(reading.requests[1].labels["http_response_status_code"], "503");
        assert_eq!(reading.requests[1].buckets, [0, 1, 1]);
    }

    #[test]
    fn nonsense_is_passed_over() {
        for text in ["", "\n\n", "{", "a", "a b", "http_server_request_duration_seconds_bucket{ 1", "x{le=\"} 3"] {
            assert_eq!(Reading::of(text).requests, []);
        }
    }

    #[test]
    fn figures_are_metrics_of_the_catalogue() {
        use crate::telemetry::catalogue::Metric;
        let known: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        for figure in Figure::ALL {
            let (name, _) = figure.metric();
            let family = name.strip_suffix("_count").or(name.strip_suffix("_sum")).unwrap_or(name);
            assert!(known.contains(&family), "{name}");
        }
    }
}
