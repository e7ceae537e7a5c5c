//! The variables by which clouds tell programs who they are there, which are no settings of Sirius: each cloud's own tools
//! and platforms set them. They are handed to the client of a bucket as they are, and never shown.

use std::fmt;

use super::Secret;

/// How the variables begin that are kept for the clients of buckets.
const PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// Those that begin otherwise: what an Azure App Service and Google's emulators are told by.
const NAMES: [&str; 3] = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "STORAGE_EMULATOR_HOST"];

/// The clouds' variables and their values; most of them are secrets, and so none is printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CloudVariables(Vec<(String, String)>);

impl CloudVariables {
    /// Whether a variable is one of a cloud's.
    pub(super) fn has(name: &str) -> bool {
        PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
    }

    /// The variables that begin so, with their values.
    pub fn beginning(&self, prefix: &'static str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(name, value)| (&**name, &**value))
    }

    /// The value of a variable, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| &**value)
    }
}

/// Keeps those that are a cloud's.
impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for CloudVariables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(variables.filter(|(name, _)| Self::has(name)).collect())
    }
}

impl fmt::Debug for CloudVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, _)| (name, Secret::MASK))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_shown() {
        let variables = CloudVariables::from_iter([
            ("AWS_SECRET_ACCESS_KEY", "a secret"),
            ("STORAGE_EMULATOR_HOST", "h"),
            ("PATH", "/bin"),
            ("AWS_REGION", ""),
        ]);
        assert_eq!(variables.beginning("AWS_").count(), 2);
        assert_eq!((variables.get("AWS_REGION"), variables.get("STORAGE_EMULATOR_HOST")), (None, Some("h")));
        let shown = format!("{variables:?}");
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("a secret") && !shown.contains("PATH"));
    }
}
