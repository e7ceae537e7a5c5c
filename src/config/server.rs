//! `[server]`: the public port.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::declare::settings;
use super::kind::{address, count, duration, optional, size};
use super::web::{Contact, PublicUrl, contact, public_url};

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_mins(10);

settings! {
    /// `[server]`
    pub struct Server {
        /// Where the public port listens.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)) => address();
        /// Where people reach the public port, for addresses that must be complete: those of link previews, the site
        /// map and `security.txt`. If not set, they are made from each request's `Host`.
        public_url: Option<PublicUrl> = None => optional(public_url());
        /// Whom to write to about a hole in this service, told by `/.well-known/security.txt`; if not set, there is no
        /// such file.
        security_contact: Option<Contact> = None => optional(contact());
        /// How many proxies in front append to `X-Forwarded-For`; counted from the right, 0 ignores the header.
        trusted_proxies: u8 = 0 => count(0..=16);
        /// How long a new connection may say nothing.
        first_byte_timeout: Duration = Duration::from_secs(10) => duration(SHORTEST..=LONGEST);
        /// How long a request head may take from its first byte.
        head_timeout: Duration = Duration::from_secs(10) => duration(SHORTEST..=LONGEST);
        /// How long a request may take until its response head.
        request_timeout: Duration = Duration::from_secs(30) => duration(SHORTEST..=LONGEST);
        /// How long a client may take for 16 KiB of a response, or send nothing of a body.
        stall_timeout: Duration = Duration::from_secs(30) => duration(SHORTEST..=LONGEST);
        /// How long a connection may be idle between requests; it should exceed the idle time of a load balancer in
        /// front (Google's: 600 s), or requests are lost.
        keep_alive_timeout: Duration = Duration::from_secs(620) =>
            duration(Duration::from_secs(1)..=Duration::from_hours(1));
        /// The largest request head.
        max_head_bytes: usize = 16 << 10 => size(8 << 10..=1 << 20);
        /// The largest request body.
        max_body_bytes: usize = 64 << 10 => size(1 << 10..=64 << 20);
        /// The most connections at a time; a further one takes the place of the one whose client has kept it waiting
        /// the longest, or, where none waits, is answered 503 and closed.
        max_connections: usize = 10_000 => count(1..=1_000_000);
        /// The most connections at a time that take more memory than others: those of HTTP/2, and those with more than
        /// 4 KiB of an unfinished head; a further one takes the place of one whose client has asked for nothing for a
        /// second.
        max_large_connections: usize = 1_000 => count(1..=1_000_000);
        /// The most requests at a time; further ones are answered 503, and those clients are cut off that take nothing
        /// of their responses. The last quarter is for connections that ask for one thing at a time; in HTTP/2 further
        /// streams are refused (`REFUSED_STREAM`), which clients may repeat.
        max_requests: usize = 2_048 => count(1..=1_000_000);
        /// How long requests may wait for a processor; while they wait longer, some of them are answered 503, at most one
        /// of five until the wait is twice as long, and all when it is four times as long; probes never are.
        max_lag: Duration = Duration::from_millis(40) => duration(Duration::from_millis(5)..=Duration::from_secs(10));
        /// The most bytes of responses that wait in memory for slow clients; what would go beyond it is answered 503,
        /// and those clients are cut off that take nothing of their responses.
        max_unsent_bytes: usize = 256 << 20 => size(1 << 20..=1 << 40);
    }
}
