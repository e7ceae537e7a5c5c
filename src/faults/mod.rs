//! Breaking things on purpose: which faults are active, and what they do to whoever asks.
//!
//! Faults are for the whole process, like its telemetry. They begin at the admin port, if `faults.enabled` lets it, and every
//! one ends by itself. Whoever can be hit asks here ([`of_request`], [`of_statement`], [`of_call`]): without faults that
//! is a look at a flag, and with some it takes no lock. Telemetry stands below and is told ([`loss`]). What a fault
//! looks like to those who are hit is their own business.

mod fault;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

pub use self::fault::Fault;

use crate::telemetry::catalogue::values::FaultKind;
use crate::telemetry::events::{FaultBegun, FaultEnded, FaultsObserved};
use crate::telemetry::loss;
pub use crate::telemetry::loss::REASON;
use crate::telemetry::route::Route;

/// How many there may be at a time.
pub const MAX_ACTIVE: usize = 16;

/// How long one may last: who is to be reached by it wants it over before the night is.
pub const MAX_DURATION: Duration = Duration::from_hours(1);

/// A fault that is active.
#[derive(Debug, Clone, PartialEq)]
pub struct Active {
    /// Under which it can be lifted; never given twice.
    pub id: u64,
    /// What is broken.
    pub fault: Fault,
    /// When it began.
    pub begun_at: SystemTime,
    /// When it ends by itself.
    pub expires_at: SystemTime,
    /// The same, by a clock that nobody sets.
    until: Instant,
}

/// As many as there may be are active already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_ACTIVE} faults are active, and more are not allowed; lift some, or wait until they end")]
pub struct TooMany;

/// What is to become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disturbance {
    /// How much later it is answered.
    pub delay: Duration,
    /// The status of the error that is the answer.
    pub status: Option<u16>,
}

/// Something fails because it is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{REASON}")]
pub struct OnPurpose;

/// Whether there are any: all that is looked at while there are none.
static ANY: AtomicBool = AtomicBool::new(false);

static ACTIVE: LazyLock<ArcSwap<Vec<Active>>> = LazyLock::new(ArcSwap::default);

/// Held by whoever changes them, and by nobody whom they hit.
static CHANGING: Mutex<()> = Mutex::new(());

static CHANGED: LazyLock<watch::Sender<()>> = LazyLock::new(watch::Sender::default);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

static ROUTES: OnceLock<Vec<Route>> = OnceLock::new();

/// Says which requests can be hit; the first to say so is believed.
pub fn reach(routes: Vec<Route>) {
    let _ = ROUTES.set(routes);
}

/// Which requests can be hit; none before the public port is open.
#[must_use]
pub fn routes() -> &'static [Route] {
    ROUTES.get().map_or(&[], Vec::as_slice)
}

/// Breaks something for so long. Needs to be within a tokio runtime.
///
/// # Errors
/// When too much is broken already.
pub fn begin(fault: Fault, lasts: Duration) -> Result<Active, TooMany> {
    let (begun_at, lasts) = (SystemTime::now(), lasts.min(MAX_DURATION));
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let new = Active { id, fault, begun_at, expires_at: begun_at + lasts, until: Instant::now() + lasts };
    change(|active| {
        if active.len() >= MAX_ACTIVE {
            return Err(TooMany);
        }
        active.push(new.clone());
        Ok(())
    })?;
    FaultBegun { id, kind: new.fault.kind(), what: &new.fault, expires_in: lasts }.emit();
    tokio::spawn(async move {
        sleep(lasts).await;
        end(|active| active.id == id, true);
    });
    Ok(new)
}

/// Ends a fault; false if there is none of this number.
#[must_use]
pub fn lift(id: u64) -> bool {
    !end(|active| active.id == id, false).is_empty()
}

/// Ends all faults.
pub fn lift_all() {
    end(|_| true, false);
}

/// What is broken now, in the order of beginning.
#[must_use]
pub fn active() -> Vec<Active> {
    let now = Instant::now();
    ACTIVE.load().iter().filter(|active| active.until > now).cloned().collect()
}

/// What is to become of a request for this route.
#[must_use]
pub fn of_request(route: Route) -> Disturbance {
    let mut disturbance = Disturbance::default();
    for_each(|fault| match fault {
        Fault::Latency { route: of, ratio, delay } if hits(*of, route) && happens(*ratio) => {
            disturbance.delay += *delay;
        }
        Fault::Errors { route: of, ratio, status } if hits(*of, route) && happens(*ratio) => {
            disturbance.status = disturbance.status.or(Some(*status));
        }
        _ => {}
    });
    disturbance
}

/// What becomes of a statement before the database has it.
///
/// # Errors
/// When it is to fail.
pub async fn of_statement() -> Result<(), OnPurpose> {
    suffer(|fault| match fault {
        Fault::DatabaseLatency { ratio, delay } => Some((*ratio, Some(*delay))),
        Fault::DatabaseErrors { ratio } => Some((*ratio, None)),
        _ => None,
    })
    .await
}

/// What becomes of a call to the byte store before the store has it.
///
/// # Errors
/// When it is to fail.
pub async fn of_call() -> Result<(), OnPurpose> {
    suffer(|fault| match fault {
        Fault::BlobLatency { ratio, delay } => Some((*ratio, Some(*delay))),
        Fault::BlobErrors { ratio } => Some((*ratio, None)),
        _ => None,
    })
    .await
}

/// Waits until all connections to the database are to be taken, or until they are not to be, any more.
pub async fn until_pool_is(exhausted: bool) {
    let mut changed = CHANGED.subscribe();
    while active().iter().any(|active| active.fault == Fault::PoolExhausted) != exhausted {
        // The sender is never gone.
        let _ = changed.changed().await;
    }
}

/// Waits and fails as the faults say that `of` picks: how many, and how much later or, without that, not at all.
async fn suffer(of: impl Fn(&Fault) -> Option<(f64, Option<Duration>)>) -> Result<(), OnPurpose> {
    let (mut delay, mut fails) = (Duration::ZERO, false);
    for_each(|fault| match of(fault) {
        Some((ratio, longer)) if happens(ratio) => {
            delay += longer.unwrap_or_default();
            fails |= longer.is_none();
        }
        _ => {}
    });
    if !delay.is_zero() {
        sleep(delay).await;
    }
    if fails { Err(OnPurpose) } else { Ok(()) }
}

fn for_each(mut look: impl FnMut(&Fault)) {
    if ANY.load(Ordering::Relaxed) {
        let now = Instant::now();
        ACTIVE.load().iter().filter(|active| active.until > now).for_each(|active| look(&active.fault));
    }
}

fn hits(of: Option<Route>, route: Route) -> bool {
    of.map_or_else(|| !route.is_probe(), |of| of == route)
}

fn happens(ratio: f64) -> bool {
    rand::random::<f64>() < ratio
}

fn end(which: impl Fn(&Active) -> bool, expired: bool) -> Vec<Active> {
    let ended: Vec<_> = change(|active| active.extract_if(.., |active| which(active)).collect());
    for Active { id, fault, .. } in &ended {
        FaultEnded { id: *id, kind: fault.kind(), what: fault, expired }.emit();
    }
    ended
}

/// Changes what is active, and tells whoever has to know.
fn change<T>(how: impl FnOnce(&mut Vec<Active>) -> T) -> T {
    let _alone = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut active = ACTIVE.load().to_vec();
    let answer = how(&mut active);
    for signal in Fault::SIGNALS {
        loss::lose(signal, active.iter().any(|active| active.fault.loses(signal)));
    }
    for kind in FaultKind::ALL.iter().copied() {
        let active = active.iter().filter(|active| active.fault.kind() == kind).count() as u64;
        FaultsObserved { kind, active }.emit();
    }
    let any = !active.is_empty();
    ACTIVE.store(Arc::new(active));
    ANY.store(any, Ordering::Relaxed);
    CHANGED.send_replace(());
    answer
}
