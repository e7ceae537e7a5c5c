//! The keys of labels, and what values each has. What they stand for is told by their types, in `labels` and `values`.

use super::values::{
    BlobFault, Cache, CacheOutcome, ConnectionState, Database, DatabaseFault, DropReason, FaultKind, HttpMethod,
    ImageKind, Operation, Policy, RefusedReason, RejectedReason, Signal, TurnedAwayReason, VisitReason,
};
use crate::domain::Format;

macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident = $name:literal;)+) => {
        /// The key of a label, and what its values are.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Key {
            $($(#[doc = $doc])+ $key,)+
        }

        impl Key {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$key),+];

            /// As it is exposed. Labels of different metrics may share their name and differ in their values.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$key => $name,)+ }
            }

            /// What its values say.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$key => concat!($($doc),+).trim(),)+ }
            }
        }
    };
}

keys! {
    /// The method of the request.
    HttpRequestMethod = "http_request_method";
    /// The template of the path, such as `/api/v1/images/{id}`, or `unmatched`.
    HttpRoute = "http_route";
    /// The status of the response.
    HttpResponseStatusCode = "http_response_status_code";
    /// Why the connection was not served, or not to its end.
    RefusedReason = "reason";
    /// Why the request was refused.
    TurnedAwayReason = "reason";
    /// Why the visit was not acknowledged.
    VisitReason = "reason";
    /// Whether the image moves, or is kept somewhere else.
    ImageKind = "kind";
    /// The format of the image; `unknown` of one that is kept somewhere else.
    ImageFormat = "format";
    /// The format of the picture.
    TransformFormat = "format";
    /// Why the picture was not taken.
    RejectedReason = "reason";
    /// Which cache.
    Cache = "cache";
    /// Whether the cache had it.
    CacheOutcome = "outcome";
    /// Why the bytes could not be had.
    BlobFault = "reason";
    /// The quota, as the configuration names it.
    Policy = "policy";
    /// The database.
    DbSystemName = "db_system_name";
    /// The first word of the statement.
    DbOperationName = "db_operation_name";
    /// Why the statement failed; left out where it did not.
    ErrorType = "error_type";
    /// Whether the connection is in use.
    DbConnectionState = "db_client_connection_state";
    /// What kind of record.
    Signal = "signal";
    /// Why the record did not arrive.
    DropReason = "reason";
    /// What is broken.
    FaultKind = "kind";
    /// The version.
    Version = "version";
    /// The commit that it was built from; left out where the build did not tell.
    Commit = "commit";
}

impl Key {
    /// Its values; empty where they are no list.
    #[must_use]
    pub fn values(self) -> Vec<&'static str> {
        fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|value| name(*value)).collect()
        }
        match self {
            Self::HttpRequestMethod => names(HttpMethod::ALL, HttpMethod::name),
            Self::RefusedReason => names(RefusedReason::ALL, RefusedReason::name),
            Self::TurnedAwayReason => names(TurnedAwayReason::ALL, TurnedAwayReason::name),
            Self::VisitReason => names(VisitReason::ALL, VisitReason::name),
            Self::ImageKind => names(ImageKind::ALL, ImageKind::name),
            Self::ImageFormat => names(&Format::ALL, Format::name).into_iter().chain(["unknown"]).collect(),
            Self::TransformFormat => names(&Format::ALL, Format::name),
            Self::RejectedReason => names(RejectedReason::ALL, RejectedReason::name),
            Self::Cache => names(Cache::ALL, Cache::name),
            Self::CacheOutcome => names(CacheOutcome::ALL, CacheOutcome::name),
            Self::BlobFault => names(BlobFault::ALL, BlobFault::name),
            Self::Policy => names(Policy::ALL, Policy::name),
            Self::DbSystemName => names(Database::ALL, Database::name),
            Self::DbOperationName => names(Operation::ALL, Operation::name),
            Self::ErrorType => names(DatabaseFault::ALL, DatabaseFault::name),
            Self::DbConnectionState => names(ConnectionState::ALL, ConnectionState::name),
            Self::Signal => names(Signal::ALL, Signal::name),
            Self::DropReason => names(DropReason::ALL, DropReason::name),
            Self::FaultKind => names(FaultKind::ALL, FaultKind::name),
            Self::HttpRoute | Self::HttpResponseStatusCode | Self::Version | Self::Commit => Vec::new(),
        }
    }
}
