//! What can be wrong with the settings, in words for whoever set them.

use std::fmt;
use std::path::PathBuf;

use super::origin::Origin;
use super::reference;

/// Everything that is wrong with the settings; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors(pub Vec<Problem>);

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "the configuration has an error:")?,
            count => write!(f, "the configuration has {count} errors:")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Errors {}

/// One thing that is wrong. Secret values are masked already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file that was asked for cannot be read.
    #[error("{}: cannot be read ({asked_by}): {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The flag, variable or setting that names it.
        asked_by: String,
        /// What the system said.
        reason: String,
    },
    /// The file is no TOML.
    #[error("{origin}: {message}")]
    Syntax {
        /// The file and line.
        origin: Origin,
        /// What is wrong there.
        message: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting `{name}`{}", suggest(suggestion.as_deref()))]
    Unknown {
        /// As it was written: a key or a variable.
        name: String,
        /// Where.
        origin: Origin,
        /// The known one that looks most like it.
        suggestion: Option<String>,
    },
    /// A section is given a value of its own.
    #[error("{origin}: `{key}` is a section, write its settings below [{key}]")]
    Section {
        /// The section's key.
        key: String,
        /// Where.
        origin: Origin,
    },
    /// A value that the setting does not take.
    #[error("{origin}: {key} = {given} is not allowed; allowed is {allowed}")]
    Refused {
        /// The setting.
        key: String,
        /// Where.
        origin: Origin,
        /// The value.
        given: String,
        /// What it takes.
        allowed: String,
    },
    /// A value that is not text.
    #[error("{origin}: the value of {key} is not valid UTF-8")]
    NotUtf8 {
        /// The setting.
        key: String,
        /// Where.
        origin: Origin,
    },
    /// Set twice in the same place, so that neither has more weight.
    #[error("{second}: {key} is set already, by {first}")]
    Twice {
        /// The setting.
        key: String,
        /// Where first.
        first: Origin,
        /// Where again.
        second: Origin,
    },
    /// A `--set` without a value.
    #[error("--set: write it as KEY=VALUE, such as --set server.max_requests=512")]
    NoAssignment,
    /// Values that are allowed but not together.
    #[error("{0}")]
    Contradiction(String),
}

impl Problem {
    /// Where the wrong value was set, if it is one value that is wrong.
    pub(super) fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Syntax { origin, .. }
            | Self::Unknown { origin, .. }
            | Self::Section { origin, .. }
            | Self::Refused { origin, .. }
            | Self::NotUtf8 { origin, .. }
            | Self::Twice { second: origin, .. } => Some(origin),
            Self::Unreadable { .. } | Self::NoAssignment | Self::Contradiction(_) => None,
        }
    }

    /// An unknown setting, with the nearest known one.
    pub(super) fn unknown(name: &str, origin: Origin) -> Self {
        let suggestion = reference::nearest(name, matches!(origin, Origin::Variable(_)));
        Self::Unknown { name: name.to_owned(), origin, suggestion }
    }
}

fn suggest(suggestion: Option<&str>) -> String {
    suggestion.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}
