//! What happens, one struct for each event: what is logged and measured of it stands here and nowhere else.
//!
//! A file a subject. An event carries facts, never text that it only passes on to a label: labels have closed sets.

mod dependency;
mod lifecycle;
mod request;
mod telemetry;

pub use dependency::DependencyChanged;
pub use lifecycle::{Advice, CutOff, Listening, Stopping};
pub use request::{RequestFailed, RequestServed};
pub use telemetry::{LogFilterChanged, TelemetryLost};
