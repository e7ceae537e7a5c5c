//! What Sirius keeps for itself.

use super::Database;

pub async fn every_replica_gets_the_same_cursor_key(database: &impl Database) {
    let stores = database.connect().await;
    let key = stores.settings.cursor_key().await.unwrap();
    assert!(key.iter().any(|&byte| byte != key[0]), "a key of one and the same byte is no key");
    assert_eq!(database.connect().await.settings.cursor_key().await.unwrap(), key);
    stores.connection.close().await;
    assert_eq!(database.connect().await.settings.cursor_key().await.unwrap(), key);
}

pub async fn bundled_pictures_are_offered_once(database: &impl Database) {
    let settings = database.connect().await.settings;
    assert!(!settings.had_bundled().await.unwrap());
    settings.bundled_were_added().await.unwrap();
    settings.bundled_were_added().await.unwrap();
    assert!(settings.had_bundled().await.unwrap());
    assert!(database.connect().await.settings.had_bundled().await.unwrap());
}
