//! The values of labels that are a list: an enum for each.

use std::borrow::Cow;

use http::Method;

use super::labels::Label;

macro_rules! closed {
    ($($(#[$meta:meta])* pub enum $label:ident { $($(#[doc = $doc:literal])+ $value:ident = $name:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $label {
            $($(#[doc = $doc])+ $value,)+
        }

        impl $label {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// As it is exposed.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)+ }
            }
        }

        impl Label for $label {
            const COUNT: usize = Self::ALL.len();

            fn index(self) -> usize {
                self as usize
            }

            fn value(self) -> Option<Cow<'static, str>> {
                Some(Cow::Borrowed(self.name()))
            }

            fn known() -> Vec<Self> {
                Self::ALL.to_vec()
            }
        }
    )+};
}

closed! {
    /// The method of a request.
    pub enum HttpMethod {
        /// GET
        Get = "GET",
        /// HEAD
        Head = "HEAD",
        /// POST
        Post = "POST",
        /// PUT
        Put = "PUT",
        /// PATCH
        Patch = "PATCH",
        /// DELETE
        Delete = "DELETE",
        /// OPTIONS
        Options = "OPTIONS",
        /// CONNECT
        Connect = "CONNECT",
        /// TRACE
        Trace = "TRACE",
        /// What is none of these.
        Other = "_OTHER",
    }

    /// Why a connection was not served.
    pub enum RefusedReason {
        /// As many are open as `server.max_connections` allows.
        TooMany = "too_many",
        /// It was closed although it was served, because its client kept it waiting and others needed the room.
        MadeRoom = "made_room",
        /// The system could not give it, most often for want of file descriptors.
        AcceptFailed = "accept_failed",
    }

    /// Why a request was refused before anything was done for it.
    pub enum TurnedAwayReason {
        /// As many are under way as `server.max_requests` allows.
        TooMany = "too_many",
        /// Requests wait for a processor longer than `server.max_lag`.
        Lag = "lag",
        /// It is one of several of its HTTP/2 connection while there is little room; its stream was reset.
        Surplus = "surplus",
    }

    /// Why a visit was not acknowledged.
    pub enum VisitReason {
        /// As many were waiting as may wait.
        Busy = "busy",
        /// Its commit took too long.
        TimedOut = "timed_out",
        /// The database refused.
        Unavailable = "unavailable",
        /// Sirius was stopping.
        Stopping = "stopping",
    }

    /// What kind of image.
    pub enum ImageKind {
        /// One frame.
        Still = "still",
        /// Several frames.
        Animated = "animated",
        /// Kept somewhere else.
        Linked = "linked",
    }

    /// Why a picture was not taken.
    pub enum RejectedReason {
        /// No bytes at all.
        Empty = "empty",
        /// Of no format that is served.
        Format = "format",
        /// Cut short, or contradicting its format.
        Damaged = "damaged",
        /// Decoding took longer than the settings allow.
        TooSlow = "too_slow",
        /// More than the settings allow.
        TooMuch = "too_much",
    }

    /// A cache.
    pub enum Cache {
        /// The bytes of images.
        Contents = "contents",
    }

    /// What a cache had to say.
    pub enum CacheOutcome {
        /// It was there.
        Hit = "hit",
        /// It had to be read.
        Miss = "miss",
        /// Too large to be kept.
        Bypass = "bypass",
    }

    /// Why bytes could not be had from their store.
    pub enum BlobFault {
        /// They are not there.
        Missing = "missing",
        /// They are not those that were put.
        Corrupt = "corrupt",
        /// The store does not answer, or refuses.
        Unavailable = "unavailable",
    }

    /// A quota.
    pub enum Policy {
        /// Of requests that count no visit.
        Reads = "reads",
        /// Of requests that count one.
        Visits = "visits",
    }

    /// A database.
    pub enum Database {
        /// SQLite
        Sqlite = "sqlite",
        /// PostgreSQL
        Postgresql = "postgresql",
        /// MySQL
        Mysql = "mysql",
        /// MariaDB
        Mariadb = "mariadb",
    }

    /// What a statement does.
    pub enum Operation {
        /// BEGIN
        Begin = "BEGIN",
        /// COMMIT
        Commit = "COMMIT",
        /// SELECT
        Select = "SELECT",
        /// INSERT
        Insert = "INSERT",
        /// UPDATE
        Update = "UPDATE",
        /// DELETE
        Delete = "DELETE",
        /// What is none of these.
        Other = "_OTHER",
    }

    /// Why a statement failed.
    pub enum DatabaseFault {
        /// Another process has been writing for too long.
        Busy = "busy",
        /// No connection was to be had in time.
        Timeout = "timeout",
        /// The disk is full.
        Full = "full",
        /// Reading or writing is not allowed.
        Denied = "denied",
        /// The disk failed.
        Io = "io",
        /// What it holds cannot be read.
        Corrupt = "corrupt",
        /// It has been closed.
        Closed = "closed",
        /// What is none of these.
        Other = "_OTHER",
    }

    /// The state of a connection to a database.
    pub enum ConnectionState {
        /// Open, and nobody's.
        Idle = "idle",
        /// Somebody's.
        Used = "used",
    }

    /// What is broken on purpose.
    pub enum FaultKind {
        /// Requests are answered later than they could be.
        Latency = "latency",
        /// Requests are answered with an error.
        Errors = "errors",
        /// Statements of the database take longer.
        DatabaseLatency = "database_latency",
        /// Statements of the database fail.
        DatabaseErrors = "database_errors",
        /// Every connection to the database is taken.
        PoolExhausted = "pool_exhausted",
        /// Calls to the byte store take longer.
        BlobLatency = "blob_latency",
        /// Calls to the byte store fail.
        BlobErrors = "blob_errors",
        /// Log lines do not reach Loki, spans do not reach their endpoint.
        TelemetryLoss = "telemetry_loss",
    }

    /// A kind of record that Sirius makes of itself, by where it goes.
    pub enum Signal {
        /// Log lines to standard output.
        Logs = "logs",
        /// Log lines pushed to Loki.
        Loki = "loki",
        /// Spans to an OTLP collector.
        Traces = "traces",
    }

    /// Why a record did not arrive.
    pub enum DropReason {
        /// More came than could be taken away.
        QueueFull = "queue_full",
        /// More came in a second than are sent in one.
        Budget = "budget",
        /// Where it was to go was known to be away.
        Unavailable = "unavailable",
        /// It was sent, or about to be, when where it was to go went away: it may have arrived.
        Unconfirmed = "unconfirmed",
        /// Sending failed.
        ExportFailed = "export_failed",
        /// It had not been sent when Sirius stopped.
        Stopped = "stopped",
    }
}

impl From<&Method> for HttpMethod {
    fn from(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::POST => Self::Post,
            Method::PUT => Self::Put,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            Method::OPTIONS => Self::Options,
            Method::CONNECT => Self::Connect,
            Method::TRACE => Self::Trace,
            _ => Self::Other,
        }
    }
}

impl Operation {
    /// That of a statement: its first word, or of one that begins with others, the first of these.
    #[must_use]
    pub fn of(sql: &str) -> Self {
        let mut words = sql.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        let known = |word: &str| Self::ALL.iter().copied().find(|operation| operation.name() == word);
        match words.next() {
            Some("WITH") => words.find_map(known),
            word => word.and_then(known),
        }
        .unwrap_or(Self::Other)
    }
}
