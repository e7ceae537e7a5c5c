//! Where a value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value was set; ordered by weight, and within a file by line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nowhere: it is Sirius' own.
    Default,
    /// In the file of settings.
    File {
        /// As it was named.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// By one of OpenTelemetry's environment variables.
    Standard(&'static str),
    /// By an environment variable.
    Variable(String),
    /// By a flag of the command line, as the user writes it: `--listen`.
    Flag(&'static str),
    /// Read from the file that a setting such as `admin.token_file` names.
    SecretFile(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Standard(name) | Self::Flag(name) => f.write_str(name),
            Self::SecretFile(path) => write!(f, "read from {}", path.display()),
        }
    }
}

/// Where each value came from, by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Where the value of a setting was set.
    #[must_use]
    pub fn of(&self, key: &str) -> &Origin {
        self.0.get(key).unwrap_or(&Origin::Default)
    }

    pub(super) fn insert(&mut self, key: &str, origin: Origin) {
        self.0.insert(key.to_owned(), origin);
    }
}
