//! PostgreSQL.

use sirius::store::Stores;

use super::server::{Fresh, Postgres};
use crate::store::{Database, contract};

fn fresh() -> Fresh<Postgres> {
    Fresh::new()
}

/// Asked as if a pooler stood between, which gives each transaction to another connection.
struct Pooled(Fresh<Postgres>);

impl Database for Pooled {
    async fn connect(&self) -> Stores {
        self.0.open(|settings| settings.prepared_statements = false).await.unwrap()
    }
}

fn pooled() -> Pooled {
    Pooled(Fresh::new())
}

contract!(on_postgres, crate::databases::postgres::fresh, "needs PostgreSQL: make test-databases");

contract!(behind_a_pooler, crate::databases::postgres::pooled, "needs PostgreSQL: make test-databases");
