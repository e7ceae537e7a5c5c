//! Where governor keeps its state: bounded, whatever clients do.
//!
//! governor's own stores take any number of keys. This one tells at most so many apart. When it is full, a client that
//! is not in it yet shares a bucket with its network, /24 or /48, and, as there is a fixed number of those buckets, with
//! such networks as fall into the same one. Clients in it keep their own. Housekeeping takes out those whose bucket is
//! full again, which makes room.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::client::ClientKey;

/// Shards, each with its own lock. A request of a known client takes it shared; only a new client, or housekeeping,
/// takes it alone, and for one shard.
const SHARDS: usize = 64;

/// Buckets for the clients that found the store full: 32 KiB.
const SHARED_BUCKETS: usize = 4096;

/// At most so many clients' state, by their keys.
pub(super) struct BoundedStore {
    shards: Box<[RwLock<HashMap<ClientKey, Bucket>>]>,
    shared: Box<[Bucket]>,
    /// Kept beside the maps, so that it costs nothing to read.
    clients: AtomicUsize,
    max_clients: usize,
    hasher: RandomState,
}

/// The time at which a bucket is full again, in nanoseconds since the limiter was made; 0 was never used.
#[derive(Default)]
struct Bucket(AtomicU64);

impl BoundedStore {
    pub(super) fn new(max_clients: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            shared: (0..SHARED_BUCKETS).map(|_| Bucket::default()).collect(),
            clients: AtomicUsize::new(0),
            max_clients,
            hasher: RandomState::new(),
        }
    }

    /// Makes room for one more client, if there is room.
    fn admit(&self) -> bool {
        let more = |clients| (clients < self.max_clients).then_some(clients + 1);
        self.clients.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// One of `items`, by a hash that clients cannot foresee.
    fn pick<'a, T>(&self, items: &'a [T], key: ClientKey) -> &'a T {
        // The remainder fits into usize and is below the length, which is a constant above 0.
        #[allow(clippy::cast_possible_truncation, reason = "the remainder is below a usize")]
        let index = (self.hasher.hash_one(key) % items.len() as u64) as usize;
        &items[index]
    }
}

impl StateStore for BoundedStore {
    type Key = ClientKey;

    fn measure_and_replace<T, F, E>(&self, key: &ClientKey, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let shard = self.pick(&self.shards, *key);
        if let Some(bucket) = read(shard).get(key) {
            return bucket.measure(f);
        }
        let mut clients = write(shard);
        // Another request of the same client may have come first.
        if clients.contains_key(key) || self.admit() {
            return clients.entry(*key).or_default().measure(f);
        }
        drop(clients);
        self.pick(&self.shared, key.network()).measure(f)
    }
}

impl ShrinkableKeyedStateStore<ClientKey> for BoundedStore {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in &self.shards {
            let mut clients = write(shard);
            let before = clients.len();
            clients.retain(|_, bucket| bucket.0.load(Ordering::Relaxed) > drop_below.as_u64());
            self.clients.fetch_sub(before - clients.len(), Ordering::Relaxed);
        }
    }

    fn shrink_to_fit(&self) {
        for shard in &self.shards {
            write(shard).shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Bucket {
    fn measure<T, F, E>(&self, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut before = self.0.load(Ordering::Acquire);
        loop {
            let (outcome, after) = f((before != 0).then(|| Nanos::new(before)))?;
            match self.0.compare_exchange_weak(before, after.as_u64(), Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Ok(outcome),
                Err(other) => before = other,
            }
        }
    }
}

/// A panic cannot leave a map of atomics half changed: a poisoned lock is as good as any.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn key(address: [u8; 4]) -> ClientKey {
        ClientKey::new(IpAddr::from(address))
    }

    /// Adds one to the bucket of a client and gives what was there.
    fn add(store: &BoundedStore, key: ClientKey) -> u64 {
        let outcome: Result<u64, ()> = store.measure_and_replace(&key, |before| {
            let before = before.map_or(0, Nanos::as_u64);
            Ok((before, Nanos::new(before + 1)))
        });
        outcome.unwrap()
    }

    #[test]
    fn a_full_store_keeps_its_clients_and_lets_others_share() {
        let store = BoundedStore::new(2);
        let (first, second) = (key([203, 0, 113, 1]), key([203, 0, 113, 2]));
        assert_eq!((add(&store, first), add(&store, second), add(&store, first)), (0, 0, 1));
        assert_eq!(add(&store, key([198, 51, 100, 1])), 0);
        assert_eq!(add(&store, key([198, 51, 100, 2])), 1);
        assert_eq!((add(&store, first), add(&store, second)), (2, 1));
        assert_eq!(store.len(), 2);
    }

    #[test]
    fn what_is_not_recent_makes_room() {
        let store = BoundedStore::new(2);
        let (first, second, third) = (key([10, 0, 0, 1]), key([10, 0, 1, 1]), key([10, 0, 2, 1]));
        for _ in 0..5 {
            add(&store, first);
        }
        add(&store, second);
        store.retain_recent(Nanos::new(1));
        store.shrink_to_fit();
        assert_eq!(store.len(), 1);
        assert_eq!((add(&store, third), add(&store, third), add(&store, first)), (0, 1, 5));
        assert_eq!(store.len(), 2);
    }

    #[test]
    fn the_count_is_true_under_contention() {
        let store = BoundedStore::new(1_000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..2_000_u32 {
                        add(&store, ClientKey::V4(Ipv4Addr::from_bits(number)));
                    }
                });
            }
        });
        let held: usize = store.shards.iter().map(|shard| read(shard).len()).sum();
        assert_eq!((held, store.len()), (1_000, 1_000));
    }
}
