//! MariaDB, with statements that MySQL understands as well.

use sirius::store::{ChangeNumber, ChangedRows, Stores, VisitStore};
use sqlx::Connection;

use super::server::{Fresh, MariaDb};
use crate::store::samples::{MOMENT, many, stored};
use crate::store::{Database, contract};

fn fresh() -> Fresh<MariaDb> {
    Fresh::new()
}

contract!(on_mariadb, crate::databases::mariadb::fresh, "needs MariaDB: make test-databases");

/// Neither what a database makes texts of by itself nor the server's clock matters.
#[tokio::test]
#[ignore = "needs MariaDB: make test-databases"]
async fn the_character_set_and_the_time_zone_of_the_server_do_not_matter() {
    let database = fresh();
    database.make().await;
    database.tamper(&format!("ALTER DATABASE {} CHARACTER SET latin1", database.name())).await;
    database.tamper("SET GLOBAL time_zone = '+05:30'").await;
    let Stores { catalogue, visits, .. } = database.connect().await;
    let before = time::OffsetDateTime::now_utc() - time::Duration::HOUR;
    assert!((before..before + 2 * time::Duration::HOUR).contains(&visits.total().await.unwrap().since));
    assert_eq!(VisitStore::count(&*visits, std::num::NonZeroU64::MIN, MOMENT).await.unwrap().0, 1);
    catalogue.add(&many(0..3)).await.unwrap();
    let read = catalogue.changes(ChangeNumber(0), 10).await.unwrap().images;
    assert!(read.iter().map(|image| &image.facts).eq(&many(0..3)));
    database.tamper("SET GLOBAL time_zone = 'SYSTEM'").await;
}

/// What a removal costs grows with what is removed, not with what there is; a copy's, too, which knows images by their numbers.
#[tokio::test]
#[ignore = "needs MariaDB: make test-databases"]
async fn a_removal_does_not_read_the_other_images() {
    let database = fresh();
    let Stores { catalogue, rows, .. } = database.connect().await;
    catalogue.add(&many(0..1_000)).await.unwrap();
    database.tamper("SET GLOBAL userstat = ON").await;
    catalogue.remove(&[stored(3).id, stored(4).id]).await.unwrap();
    let read = rows_read(&database, "images").await;
    assert!((2..100).contains(&read), "{read} rows were read to remove 2 of 1,000");

    let there = catalogue.changes(ChangeNumber(0), 10_000).await.unwrap();
    let last = i64::try_from(there.up_to.0).unwrap();
    let removed = there.images.iter().zip(1..=2).map(|(image, further)| (last + further, i64::from(image.number.0)));
    let gone = ChangedRows { removed: removed.collect(), up_to: ChangeNumber(there.up_to.0 + 2), ..Default::default() };
    let before = rows_read(&database, "images").await;
    rows.add_changes(there.up_to, &gone).await.unwrap();
    let read = rows_read(&database, "images").await - before;
    database.tamper("SET GLOBAL userstat = OFF").await;
    assert!((2..100).contains(&read), "{read} rows were read to copy 2 removals from 998");
    assert_eq!(catalogue.changes(there.up_to, 10).await.unwrap().removed.len(), 2);
}

/// How many rows of a table have been read since the server was told to count them.
async fn rows_read(database: &Fresh<MariaDb>, table: &str) -> i64 {
    let mut connection = sqlx::MySqlConnection::connect(&database.url()).await.unwrap();
    let read = sqlx::query_scalar(
        "SELECT CAST(coalesce(sum(rows_read), 0) AS SIGNED) FROM information_schema.table_statistics
         WHERE table_schema = database() AND table_name = ?",
    );
    read.bind(table).fetch_one(&mut connection).await.unwrap()
}
