//! Every setting, typed and valid: what `Config` holds has been checked, so nothing else checks it again.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

mod secret;

pub use secret::Secret;

/// All settings of one Sirius.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// Where Sirius keeps what it stores.
    pub data: Data,
    /// The public port.
    pub server: Server,
    /// The order and the deadlines of stopping.
    pub shutdown: Shutdown,
    /// The admin port.
    pub admin: Admin,
    /// What one client may ask for.
    pub limits: Limits,
    /// The cache of image bytes.
    pub cache: Cache,
    /// The in-memory catalogue.
    pub catalogue: Catalogue,
    /// Counting.
    pub visits: Visits,
    /// What a picture may be.
    pub pictures: Pictures,
    /// What is logged, and how.
    pub log: Log,
}

/// `[data]`
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The folder; made when it is not there.
    pub dir: PathBuf,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Where the public port listens.
    pub listen: SocketAddr,
    /// How many proxies in front append to `X-Forwarded-For`; counted from the right, 0 ignores the header.
    pub trusted_proxies: u8,
    /// How long a new connection may say nothing.
    pub first_byte_timeout: Duration,
    /// How long a request head may take from its first byte.
    pub head_timeout: Duration,
    /// How long a request may take until its response head.
    pub request_timeout: Duration,
    /// How long a client may take nothing of a response, or send nothing of a body.
    pub stall_timeout: Duration,
    /// How long a connection may be idle between requests.
    pub keep_alive_timeout: Duration,
    /// The largest request head, in bytes.
    pub max_head_bytes: usize,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// The most connections at a time; further ones are answered 503 and closed.
    pub max_connections: usize,
    /// The most requests at a time; further ones are answered 503.
    pub max_requests: usize,
}

/// `[shutdown]`
#[derive(Debug, Clone, PartialEq)]
pub struct Shutdown {
    /// How long to go on serving after becoming unready, so that load balancers notice.
    pub unready_delay: Duration,
    /// How long requests under way may take to end.
    pub drain_timeout: Duration,
    /// How long visits that were taken may take to be committed.
    pub flush_timeout: Duration,
}

/// `[admin]`
#[derive(Debug, Clone, PartialEq)]
pub struct Admin {
    /// Where the admin port listens.
    pub listen: SocketAddr,
    /// The bearer token; without one, only clients on loopback are let in.
    pub token: Option<Secret>,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// `[limits.reads]`: everything that counts no visit.
    pub reads: Rate,
    /// `[limits.visits]`: what counts a visit.
    pub visits: Rate,
    /// The most clients that are told apart at a time.
    pub max_clients: usize,
}

/// A quota of one client address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The steady rate.
    pub per_second: u32,
    /// How many may come at once.
    pub burst: u32,
}

/// `[cache]`
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    /// The most memory for image bytes.
    pub max_bytes: u64,
    /// The largest picture that is kept; larger ones are streamed from the store.
    pub max_object_bytes: u64,
}

/// `[catalogue]`
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// How often the database is asked for changes.
    pub refresh_interval: Duration,
}

/// `[visits]`
#[derive(Debug, Clone, PartialEq)]
pub struct Visits {
    /// The most visits that wait to be committed; further ones are answered 503.
    pub max_waiting: usize,
    /// How long a visit may wait for its commit before it is answered 503.
    pub timeout: Duration,
    /// How long the page waits for its number before it says that it is unavailable.
    pub page_timeout: Duration,
}

/// `[pictures]`
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The largest width and height, in pixels.
    pub max_side: u32,
    /// The most pixels of one frame.
    pub max_pixels: u64,
    /// The most frames.
    pub max_frames: u32,
    /// The most pixels of all frames together.
    pub max_total_pixels: u64,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// A level, or a list such as `info,sirius::http=debug`.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `text` on a terminal, `json` otherwise.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("data") }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            trusted_proxies: 0,
            first_byte_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(620),
            max_head_bytes: 16 << 10,
            max_body_bytes: 64 << 10,
            max_connections: 10_000,
            max_requests: 1_024,
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            unready_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(20),
            flush_timeout: Duration::from_secs(5),
        }
    }
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)), token: None }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            reads: Rate { per_second: 50, burst: 200 },
            visits: Rate { per_second: 5, burst: 50 },
            max_clients: 100_000,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_object_bytes: 4 << 20 }
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { refresh_interval: Duration::from_secs(1) }
    }
}

impl Default for Visits {
    fn default() -> Self {
        Self { max_waiting: 10_000, timeout: Duration::from_secs(5), page_timeout: Duration::from_secs(1) }
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            max_bytes: 32 << 20,
            max_side: 20_000,
            max_pixels: 100_000_000,
            max_frames: 1_000,
            max_total_pixels: 1_000_000_000,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Auto }
    }
}
