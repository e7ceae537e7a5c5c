//! Connections that break while visits are counted: each visit is counted once, whatever the client was told.

use std::num::NonZeroU64;

use sirius::config;
use sirius::store::{Stores, VisitStore};
use tokio::sync::oneshot;

use super::proxy::{Cut, Proxy};
use super::server::{Fresh, Server};
use crate::store::samples::MOMENT;

/// A database behind a wire that can be cut.
struct Wired<S> {
    database: Fresh<S>,
    proxy: Proxy,
    stores: Stores,
    /// What a client sends when it counts.
    counting: &'static [u8],
}

impl<S: Server> Wired<S> {
    async fn new(counting: &'static [u8], change: impl FnOnce(&mut config::Database)) -> Self {
        let database = Fresh::<S>::new();
        let address = database.url().split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
        let proxy = Proxy::to(address.clone()).await;
        let through = database.url().replace(&address, &proxy.address.to_string());
        let stores = database
            .open(|settings| {
                *settings = super::server::settings(&through);
                change(settings);
            })
            .await
            .unwrap();
        // The first time, a statement is prepared.
        count(&*stores.visits, 3).await;
        Self { database, proxy, stores, counting }
    }

    /// Counts five visits while the wire is cut, and holds the sum of everything against what is stored.
    async fn counts_once(&self, cut: Cut) {
        self.proxy.cut(self.counting, cut);
        assert_eq!(count(&*self.stores.visits, 5).await, 8);
        assert!(self.proxy.has_cut(), "the wire was cut");
        assert_eq!(self.stores.visits.total().await.unwrap().total, 8);
        assert_eq!(count(&*self.stores.visits, 1).await, 9);
    }
}

async fn count(visits: &dyn VisitStore, number: u64) -> u64 {
    visits.count(NonZeroU64::new(number).unwrap(), MOMENT).await.unwrap().0
}

/// Runs tests on a server: `$counting` is what is sent when visits are counted.
macro_rules! on {
    ($name:ident, $server:ty, $counting:literal, $change:expr, [$($test:ident),+ $(,)?]) => {
        mod $name {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a database server: make test-databases"]
            async fn $test() {
                super::$test(super::Wired::<$server>::new($counting, $change).await).await;
            })+
        }
    };
}

on!(
    postgres,
    crate::databases::server::Postgres,
    b"",
    |_| (),
    [
        what_the_server_never_heard_is_counted_again,
        what_was_committed_is_found,
        what_comes_too_late_is_not_counted,
        batches_that_nobody_can_ask_for_are_forgotten,
    ]
);
on!(
    postgres_behind_a_pooler,
    crate::databases::server::Postgres,
    b"COMMIT\0",
    |all| all.prepared_statements = false,
    [what_the_server_never_heard_is_counted_again, what_was_committed_is_found,]
);

async fn what_the_server_never_heard_is_counted_again<S: Server>(wired: Wired<S>) {
    wired.counts_once(Cut::BeforeTheServer).await;
}

async fn what_was_committed_is_found<S: Server>(wired: Wired<S>) {
    wired.counts_once(Cut::BeforeTheAnswer).await;
}

async fn what_comes_too_late_is_not_counted<S: Server>(wired: Wired<S>) {
    let (release, released) = oneshot::channel();
    wired.counts_once(Cut::Late(released)).await;
    let (heard, answer) = oneshot::channel();
    release.send(heard).unwrap();
    let answer = String::from_utf8_lossy(&answer.await.unwrap()).into_owned();
    assert!(answer.contains("visit_batches") || !answer.is_empty(), "{answer}");
    assert_eq!(wired.stores.visits.total().await.unwrap().total, 9);
    let again = wired.database.open(|_| ()).await.unwrap();
    assert_eq!(count(&*again.visits, 1).await, 10);
}

async fn batches_that_nobody_can_ask_for_are_forgotten<S: Server>(wired: Wired<S>) {
    let old = "INSERT INTO visit_batches (id, total, made_at) VALUES ('0123456789abcdef', 0, '2020-01-01 00:00:00')";
    wired.database.tamper(old).await;
    assert_eq!(wired.stores.visits.forget_keys(MOMENT).await.unwrap(), 0);
    // It fails where the same id is there.
    wired.database.tamper(old).await;
}
