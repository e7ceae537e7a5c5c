//! Opening a database on a server: by many at once, of other versions, of other programs.

use sirius::config::Migrate;
use sirius::store::{Needs, OpenError};

use super::server::{Fresh, Server};

/// Runs tests on each server.
macro_rules! on_each {
    ([$($name:ident: $server:ty),+ $(,)?], $tests:tt) => {
        $(on_each!(@server $name, $server, $tests);)+
    };
    (@server $name:ident, $server:ty, [$($test:ident),+ $(,)?]) => {
        mod $name {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a database server: make test-databases"]
            async fn $test() {
                super::$test(&super::Fresh::<$server>::new()).await;
            })+
        }
    };
}

on_each!([postgres: crate::databases::server::Postgres, mariadb: crate::databases::server::MariaDb], [
    ten_may_start_at_once,
    a_start_that_may_not_migrate_says_what_to_run,
    a_newer_database_is_refused_and_left_alone,
    a_newer_database_that_has_only_grown_is_used,
    a_database_of_another_program_is_left_alone,
    a_migration_that_fails_is_run_again_when_nothing_is_in_its_way,
]);

async fn ten_may_start_at_once<S: Server + 'static>(database: &Fresh<S>) {
    database.make().await;
    let starts: Vec<_> = (0..10)
        .map(|_| {
            let settings = database.settings();
            tokio::spawn(async move { sirius::store::open(&settings, "unused".as_ref()).await })
        })
        .collect();
    let mut keys = Vec::new();
    for start in starts {
        keys.push(start.await.unwrap().unwrap().settings.cursor_key().await.unwrap());
    }
    assert!(keys.iter().all(|key| *key == keys[0]));
}

async fn a_start_that_may_not_migrate_says_what_to_run<S: Server>(database: &Fresh<S>) {
    let check = async || database.open(|settings| settings.migrate = Migrate::Check).await;
    let refused = check().await.err().unwrap();
    assert!(matches!(refused, OpenError::Older { found: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("run `sirius migrate`"), "{refused}");
    database.open(|_| ()).await.unwrap();
    check().await.unwrap().connection.ping().await.unwrap();
}

async fn a_newer_database_is_refused_and_left_alone<S: Server>(database: &Fresh<S>) {
    database.open(|_| ()).await.unwrap();
    database
        .tamper(
            "INSERT INTO sirius_migrations (version, description, success, checksum, execution_time)
             VALUES (9000, 'from the future', TRUE, '', 0);
             UPDATE compatibility SET oldest_migration = 9000",
        )
        .await;
    let refused = database.open(|_| ()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 9000, needs: Needs::AtLeast(9000), .. }), "{refused}");
    assert!(refused.to_string().contains("--database-url"), "{refused}");
}

async fn a_newer_database_that_has_only_grown_is_used<S: Server>(database: &Fresh<S>) {
    database.open(|_| ()).await.unwrap();
    database
        .tamper(
            "INSERT INTO sirius_migrations (version, description, success, checksum, execution_time)
             VALUES (9000, 'from the future', TRUE, '', 0);
             ALTER TABLE images ADD COLUMN mood VARCHAR(20) NOT NULL DEFAULT 'calm';
             CREATE TABLE moods (mood VARCHAR(20) PRIMARY KEY)",
        )
        .await;
    crate::store::works(database).await;
    database.open(|settings| settings.migrate = Migrate::Check).await.unwrap();
}

async fn a_database_of_another_program_is_left_alone<S: Server>(database: &Fresh<S>) {
    database.tamper("CREATE TABLE recipes (name VARCHAR(20))").await;
    let refused = database.open(|_| ()).await.err().unwrap().to_string();
    assert!(refused.contains("tables of another program, such as \"recipes\""), "{refused}");
    database.tamper("INSERT INTO recipes VALUES ('unharmed')").await;
}

async fn a_migration_that_fails_is_run_again_when_nothing_is_in_its_way<S: Server>(database: &Fresh<S>) {
    // Ours by its mark, but with a table in the way of a later statement of the first migration.
    database
        .tamper(
            "CREATE TABLE sirius_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
             checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)"
                .replace("BYTEA", S::BYTES)
                .as_str(),
        )
        .await;
    database.tamper("CREATE TABLE visit_total (unexpected INT)").await;
    let refused = database.open(|_| ()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Migration { .. }), "{refused}");
    database.tamper("DROP TABLE visit_total").await;
    database.open(|_| ()).await.unwrap().connection.ping().await.unwrap();
}
