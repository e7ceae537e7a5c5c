//! Changes that a server tells of, seen by a replica that asks once a minute.

use std::time::Duration;

use sirius::config::DatabaseUrl;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::server::{Fresh, Postgres, Server};
use crate::support::app::TestApp;
use crate::support::pictures;

/// A replica that would see nothing by itself for as long as a test takes.
async fn replica(database: &Fresh<Postgres>, prepared_statements: bool) -> TestApp {
    database.make().await;
    TestApp::with(|config| {
        config.database.url = Some(DatabaseUrl::new(database.url()));
        config.database.prepared_statements = prepared_statements;
        config.catalogue.refresh_interval = Duration::from_mins(1);
    })
    .await
}

/// The processes of the server that listen for this database.
async fn listeners(database: &Fresh<Postgres>) -> Vec<i32> {
    let mut connection = PgConnection::connect(&(Postgres::root() + Postgres::ADMIN)).await.unwrap();
    let sql =
        format!("SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND query LIKE 'LISTEN%'", database.name());
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap()
}

async fn the_listener(database: &Fresh<Postgres>) -> i32 {
    for _ in 0..1_000 {
        if let [process] = listeners(database).await[..] {
            return process;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: make test-databases"]
async fn a_change_is_seen_before_anybody_asks_also_after_the_listener_was_killed() {
    let database = Fresh::<Postgres>::new();
    let mut app = replica(&database, true).await;
    let folder = app.path("pictures");
    let first = the_listener(&database).await;
    pictures::fill(&folder, 3);
    // Fails when it is not seen within ten seconds.
    app.import(std::slice::from_ref(&folder)).await;
    app.remove(&app.ids("").await[0].clone()).await;

    database.tamper(&format!("SELECT pg_terminate_backend({first})")).await;
    pictures::fill(&folder, 5);
    app.import(std::slice::from_ref(&folder)).await;
    let second = the_listener(&database).await;
    assert_ne!(first, second);
    pictures::fill(&folder, 8);
    app.import(&[folder]).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: make test-databases"]
async fn behind_a_pooler_nobody_listens() {
    let database = Fresh::<Postgres>::new();
    let mut pooled = replica(&database, false).await;
    // One beside it has found the time to.
    let mut app = replica(&database, true).await;
    the_listener(&database).await;
    assert_eq!(listeners(&database).await.len(), 1);
    app.stop().await;
    pooled.stop().await;
}
