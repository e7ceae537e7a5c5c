//! Which events are logged: by level and module, as configured or, for a while, as an operator asks.
//!
//! Whoever logs does not ask here: `tracing` remembers the answer at each place that logs, until the filter changes.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use crate::config;
use crate::domain::Timestamp;
use crate::telemetry::events::LogFilterChanged;

/// The target of events that no filter holds back: that the filter has changed.
pub const ALWAYS: &str = "sirius::log";

/// The filter of a process; copies are the same filter.
#[derive(Clone)]
pub struct LogFilter(Arc<Shared>);

struct Shared {
    configured: ArcSwap<Filter>,
    current: ArcSwap<Current>,
    /// One change at a time.
    changing: Mutex<()>,
}

struct Filter {
    text: String,
    targets: Targets,
}

struct Current {
    filter: Arc<Filter>,
    expiry: Option<Expiry>,
}

#[derive(Clone, Copy)]
struct Expiry {
    due: Instant,
    shown: Timestamp,
}

/// What is logged now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// As it was given, such as `info,sirius::http=debug`.
    pub filter: String,
    /// What it returns to: `log.filter`.
    pub configured: String,
    /// When it does; nothing when it is as configured.
    pub expires_at: Option<Timestamp>,
}

/// A filter that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {}", config::Log::FILTER_ALLOWED)]
pub struct NoFilter;

static OF_PROCESS: LazyLock<LogFilter> = LazyLock::new(LogFilter::default);

impl Default for LogFilter {
    fn default() -> Self {
        let filter =
            Arc::new(Filter { text: "info".to_owned(), targets: Targets::new().with_default(LevelFilter::INFO) });
        Self(Arc::new(Shared {
            configured: ArcSwap::from(Arc::clone(&filter)),
            current: ArcSwap::from_pointee(Current { filter, expiry: None }),
            changing: Mutex::new(()),
        }))
    }
}

impl LogFilter {
    /// The one filter of this process, as its log is one.
    #[must_use]
    pub fn of_process() -> &'static Self {
        &OF_PROCESS
    }

    /// Makes this the filter from now on, and what every later one returns to.
    ///
    /// # Errors
    /// When it is none.
    pub fn configure(&self, text: &str) -> Result<(), NoFilter> {
        let filter = Arc::new(Filter::parse(text)?);
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.configured.store(Arc::clone(&filter));
        self.set(Current { filter, expiry: None });
        Ok(())
    }

    /// Logs by another filter for a while.
    ///
    /// # Errors
    /// When it is none.
    pub fn change(&self, text: &str, expires_in: Duration) -> Result<(), NoFilter> {
        let filter = Arc::new(Filter::parse(text)?);
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let expiry = Expiry { due: Instant::now() + expires_in, shown: Timestamp::now_utc() + expires_in };
        LogFilterChanged { from: &self.0.current.load().filter.text, to: text, expires_in: Some(expires_in) }.emit();
        self.set(Current { filter, expiry: Some(expiry) });
        Ok(())
    }

    /// Logs as configured again.
    pub fn reset(&self) {
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.restore();
    }

    /// Returns to what is configured if it is time; to be called about once a second.
    pub fn expire(&self) {
        let is_due = || self.0.current.load().expiry.is_some_and(|expiry| expiry.due <= Instant::now());
        if is_due() {
            let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
            // Somebody may have changed it meanwhile.
            if is_due() {
                self.restore();
            }
        }
    }

    /// What is logged now.
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.expire();
        let current = self.0.current.load();
        Setting {
            filter: current.filter.text.clone(),
            configured: self.0.configured.load().text.clone(),
            expires_at: current.expiry.map(|expiry| expiry.shown),
        }
    }

    /// Whether events of a place are logged.
    pub(in crate::telemetry) fn enables(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == ALWAYS
            || self.0.current.load().filter.targets.would_enable(metadata.target(), metadata.level())
    }

    fn restore(&self) {
        let filter = self.0.configured.load_full();
        let before = self.0.current.load_full();
        if before.expiry.is_some() {
            LogFilterChanged { from: &before.filter.text, to: &filter.text, expires_in: None }.emit();
            self.set(Current { filter, expiry: None });
        }
    }

    fn set(&self, current: Current) {
        self.0.current.store(Arc::new(current));
        tracing::callsite::rebuild_interest_cache();
    }
}

impl Filter {
    fn parse(text: &str) -> Result<Self, NoFilter> {
        if !config::Log::is_filter(text) {
            return Err(NoFilter);
        }
        let targets = text.parse().map_err(|_| NoFilter)?;
        Ok(Self { text: text.to_owned(), targets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_ends_by_itself_or_when_asked() {
        let filter = LogFilter::default();
        filter.configure("warn").unwrap();
        filter.change("debug,sirius::http=trace", Duration::from_mins(10)).unwrap();
        let setting = filter.setting();
        assert_eq!((setting.filter.as_str(), setting.configured.as_str()), ("debug,sirius::http=trace", "warn"));
        let seconds = (setting.expires_at.unwrap() - Timestamp::now_utc()).whole_seconds();
        assert!((595..=600).contains(&seconds), "{seconds}");
        filter.reset();
        assert_eq!(filter.setting(), Setting { filter: "warn".into(), configured: "warn".into(), expires_at: None });

        filter.change("debug", Duration::ZERO).unwrap();
        assert_eq!(filter.setting().filter, "warn");
    }

    #[test]
    fn a_typo_changes_nothing_and_says_what_is_allowed() {
        let filter = LogFilter::default();
        for typo in ["inof", "", "info,,debug", "sirius", "info, debug"] {
            assert_eq!(filter.change(typo, Duration::from_secs(1)), Err(NoFilter), "{typo}");
        }
        assert_eq!(filter.setting().filter, "info");
        assert!(NoFilter.to_string().contains("debug"), "{NoFilter}");
    }
}
