//! The catalogue in memory: the snapshot that requests read, and how it follows the database.
//!
//! Requests take the current [`Snapshot`] and never wait: for the database, for a refresh, or for each other. What is
//! chosen from a snapshot, and how, belongs in `random`.

mod arrivals;
mod cache;
#[cfg(test)]
pub(super) mod fixtures;
mod ids;
mod images;
mod listing;
mod postings;
mod selection;
mod snapshot;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{Mutex, Notify};
use tokio::task;
use tokio_util::sync::CancellationToken;

pub use listing::{ListPosition, Page};
pub use selection::Selection;
pub use snapshot::{Builder, Snapshot};

use crate::store::{CatalogueStore, ChangeNumber, StoreError};
use crate::telemetry::events::{CatalogueFollowing, CatalogueObserved};

/// How many changes are asked for at a time.
const PAGE: u32 = 10_000;

/// Keeps the catalogue in memory as the database has it.
pub struct Catalogue {
    store: Arc<dyn CatalogueStore>,
    snapshot: ArcSwap<Snapshot>,
    /// Held by the one refresh that is under way; no request ever waits for it.
    refreshing: Mutex<()>,
    born: Instant,
    /// When the database last answered in full, in milliseconds since `born`; [`NEVER`] before the first time.
    refreshed_ms: AtomicU64,
    database_ok: AtomicBool,
    /// Somebody says that there is something new.
    news: Notify,
}

/// How long after a refresh the next one may follow because of news, so that an import beside it is seen in some steps
/// rather than in as many as it has transactions.
const NEWS_INTERVAL: Duration = Duration::from_millis(50);

const NEVER: u64 = u64::MAX;

/// What a refresh brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Images added or changed.
    pub images: u64,
    /// Images removed.
    pub removed: u64,
}

impl Catalogue {
    /// An empty catalogue, until [`Catalogue::refresh`] has read the store.
    #[must_use]
    pub fn new(store: Arc<dyn CatalogueStore>) -> Self {
        Self {
            store,
            snapshot: ArcSwap::default(),
            refreshing: Mutex::new(()),
            born: Instant::now(),
            refreshed_ms: AtomicU64::new(NEVER),
            database_ok: AtomicBool::new(false),
            news: Notify::new(),
        }
    }

    /// The catalogue as it was last read. Take it once for a request, so that all of an answer is of one moment.
    #[must_use]
    pub fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Whether it has been read at all.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.age().is_some()
    }

    /// Whether the database answered when it was last asked.
    #[must_use]
    pub fn database_ok(&self) -> bool {
        self.database_ok.load(Ordering::Acquire)
    }

    /// How long ago the snapshot was known to be what the database has; nothing before the first time.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        match self.refreshed_ms.load(Ordering::Acquire) {
            NEVER => None,
            at => Some(self.born.elapsed().saturating_sub(Duration::from_millis(at))),
        }
    }

    /// Tells how it stands.
    pub fn observe(&self) {
        CatalogueObserved { images: self.snapshot().len(), age: self.age() }.emit();
    }

    /// Reads what has changed in the database and puts a new snapshot in place, all at once.
    ///
    /// Whatever was committed before the call is in the snapshot afterwards.
    ///
    /// # Errors
    /// When the store fails; the snapshot then stays as it was.
    pub async fn refresh(&self) -> Result<Refreshed, StoreError> {
        let _turn = self.refreshing.lock().await;
        let refreshed = self.pull().await;
        if refreshed.is_ok() {
            let at = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(NEVER - 1);
            self.refreshed_ms.store(at, Ordering::Release);
        }
        self.database_ok.store(refreshed.is_ok(), Ordering::Release);
        refreshed
    }

    /// Says that the database may have changed: whoever follows it asks at once.
    pub fn hurry(&self) {
        self.news.notify_one();
    }

    /// Refreshes again and again, `every` so often and when there is news, until told to stop. A database that is away is asked again.
    pub async fn follow(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ok = true;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
                () = self.news_after(NEWS_INTERVAL) => {}
            }
            match self.refresh().await {
                Ok(_) if ok => {}
                Ok(_) => CatalogueFollowing::Again::<StoreError>.emit(),
                Err(error) => CatalogueFollowing::Failed { error, first: ok }.emit(),
            }
            ok = self.database_ok();
        }
    }

    async fn news_after(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
        self.news.notified().await;
    }

    async fn pull(&self) -> Result<Refreshed, StoreError> {
        let mut before = self.snapshot.load_full();
        let mut refreshed = Refreshed::default();
        let mut changes = self.store.changes(before.up_to(), PAGE).await?;
        if changes.up_to < before.up_to() {
            CatalogueFollowing::StartsOver::<StoreError>.emit();
            before = Arc::default();
            changes = self.store.changes(ChangeNumber::default(), PAGE).await?;
        } else if changes.complete && changes.images.is_empty() && changes.removed.is_empty() {
            return Ok(refreshed);
        }
        let mut builder = before.edit();
        loop {
            refreshed.images += changes.images.len() as u64;
            refreshed.removed += changes.removed.len() as u64;
            let (since, complete) = (changes.up_to, changes.complete);
            let applied = on_a_thread(move || {
                builder.apply(changes);
                builder
            });
            if complete {
                let builder = applied.await;
                self.snapshot.store(on_a_thread(move || Arc::new(builder.freeze())).await);
                return Ok(refreshed);
            }
            // The next page is read while this one is applied.
            changes = self.store.changes(since, PAGE).await?;
            builder = applied.await;
        }
    }
}

/// Computes away from the threads that serve requests; begins at once, not when it is first waited for.
fn on_a_thread<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> impl Future<Output = T> {
    let computing = task::spawn_blocking(compute);
    async {
        match computing.await {
            Ok(value) => value,
            // A blocking task is never aborted, so it has panicked: the panic goes on where it was waited for.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex as StdMutex;

    use async_trait::async_trait;

    use super::*;
    use crate::domain::{Edit, ImageId, ImageNumber, NewImage};
    use crate::store::{Changes, EditError};

    enum Event {
        Added(u32),
        Removed(u32),
    }

    /// A store that is nothing but its history, one event a change; `None` while it is away.
    #[derive(Default)]
    struct History(StdMutex<Option<Vec<Event>>>);

    impl History {
        fn of(events: impl IntoIterator<Item = Event>) -> Arc<Self> {
            Arc::new(Self(StdMutex::new(Some(events.into_iter().collect()))))
        }

        fn push(&self, event: Event) {
            self.0.lock().unwrap().as_mut().unwrap().push(event);
        }
    }

    #[async_trait]
    impl CatalogueStore for History {
        async fn add(&self, _: &[NewImage]) -> Result<Vec<bool>, StoreError> {
            unreachable!("the catalogue only reads")
        }

        async fn remove(&self, _: &[ImageId]) -> Result<u64, StoreError> {
            unreachable!("the catalogue only reads")
        }

        async fn edit(&self, _: &[ImageId], _: &Edit) -> Result<u64, EditError> {
            unreachable!("the catalogue only reads")
        }

        async fn known(&self, _: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
            unreachable!("the catalogue only reads")
        }

        async fn changes(&self, since: ChangeNumber, limit: u32) -> Result<Changes, StoreError> {
            let history = self.0.lock().unwrap();
            let history = history.as_ref().ok_or_else(|| StoreError::Unavailable("away".into()))?;
            let since = usize::try_from(since.0).unwrap().min(history.len());
            let end = history.len().min(since + limit as usize);
            let mut changes =
                Changes { up_to: ChangeNumber(end as u64), complete: end == history.len(), ..Changes::default() };
            for event in &history[since..end] {
                match event {
                    Event::Added(number) => changes.images.push(fixtures::image(*number, &["moon"], 1)),
                    Event::Removed(number) => changes.removed.push(ImageNumber(*number)),
                }
            }
            Ok(changes)
        }
    }

    #[tokio::test]
    async fn a_refresh_reads_every_page() {
        let history = History::of((1..=25_000).map(Event::Added).chain([Event::Removed(7)]));
        let catalogue = Catalogue::new(history.clone());
        assert!(!catalogue.is_loaded() && !catalogue.database_ok() && catalogue.snapshot().is_empty());
        assert_eq!(catalogue.refresh().await.unwrap(), Refreshed { images: 25_000, removed: 1 });
        assert!(catalogue.is_loaded() && catalogue.database_ok());
        assert_eq!(catalogue.snapshot().len(), 24_999);
        history.push(Event::Added(30_000));
        assert_eq!(catalogue.refresh().await.unwrap(), Refreshed { images: 1, removed: 0 });
        assert_eq!(catalogue.snapshot().newest(), Some(ImageNumber(30_000)));
        assert_eq!(catalogue.refresh().await.unwrap(), Refreshed::default());
    }

    #[tokio::test]
    async fn a_request_keeps_its_snapshot_through_a_refresh() {
        let history = History::of([Event::Added(1)]);
        let catalogue = Catalogue::new(history.clone());
        catalogue.refresh().await.unwrap();
        let during = catalogue.snapshot();
        history.push(Event::Removed(1));
        catalogue.refresh().await.unwrap();
        assert_eq!((during.len(), catalogue.snapshot().len()), (1, 0));
    }

    #[tokio::test]
    async fn a_database_that_goes_back_is_read_again() {
        let history = History::of([Event::Added(1), Event::Added(2), Event::Removed(1)]);
        let catalogue = Catalogue::new(history.clone());
        catalogue.refresh().await.unwrap();
        assert_eq!(catalogue.snapshot().newest(), Some(ImageNumber(2)));
        history.0.lock().unwrap().as_mut().unwrap().truncate(1);
        assert_eq!(catalogue.refresh().await.unwrap(), Refreshed { images: 1, removed: 0 });
        assert_eq!((catalogue.snapshot().len(), catalogue.snapshot().newest()), (1, Some(ImageNumber(1))));
        *history.0.lock().unwrap() = Some(Vec::new());
        catalogue.refresh().await.unwrap();
        assert!(catalogue.snapshot().is_empty());
    }

    #[tokio::test]
    async fn without_the_database_the_snapshot_stays() {
        let history = History::of([Event::Added(1)]);
        let catalogue = Catalogue::new(history.clone());
        catalogue.refresh().await.unwrap();
        let events = history.0.lock().unwrap().take();
        assert!(catalogue.refresh().await.is_err());
        assert!(catalogue.is_loaded() && !catalogue.database_ok());
        assert_eq!(catalogue.snapshot().len(), 1);
        *history.0.lock().unwrap() = events;
        history.push(Event::Added(2));
        catalogue.refresh().await.unwrap();
        assert!(catalogue.database_ok());
        assert_eq!(catalogue.snapshot().len(), 2);
    }

    #[tokio::test]
    async fn news_is_followed_at_once_and_none_of_it_is_lost() {
        let history = History::of([Event::Added(1)]);
        let catalogue = Arc::new(Catalogue::new(history.clone()));
        let stop = CancellationToken::new();
        let following = tokio::spawn(Arc::clone(&catalogue).follow(Duration::from_hours(1), stop.clone()));
        let there_are = async |count| {
            while catalogue.snapshot().len() != count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        there_are(1).await;
        for number in 2..6 {
            history.push(Event::Added(number));
            catalogue.hurry();
        }
        there_are(5).await;
        stop.cancel();
        following.await.unwrap();
    }

    #[tokio::test]
    async fn following_survives_a_database_that_is_away_and_ends_when_told() {
        let history = Arc::new(History::default());
        let catalogue = Arc::new(Catalogue::new(history.clone()));
        let stop = CancellationToken::new();
        let following = tokio::spawn(Arc::clone(&catalogue).follow(Duration::from_millis(1), stop.clone()));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!catalogue.is_loaded());
        *history.0.lock().unwrap() = Some(vec![Event::Added(1)]);
        while catalogue.snapshot().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
        following.await.unwrap();
    }
}
