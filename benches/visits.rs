//! Visits counted per second by 64 clients, each of which waits for its number before it comes again, on SQLite with
//! every commit synced: one transaction a visit, against the group commit of `services::visits`.
//!
//! `cargo bench --bench visits` takes about 20 seconds. Both sides run in turns on the same file system, so that what
//! else the disk is doing meets both.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark is a program for one person at a terminal: it prints, and stops where it fails"
)]

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sirius::config;
use sirius::services::visits::Visits;
use sirius::store::{VisitStore, connect};
use time::OffsetDateTime;

const CLIENTS: u32 = 64;
const ROUNDS: u32 = 3;
const ROUND: Duration = Duration::from_secs(3);

/// How a visit is counted.
#[derive(Clone)]
enum Way {
    Alone(Arc<dyn VisitStore>),
    Together(Arc<Visits>),
}

impl Way {
    const fn name(&self) -> &'static str {
        match self {
            Self::Alone(_) => "one transaction a visit",
            Self::Together(_) => "group commit",
        }
    }

    async fn count(&self) {
        match self {
            Self::Alone(store) => drop(store.count(NonZeroU64::MIN, OffsetDateTime::now_utc()).await.unwrap()),
            Self::Together(visits) => drop(visits.count().await.unwrap()),
        }
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Not the system's folder for temporary files, which may be in memory, where a sync costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    runtime.block_on(async {
        let stores = connect(&folder.path().join("sirius.db")).await.unwrap();
        let visits = Visits::start(stores.visits.clone(), &config::Visits::default());
        let ways = [Way::Alone(stores.visits.clone()), Way::Together(visits.clone())];
        let mut waits = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            for (way, waits) in ways.iter().zip(&mut waits) {
                let before = stores.visits.total().await.unwrap().total;
                let round = round(way).await;
                let counted = stores.visits.total().await.unwrap().total - before;
                assert_eq!(counted, round.len() as u64, "what was acknowledged is what was counted");
                waits.extend(round);
            }
        }
        let rates: Vec<_> = ways.iter().zip(waits).map(|(way, waits)| report(way, waits)).collect();
        println!("group commit counts {:.1} times as many", rates[1] / rates[0]);
        visits.flush(Duration::from_secs(5)).await.unwrap();
        stores.connection.close().await;
    });
}

/// Lets all clients come again and again for one round, and gives back how long each visit waited for its number.
async fn round(way: &Way) -> Vec<Duration> {
    let end = Instant::now() + ROUND;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let way = way.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while Instant::now() < end {
                    let came = Instant::now();
                    way.count().await;
                    waits.push(came.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.unwrap());
    }
    waits
}

/// Prints a line and gives back the visits per second.
fn report(way: &Way, mut waits: Vec<Duration>) -> f64 {
    waits.sort_unstable();
    let quantile = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    let seconds = (ROUND * ROUNDS).as_secs_f64();
    let per_second = waits.len() as f64 / seconds;
    println!(
        "{:<24} {per_second:>8.0} visits/s with {CLIENTS} clients; waited p50 {:.2} ms, p99 {:.2} ms",
        way.name(),
        quantile(50),
        quantile(99),
    );
    per_second
}
