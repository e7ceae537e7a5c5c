//! Quotas of clients and their housekeeping. The only place that may name governor.
