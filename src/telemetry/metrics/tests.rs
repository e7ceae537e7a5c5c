//! Metrics without the service around them.
