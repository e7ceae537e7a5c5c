//! Stand-in until the catalogue lands.
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
    )+};
}
closed! {
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
