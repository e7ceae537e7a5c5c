//! The environment variables that configure Sirius, its own and the standard ones, and which of them are settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::cloud::CloudVariables;
use super::error::Problem;
use super::kind::Given;
use super::load::Entry;
use super::origin::Origin;
use super::standard::STANDARD;

const PREFIX: &str = "SIRIUS_";

/// Names the file of settings; no setting itself.
const FILE: &str = "SIRIUS_CONFIG";

/// The variables that configure Sirius: those of the process, or any for a test.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect()
    }

    /// The file that `SIRIUS_CONFIG` names.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.0.get(FILE).map(PathBuf::from)
    }

    /// Those by which clouds say who we are there.
    pub(super) fn clouds(&self) -> CloudVariables {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str()?))).collect()
    }

    /// The settings among the variables; `key_of` gives the key that belongs to a variable.
    pub(super) fn entries(&self, key_of: impl Fn(&str) -> Option<String>, problems: &mut Vec<Problem>) -> Vec<Entry> {
        let mut entries = self.standard_entries(problems);
        let own =
            self.0.iter().filter(|(name, _)| name.starts_with(PREFIX) && *name != FILE && !is_of_kubernetes(name));
        for (name, value) in own {
            let origin = Origin::Variable(name.clone());
            match (key_of(name), value.to_str()) {
                (Some(key), Some(value)) => {
                    entries.push(Entry { key, given: Given::Untyped(value.to_owned()), origin });
                }
                (Some(key), None) => problems.push(Problem::NotUtf8 { key, origin }),
                (None, _) => problems.push(Problem::unknown(name, origin)),
            }
        }
        entries
    }

    /// What OpenTelemetry's variables say, one entry for each setting. An empty one is as if it were not set, as the
    /// standard has it.
    fn standard_entries(&self, problems: &mut Vec<Problem>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for standard in &STANDARD {
            let Some(value) = self.0.get(standard.variable).filter(|value| !value.is_empty()) else { continue };
            let (key, origin) = (standard.key.to_owned(), Origin::Standard(standard.variable));
            if entries.iter().any(|entry| entry.key == key) {
                continue;
            }
            match value.to_str() {
                Some(text) => {
                    let given = standard.translate(text).map(Given::Untyped);
                    entries.extend(given.map(|given| Entry { key, given, origin }));
                }
                None => problems.push(Problem::NotUtf8 { key, origin }),
            }
        }
        entries
    }
}

/// Keeps those whose names start with `SIRIUS_`, the standard ones that are known, and the clouds'.
impl<K: Into<String>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let is_standard = |name: &str| STANDARD.iter().any(|standard| standard.variable == name);
        let counts = |name: &str| name.starts_with(PREFIX) || is_standard(name) || CloudVariables::has(name);
        Self(variables.filter(|(name, _): &(String, _)| counts(name)).collect())
    }
}

/// The variable of a setting: `SIRIUS_LIMITS__READS__PER_SECOND` for `limits.reads.per_second`.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// Whether Kubernetes sets such a variable: every pod gets some for each Service of its namespace, so one called
/// `sirius` or `sirius-admin` must not keep Sirius from starting.
/// See <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>.
fn is_of_kubernetes(name: &str) -> bool {
    let ends = |suffix: &str| name.ends_with(suffix);
    // `..._PORT_8080_TCP`, then perhaps `_PROTO`, `_PORT` or `_ADDR`.
    let names_a_port = || {
        let base = ["_PROTO", "_PORT", "_ADDR"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        let base = ["_TCP", "_UDP", "_SCTP"].iter().find_map(|suffix| base.strip_suffix(suffix));
        base.and_then(|base| base.rsplit_once("_PORT_")).is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    };
    !name.contains("__")
        && (ends("_SERVICE_HOST") || ends("_PORT") || name.contains("_SERVICE_PORT_") || names_a_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_sets_for_a_service_is_no_setting() {
        for name in [
            "SIRIUS_SERVICE_HOST",
            "SIRIUS_SERVICE_PORT",
            "SIRIUS_SERVICE_PORT_HTTP",
            "SIRIUS_PORT",
            "SIRIUS_PORT_8080_TCP",
            "SIRIUS_PORT_8080_TCP_PROTO",
            "SIRIUS_PORT_8080_TCP_PORT",
            "SIRIUS_PORT_8080_TCP_ADDR",
            "SIRIUS_ADMIN_PORT_8081_TCP_ADDR",
        ] {
            assert!(is_of_kubernetes(name), "{name}");
        }
        for name in ["SIRIUS_SERVER__LISTEN", "SIRIUS_SERVER_LISTEN", "SIRIUS_PORT_ADDR", "SIRIUS_ADMIN__PORT"] {
            assert!(!is_of_kubernetes(name), "{name}");
        }
    }

    #[test]
    fn only_variables_that_mean_something_are_kept() {
        let variables = [("PATH", "/bin"), ("OTEL_LOGS_EXPORTER", "console"), ("SIRIUS_CONFIG", "a.toml")];
        let environment = Environment::from_iter(variables);
        assert_eq!(environment.0.len(), 1);
        assert_eq!(environment.file(), Some(PathBuf::from("a.toml")));
    }
}
