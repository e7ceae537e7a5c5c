//! How the things that Sirius depends on fare, as told by those who use them.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::domain::Timestamp;

/// How the last use of a dependency ended. Read and written without a lock.
#[derive(Debug, Default)]
pub struct Health(ArcSwapOption<Failure>);

/// A use that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When the first of an unbroken row of failures happened.
    pub since: Timestamp,
    /// Why the latest failed. For the log and the operator, never for a client.
    pub reason: String,
}

impl Health {
    /// The failure, if the last use failed; nothing when it succeeded or there was none.
    #[must_use]
    pub fn failure(&self) -> Option<Arc<Failure>> {
        self.0.load_full()
    }

    /// A use succeeded.
    pub fn succeeded(&self) {
        // Nearly always so already: a look, and no write that other cores would have to fetch.
        if self.0.load().is_some() {
            self.0.store(None);
        }
    }

    /// A use failed.
    pub fn failed(&self, reason: String) {
        let since = self.0.load().as_ref().map_or_else(Timestamp::now_utc, |before| before.since);
        self.0.store(Some(Arc::new(Failure { since, reason })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_failures_has_one_beginning_and_ends_with_a_success() {
        let health = Health::default();
        assert_eq!(health.failure(), None);
        health.failed("first".to_owned());
        let first = health.failure().unwrap();
        health.failed("second".to_owned());
        let second = health.failure().unwrap();
        assert_eq!((second.since, second.reason.as_str()), (first.since, "second"));
        health.succeeded();
        assert_eq!(health.failure(), None);
    }
}
