//! What a fault needs that reaches for what only the composition root has.

use std::sync::Arc;

use crate::faults;
use crate::store::Connection;

/// Takes all connections to the database whenever a fault wants that, and gives them back when it ends.
pub(super) async fn exhaust_pool(connection: Arc<dyn Connection>) {
    loop {
        faults::until_pool_is(true).await;
        tokio::select! {
            taken = connection.take_all() => {
                faults::until_pool_is(false).await;
                drop(taken);
            }
            () = faults::until_pool_is(false) => {}
        }
    }
}
