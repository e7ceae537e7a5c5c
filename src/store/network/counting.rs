//! Counting visits on a server, each batch exactly once, also when the answer to its commit is lost.
//!
//! A batch has an id, which its transaction keeps in the database beside the total that it came to. When the connection
//! breaks before the answer is there, the same id is offered to the database again, as that of a batch that is void: either
//! it is there already, and the batch was counted; or it is taken now, and a transaction that is still on its way
//! somewhere can never be committed, because its id is taken. Only then are its visits counted anew.
//!
//! A transaction that counts forgets the ids of batches before it whose outcome is known, so that the table stays small.
//! Ids of void batches, and the last of replicas that were killed, stay for a week: longer than any transaction can be on
//! its way.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Network, Pools};
use crate::store::StoreError;
use crate::store::driver::Driver;
use crate::store::statements::{Answer, Counting, Statements};
use crate::store::transaction::Transaction;

/// What tells a batch from all others: random, so that nobody has to agree on it with anybody.
pub(in crate::store) type BatchId = [u8; 16];

/// How often a batch is tried that other writers or a broken connection were in the way of.
const TRIES: u32 = 5;

/// How long a server that broke a connection is asked what became of a batch. Below the time that a visit waits by default.
const FIND_OUT: Duration = Duration::from_secs(2);

/// How long to wait between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// A batch of visits.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Batch<'a> {
    /// Its id.
    pub id: &'a [u8],
    /// Its visits.
    pub counting: Counting<'a>,
    /// Batches that may be forgotten.
    pub settled: &'a [BatchId],
}

/// What a server is told.
pub(in crate::store) trait Batches: Statements {
    /// Counts a batch, in a transaction of its own where the session has begun none, and gives the total.
    fn count_batch(on: &mut Self::Session, batch: Batch<'_>) -> impl Future<Output = Answer<i64>> + Send;

    /// Makes a batch void, unless it is counted: then gives the total that it came to. Waits for a transaction that is
    /// about to count it.
    fn outcome(on: &mut Self::Session, id: &[u8]) -> impl Future<Output = Answer<Option<i64>>> + Send;
}

/// Counts visits and gives the total.
pub(in crate::store) async fn count<N: Network>(pools: &Pools<N>, counting: Counting<'_>) -> Answer<i64>
where
    Pools<N>: Batches,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let id: BatchId = rand::random();
        let settled = std::mem::take(&mut *pools.settled.lock().await);
        let failed = match attempt(pools, Batch { id: &id, counting, settled: &settled }).await {
            Ok(total) => {
                pools.settled.lock().await.push(id);
                return Ok(total);
            }
            Err(failed) => failed,
        };
        pools.settled.lock().await.extend(settled);
        let error = match failed {
            Failed::ToConnect(error) => return Err(error),
            // Of what gave way to others it is known, too, that it was not counted.
            Failed::ToBegin(error) | Failed::Somewhere(error @ StoreError::Conflict(_)) => error,
            Failed::Somewhere(error) => match find_out(pools, &id, &error).await? {
                Some(total) => {
                    pools.settled.lock().await.push(id);
                    return Ok(total);
                }
                None => error,
            },
        };
        // A key that is in the way stays there.
        let is_final = matches!(error, StoreError::Conflict(_)) && !counting.keys.is_empty();
        if tries == TRIES || is_final {
            return Err(error);
        }
    }
}

/// A batch that was not acknowledged.
enum Failed {
    /// There is no connection: the server is not there.
    ToConnect(StoreError),
    /// Nothing of it was sent through a connection that may have been from before a restart.
    ToBegin(StoreError),
    /// Where, and so whether it is counted, is not known.
    Somewhere(StoreError),
}

async fn attempt<N: Network>(pools: &Pools<N>, batch: Batch<'_>) -> Result<i64, Failed>
where
    Pools<N>: Batches,
{
    let lease = pools.writer().await.map_err(Failed::ToConnect)?;
    let mut transaction = Transaction::<Pools<N>>::around_one(lease).await.map_err(Failed::ToBegin)?;
    let total = Pools::<N>::count_batch(&mut transaction, batch).await;
    let total = match total {
        Ok(total) => total,
        Err(error) => {
            // After an error half-way nobody knows what the server takes the session to be in.
            transaction.abandon();
            return Err(Failed::Somewhere(error));
        }
    };
    transaction.commit().await.map_err(Failed::Somewhere)?;
    Ok(total)
}

/// Whether a batch was counted, and to which total; if not, it never will be.
async fn find_out<N: Network>(pools: &Pools<N>, id: &[u8], broken: &StoreError) -> Answer<Option<i64>>
where
    Pools<N>: Batches,
{
    let deadline = Instant::now() + FIND_OUT;
    loop {
        let asked = async {
            let mut transaction = Transaction::write(pools).await?;
            let outcome = Pools::<N>::outcome(&mut transaction, id).await?;
            transaction.commit().await?;
            Ok::<_, StoreError>(outcome)
        };
        match asked.await {
            Ok(outcome) => return Ok(outcome),
            Err(StoreError::Corrupt(error)) => return Err(StoreError::Corrupt(error)),
            Err(_) if Instant::now() + PAUSE < deadline => sleep(PAUSE).await,
            Err(_) => {
                let broken = broken.reason();
                return Err(StoreError::Unavailable(format!(
                    "{broken}; whether the last visits were counted before is not known"
                )));
            }
        }
    }
}
