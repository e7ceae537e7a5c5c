//! Where pictures are inspected: off the async threads, bounded in processors and in memory.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use tokio::sync::Semaphore;

use super::{Clean, Inspected, Rejected, look};
use crate::config::Pictures;
use crate::domain::Format;
use crate::telemetry::events::{PictureInspected, PictureWaiting};

/// Inspects pictures, as many at a time as there are processors and as fit into the memory set aside for it.
#[derive(Debug, Clone)]
pub struct Pool {
    processors: Arc<Semaphore>,
    memory_kib: Arc<Semaphore>,
    limits: Arc<Pictures>,
}

impl Pool {
    /// A pool for pictures within these limits.
    #[must_use]
    pub fn new(limits: Pictures) -> Self {
        Self {
            processors: Arc::new(Semaphore::new(processors())),
            memory_kib: Arc::new(Semaphore::new(kib(limits.max_memory) as usize)),
            limits: Arc::new(limits),
        }
    }

    /// The limits that pictures are held to.
    #[must_use]
    pub fn limits(&self) -> &Pictures {
        &self.limits
    }

    /// Decodes a picture for what its container does not tell. Waits for its turn.
    ///
    /// # Errors
    /// When it exceeds a limit, or cannot be decoded, or not within the time that is allowed.
    pub async fn inspect(&self, picture: Clean) -> Result<Inspected, Rejected> {
        self.inspected(picture).await.inspect_err(Rejected::tell)
    }

    async fn inspected(&self, picture: Clean) -> Result<Inspected, Rejected> {
        picture.check(&self.limits)?;
        let waiting = PictureWaiting::begin();
        // Neither semaphore is ever closed; were one, the picture would be read without its turn.
        let processor = Arc::clone(&self.processors).acquire_owned().await.ok();
        let kib = kib(picture.memory_bytes().min(self.limits.max_memory));
        let memory = Arc::clone(&self.memory_kib).acquire_many_owned(kib).await.ok();
        let format = picture.outline.format;
        let limits = Arc::clone(&self.limits);
        let inspection = tokio::task::spawn_blocking(move || {
            let _turn = (processor, memory);
            drop(waiting);
            let begun = Instant::now();
            let inspected = look::look(&picture, &limits);
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

fn kib(bytes: u64) -> u32 {
    u32::try_from(bytes >> 10).unwrap_or(u32::MAX >> 3)
}

fn panicked(format: Format) -> Rejected {
    Rejected::damaged(format, "its decoder gave up on it")
}
