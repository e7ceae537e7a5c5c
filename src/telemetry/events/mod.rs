//! What happens, one struct for each event: what is logged and measured of it stands here and nowhere else.
//!
//! A file a subject. What is under way until something is dropped is called `...Underway`, `...Open` or `...Waiting`;
//! what is only looked at when somebody asks for metrics, `...Observed`.

mod connection;
mod database;
mod dependency;
mod faults;
mod images;
mod lifecycle;
mod limits;
mod request;
mod served;
mod telemetry;
mod transform;
mod visits;

pub use connection::{AcceptFailed, ClientTurnedAway, ClientsDismissed, ConnectionBroken, ConnectionOpen};
pub use database::{
    ConnectionAwaited, ConnectionsObserved, DatabaseAwaited, DatabaseMoved, DatabaseNewer, DatabaseRisk, DatabaseRisks,
    NewsFollowing, StatementEnded,
};
pub use dependency::DependencyChanged;
pub use faults::{FaultBegun, FaultEnded, FaultsObserved};
pub use images::{BlobFailed, CacheAsked, CacheObserved, CatalogueFollowing, CatalogueObserved, ImageServed};
pub use lifecycle::{Advice, CutOff, Listening, Stopping};
pub use limits::{ClientsObserved, RequestLimited};
pub use request::{
    BodyOf, LagObserved, PageFailed, RequestBodyEnded, RequestFailed, RequestTurnedAway, RequestUnderway,
    ResponseBodyEnded, ResponseCutOff, count_turned_away,
};
pub use served::RequestServed;
pub use telemetry::{LogFilterChanged, LokiChanged, TelemetryLost};
pub use transform::{PictureInspected, PictureRejected, PictureWaiting};
pub use visits::{VisitFailed, VisitsCommitted, VisitsObserved};
