//! Transactions that leave no connection in doubt.

use std::ops::{Deref, DerefMut};

use super::StoreError;
use super::driver::{Driver, Lease, Session};

/// A transaction, and the session that it runs on.
///
/// Dropped without [`Transaction::commit`], be it by an error or because its caller stopped waiting, it takes its
/// connection with it: closing rolls back whatever state it is in. To roll back and keep the connection would be
/// cheaper, but after errors such as a full disk SQLite has rolled back by itself, and a connection that is wrong about
/// whether it is in a transaction refuses every later one; and what a server has not answered yet would have to be
/// waited for.
pub(super) struct Transaction<D: Driver> {
    lease: D::Lease,
    state: State,
}

#[derive(PartialEq)]
enum State {
    /// One statement, which is a transaction by itself.
    None,
    Begun,
    Committed,
}

impl<D: Driver> Transaction<D> {
    /// Sees the database of one moment.
    pub(super) async fn read(database: &D) -> Result<Self, StoreError> {
        Self::begin(database.reader().await?, D::BEGIN_READ).await
    }

    /// For one statement that reads, which needs no transaction, unless between Sirius and the database stands somebody
    /// who gives each statement to another connection: then preparing it and running it have to be held together.
    pub(super) async fn single(database: &D) -> Result<Self, StoreError> {
        Self::around_one(database.reader().await?).await
    }

    /// The same for a session that is held already.
    pub(super) async fn around_one(lease: D::Lease) -> Result<Self, StoreError> {
        if lease.terms().prepared {
            return Ok(Self { lease, state: State::None });
        }
        Self::begin(lease, D::BEGIN_WRITE).await
    }

    /// Holds the right to write from its beginning where the database knows such a thing, so that it does not fail
    /// half-way for want of it.
    pub(super) async fn write(database: &D) -> Result<Self, StoreError> {
        Self::begin(database.writer().await?, D::BEGIN_WRITE).await
    }

    /// For a text that begins the transaction and commits it. Without [`Transaction::committed`] behind it, it is in doubt.
    pub(super) async fn in_one_text(database: &D) -> Result<Self, StoreError> {
        Ok(Self { lease: database.writer().await?, state: State::Begun })
    }

    /// The text has come to its end.
    pub(super) fn committed(mut self) {
        self.state = State::Committed;
    }

    async fn begin(lease: D::Lease, statement: &'static str) -> Result<Self, StoreError> {
        let mut this = Self { lease, state: State::Begun };
        D::command(&mut this, statement).await?;
        Ok(this)
    }

    /// Closes the connection: what it was about to do may have happened or not.
    pub(super) fn abandon(mut self) {
        self.lease.discard();
    }

    /// Makes what was written durable. An error leaves it open whether that happened.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        if self.state == State::Begun {
            D::command(&mut self, "COMMIT").await?;
            self.state = State::Committed;
        }
        Ok(())
    }
}

impl<D: Driver> Deref for Transaction<D> {
    type Target = D::Session;

    fn deref(&self) -> &D::Session {
        &self.lease
    }
}

impl<D: Driver> DerefMut for Transaction<D> {
    fn deref_mut(&mut self) -> &mut D::Session {
        &mut self.lease
    }
}

impl<D: Driver> Drop for Transaction<D> {
    fn drop(&mut self) {
        if self.state == State::Begun {
            self.lease.discard();
        }
    }
}
