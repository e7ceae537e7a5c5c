//! The keys of labels. What values each has is told by its type, in `labels` and `values`.

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
    /// Why the connection was not served.
    RefusedReason = "reason";
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
    /// The version.
    Version = "version";
    /// The commit that it was built from; empty where the build did not tell.
    Commit = "commit";
}
