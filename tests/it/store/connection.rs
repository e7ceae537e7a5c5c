//! A database as something that is there or not.

use std::num::NonZeroU64;

use sirius::store::StoreError;

use super::Database;
use super::samples::{MOMENT, stored};

pub async fn what_is_closed_says_so(database: &impl Database) {
    let stores = database.connect().await;
    let other = database.connect().await;
    stores.connection.ping().await.unwrap();
    stores.connection.close().await;
    for refused in [
        stores.connection.ping().await.err(),
        stores.visits.count(NonZeroU64::MIN, MOMENT).await.err(),
        stores.catalogue.add(&[stored(1)]).await.err(),
        stores.catalogue.known(&[stored(1).id]).await.err(),
    ] {
        assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    }
    other.connection.ping().await.unwrap();
}
