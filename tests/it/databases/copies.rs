//! Copies between databases of every two kinds.

use super::server::{Fresh, MariaDb, Postgres, Server};
use crate::copy::rows::{File, Place};

impl<S: Server> Place for Fresh<S> {
    async fn url(&self) -> String {
        self.make().await;
        Fresh::url(self)
    }
}

/// Runs tests on each pair.
macro_rules! on_each {
    ([$($name:ident: $from:expr => $to:expr),+ $(,)?], $tests:tt) => {
        $(on_each!(@pair $name, $from, $to, $tests);)+
    };
    (@pair $name:ident, $from:expr, $to:expr, [$($test:ident),+ $(,)?]) => {
        mod $name {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs database servers: make test-databases"]
            async fn $test() {
                crate::copy::rows::$test(&$from, &$to).await;
            })+
        }
    };
}

on_each!([
    sqlite_to_postgres: File::new() => Fresh::<Postgres>::new(),
    sqlite_to_mariadb: File::new() => Fresh::<MariaDb>::new(),
    postgres_to_sqlite: Fresh::<Postgres>::new() => File::new(),
    postgres_to_mariadb: Fresh::<Postgres>::new() => Fresh::<MariaDb>::new(),
    mariadb_to_sqlite: Fresh::<MariaDb>::new() => File::new(),
    mariadb_to_postgres: Fresh::<MariaDb>::new() => Fresh::<Postgres>::new(),
], [
    everything_arrives_and_the_numbers_go_on,
    a_copy_catches_up_with_what_came_after_it,
    a_copy_that_is_killed_goes_on_while_the_source_is_used,
]);

/// Copies by a user who may read and nothing else.
async fn by_a_reader<S: Server>(create: &str) {
    let (from, to) = (Fresh::<S>::new(), File::new());
    from.open(|_| ()).await.unwrap();
    let reader = format!("reader_of_{}", from.name());
    from.tamper(&create.replace("READER", &reader).replace("DATABASE", from.name())).await;
    let all = Place::url(&from).await;
    let (scheme, rest) = all.split_once("://").unwrap();
    let (_, address) = rest.split_once('@').unwrap();
    let done = crate::copy::rows::copy(&format!("{scheme}://{reader}:a-password@{address}"), &to.url().await);
    crate::copy::rows::assert_copied(&done);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: make test-databases"]
async fn whoever_may_only_read_postgres_may_copy_from_it() {
    by_a_reader::<Postgres>("CREATE USER READER PASSWORD 'a-password'; GRANT pg_read_all_data TO READER").await;
}

#[tokio::test]
#[ignore = "needs MariaDB: make test-databases"]
async fn whoever_may_only_read_mariadb_may_copy_from_it() {
    by_a_reader::<MariaDb>("CREATE USER READER IDENTIFIED BY 'a-password'; GRANT SELECT ON DATABASE.* TO READER").await;
}
