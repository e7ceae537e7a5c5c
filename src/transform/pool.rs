//! Where pictures are inspected: off the async threads, bounded in processors and in memory.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use ::bytes::Bytes;
use tokio::sync::Semaphore;

use super::{Inspected, Rejected, look, outline};
use crate::config::Pictures;
use crate::domain::Format;
use crate::telemetry::catalogue::values::RejectedReason;
use crate::telemetry::events::{PictureInspected, PictureRejected, PictureWaiting};

/// The memory that pictures being decoded may take together. One that needs more is decoded alone.
const MEMORY_MIB: u32 = 192;

/// Inspects pictures, as many at a time as there are processors and as fit into the memory set aside for it.
#[derive(Debug, Clone)]
pub struct Pool {
    processors: Arc<Semaphore>,
    memory_mib: Arc<Semaphore>,
    limits: Arc<Pictures>,
}

impl Pool {
    /// A pool for pictures within these limits.
    #[must_use]
    pub fn new(limits: Pictures) -> Self {
        Self {
            processors: Arc::new(Semaphore::new(processors())),
            memory_mib: Arc::new(Semaphore::new(MEMORY_MIB as usize)),
            limits: Arc::new(limits),
        }
    }

    /// The limits that pictures are held to.
    #[must_use]
    pub fn limits(&self) -> &Pictures {
        &self.limits
    }

    /// Reads a picture; see [`super::inspect`]. Waits for its turn.
    ///
    /// # Errors
    /// When the bytes are no whole picture of a format that Sirius serves, or exceed a limit.
    pub async fn inspect(&self, bytes: Bytes) -> Result<Inspected, Rejected> {
        let inspected = self.inspected(bytes).await;
        if let Err(rejected) = &inspected {
            PictureRejected { reason: rejected.into() }.emit();
        }
        inspected
    }

    async fn inspected(&self, bytes: Bytes) -> Result<Inspected, Rejected> {
        let waiting = PictureWaiting::begin();
        let pool = self.clone();
        // Neither semaphore is ever closed; were one, the picture would be read without its turn.
        let turn = Arc::clone(&self.processors).acquire_owned().await.ok();
        let format = outline::recognise(&bytes)?;
        let runtime = tokio::runtime::Handle::current();
        let inspection = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let outline = outline::outline(&bytes, &pool.limits)?;
            let mib = u32::try_from(look::cost_bytes(&outline) >> 20).unwrap_or(u32::MAX).clamp(1, MEMORY_MIB);
            let _memory = runtime.block_on(pool.memory_mib.acquire_many(mib)).ok();
            drop(waiting);
            let begun = Instant::now();
            let inspected = look::look(&bytes, &outline);
            PictureInspected { format, elapsed: begun.elapsed() }.emit();
            inspected
        });
        // A decoder that panics has met bytes that its authors did not think of.
        inspection.await.unwrap_or_else(|_| Err(panicked(format)))
    }
}

/// How many pictures are worth decoding at a time.
#[must_use]
pub fn processors() -> usize {
    available_parallelism().map_or(1, Into::into)
}

impl From<&Rejected> for RejectedReason {
    fn from(rejected: &Rejected) -> Self {
        match rejected {
            Rejected::Empty => Self::Empty,
            Rejected::NotAPicture | Rejected::NotServed(_) => Self::Format,
            Rejected::Truncated(_) | Rejected::Damaged { .. } => Self::Damaged,
            Rejected::TooMuch { .. } => Self::TooMuch,
        }
    }
}

fn panicked(format: Format) -> Rejected {
    Rejected::damaged(format, "its decoder gave up on it")
}
