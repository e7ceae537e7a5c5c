//! What a client may ask for, and what it is told about that.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};

use super::client::ClientKey;
use super::store::BoundedStore;
use crate::config;
use crate::telemetry::catalogue::values::Policy;
use crate::telemetry::events::{ClientsObserved, RequestLimited};

/// What a request counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Anything that counts no visit.
    Read,
    /// What counts a visit.
    Visit,
}

/// The quotas of all clients, a bucket per client and class.
pub struct Quotas<C: Clock = DefaultClock> {
    enabled: bool,
    reads: Limit<C>,
    visits: Limit<C>,
}

struct Limit<C: Clock> {
    limiter: RateLimiter<ClientKey, BoundedStore, C, StateInformationMiddleware>,
    class: Class,
    rate: config::Rate,
}

/// Whether a request is within its client's quota, and what to tell the client in the fields `RateLimit-Policy` and
/// `RateLimit` of draft-ietf-httpapi-ratelimit-headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether to answer it.
    pub allowed: bool,
    /// Whose quota it is.
    pub class: Class,
    /// How many more may come now: `r`.
    pub remaining: u32,
    /// Refused: after how long the next one may come. Allowed: over how long the remaining ones may be spread without
    /// ever being refused, so that `r` per `t` is never more than the quota's rate (the draft's section on resource
    /// exhaustion asks for that). Rounded up, at least 1: `t`.
    pub reset_seconds: u64,
    /// After how long it is worth trying again, for `Retry-After`: 0 if allowed, otherwise at least 1.
    pub retry_after_seconds: u64,
}

impl Quotas {
    /// Full buckets for everybody.
    #[must_use]
    pub fn new(limits: &config::Limits) -> Self {
        Self::with_clock(limits, &DefaultClock::default())
    }
}

impl<C: Clock> Quotas<C> {
    fn with_clock(limits: &config::Limits, clock: &C) -> Self
    where
        C: Clone,
    {
        let limit = |class, rate| Limit::new(class, rate, limits.max_clients, clock.clone());
        let (reads, visits) = (limit(Class::Read, limits.reads), limit(Class::Visit, limits.visits));
        Self { enabled: limits.enabled, reads, visits }
    }

    /// Whether clients are limited at all; nothing needs to be checked otherwise.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Counts a request of a client.
    pub fn check(&self, class: Class, client: IpAddr) -> Verdict {
        let verdict = self.limit(class).check(ClientKey::new(client));
        if !verdict.allowed {
            RequestLimited { policy: class.policy() }.emit();
        }
        verdict
    }

    /// The value of `RateLimit-Policy`, such as `"reads";q=200;w=4`: how many requests may come at once, and how many
    /// seconds an empty bucket takes to fill, rounded up. The same for all verdicts of a class.
    #[must_use]
    pub fn policy(&self, class: Class) -> String {
        let limit = self.limit(class);
        let burst = limit.rate.burst;
        format!("\"{}\";q={burst};w={}", class.name(), limit.refill_seconds(burst))
    }

    fn limit(&self, class: Class) -> &Limit<C> {
        match class {
            Class::Read => &self.reads,
            Class::Visit => &self.visits,
        }
    }

    /// Forgets the clients whose buckets are full again and gives their memory back. To be called every few seconds:
    /// it looks at each client once, a small part of them under a lock at a time.
    pub fn tidy(&self) {
        for limit in [&self.reads, &self.visits] {
            limit.limiter.retain_recent();
            limit.limiter.shrink_to_fit();
        }
    }

    /// Tells how many clients are told apart.
    pub fn observe(&self) {
        for limit in [&self.reads, &self.visits] {
            ClientsObserved { policy: limit.class.policy(), clients: limit.limiter.len() }.emit();
        }
    }

    /// How many clients are told apart at present, in the class that has more.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.reads.limiter.len().max(self.visits.limiter.len())
    }
}

impl<C: Clock> Limit<C> {
    fn new(class: Class, rate: config::Rate, max_clients: usize, clock: C) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let (per_second, burst) = (at_least_one(rate.per_second), at_least_one(rate.burst));
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let limiter = RateLimiter::new(quota, BoundedStore::new(max_clients), clock);
        Self { limiter, class, rate: config::Rate { per_second: per_second.get(), burst: burst.get() } }
    }

    fn check(&self, key: ClientKey) -> Verdict {
        let verdict =
            Verdict { allowed: true, class: self.class, remaining: 0, reset_seconds: 0, retry_after_seconds: 0 };
        match self.limiter.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Verdict { remaining, reset_seconds: self.refill_seconds(remaining), ..verdict }
            }
            Err(until) => {
                let wait_seconds = round_up(until.wait_time_from(self.limiter.clock().now()));
                Verdict { allowed: false, reset_seconds: wait_seconds, retry_after_seconds: wait_seconds, ..verdict }
            }
        }
    }

    /// How long so many requests take to be granted.
    fn refill_seconds(&self, requests: u32) -> u64 {
        u64::from(requests.div_ceil(self.rate.per_second).max(1))
    }
}

impl Verdict {
    /// The value of `RateLimit`, such as `"reads";r=199;t=4`.
    #[must_use]
    pub fn limit(&self) -> String {
        // Each answer has it, and so it is put together without what `format!` costs.
        let mut text = String::with_capacity(48);
        let mut number = itoa::Buffer::new();
        text.extend(["\"", self.class.name(), "\";r=", number.format(self.remaining)]);
        text.extend([";t=", number.format(self.reset_seconds)]);
        text
    }
}

impl Class {
    /// The name of its policy, as in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.policy().name()
    }

    fn policy(self) -> Policy {
        match self {
            Self::Read => Policy::Reads,
            Self::Visit => Policy::Visits,
        }
    }
}

/// Whole seconds, at least one: a client that comes back earlier would be refused again.
fn round_up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 8));

    fn quotas(max_clients: usize) -> (Quotas<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Quotas::with_clock(&config::Limits { max_clients, ..config::Limits::default() }, &clock), clock)
    }

    #[test]
    fn a_burst_is_allowed_then_the_rate() {
        let (quotas, clock) = quotas(10);
        let allowed = |class| (0..1_000).take_while(|_| quotas.check(class, CLIENT).allowed).count();
        assert_eq!((allowed(Class::Read), allowed(Class::Visit)), (200, 50));
        clock.advance(Duration::from_secs(2));
        assert_eq!((allowed(Class::Read), allowed(Class::Visit)), (100, 10));
        assert!(quotas.check(Class::Read, OTHER).allowed);
    }

    #[test]
    fn a_client_that_waits_as_it_is_told_is_served() {
        let limits = config::Limits { reads: config::Rate { per_second: 3, burst: 2 }, ..config::Limits::default() };
        let clock = FakeRelativeClock::default();
        let quotas = Quotas::with_clock(&limits, &clock);
        for _ in 0..2 {
            assert_eq!(quotas.check(Class::Read, CLIENT).retry_after_seconds, 0);
        }
        let refused = quotas.check(Class::Read, CLIENT);
        assert_eq!((refused.allowed, refused.remaining, refused.retry_after_seconds), (false, 0, 1));
        clock.advance(Duration::from_secs(1));
        assert!(quotas.check(Class::Read, CLIENT).allowed);
    }

    #[test]
    fn the_fields_are_those_of_the_draft() {
        let (quotas, _) = quotas(10);
        let read = quotas.check(Class::Read, CLIENT);
        assert_eq!(quotas.policy(Class::Read), r#""reads";q=200;w=4"#);
        assert_eq!(read.limit(), r#""reads";r=199;t=4"#);
        let visit = (0..50).map(|_| quotas.check(Class::Visit, CLIENT)).last().unwrap();
        assert_eq!(quotas.policy(Class::Visit), r#""visits";q=50;w=10"#);
        assert_eq!(visit.limit(), r#""visits";r=0;t=1"#);
        let refused = quotas.check(Class::Visit, CLIENT);
        assert_eq!((refused.limit().as_str(), refused.retry_after_seconds), (r#""visits";r=0;t=1"#, 1));
    }

    #[test]
    fn clients_are_forgotten_when_their_buckets_are_full_again() {
        let (quotas, clock) = quotas(10);
        quotas.check(Class::Read, CLIENT);
        for _ in 0..200 {
            quotas.check(Class::Read, OTHER);
        }
        quotas.tidy();
        assert_eq!(quotas.clients(), 2);
        clock.advance(Duration::from_secs(1));
        quotas.tidy();
        assert_eq!(quotas.clients(), 1);
        clock.advance(Duration::from_secs(10));
        quotas.tidy();
        assert_eq!(quotas.clients(), 0);
    }

    #[test]
    fn more_clients_than_are_told_apart_share_by_network() {
        let (quotas, _) = quotas(1);
        assert!(quotas.check(Class::Read, CLIENT).allowed);
        let stranger = |last| IpAddr::from([198, 51, 100, last]);
        for last in 0..200 {
            assert!(quotas.check(Class::Read, stranger(last)).allowed);
        }
        assert!(!quotas.check(Class::Read, stranger(200)).allowed);
        assert!(quotas.check(Class::Read, CLIENT).allowed);
        assert_eq!(quotas.clients(), 1);
    }
}
