//! The list of all settings: what is declared, and what is in force.

use super::declare::Declared;
use super::environment::variable_of;
use super::load::Loaded;
use super::standard;
use super::{Config, Origin, Secret};

/// A name less alike than this (of 1) is not suggested for a misspelt one.
const ALIKE: f64 = 0.6;

/// A setting as it is declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// For example `limits.reads.per_second`.
    pub key: String,
    /// Its environment variable.
    pub variable: String,
    /// OpenTelemetry's variables that mean the same, the weightiest first.
    pub standard: Vec<&'static str>,
    /// The section that it stands in, for example `limits.reads`.
    pub section: String,
    /// The section's sentence.
    pub section_description: &'static str,
    /// The setting's own sentence.
    pub description: &'static str,
    /// What values it takes, to go on from "allowed is".
    pub allowed: String,
    /// The value when it is not set, if it has one.
    pub default: Option<toml::Value>,
    /// Whether its value is never printed.
    pub secret: bool,
}

/// A setting's value in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// For example `limits.reads.per_second`.
    pub key: String,
    /// The value, masked when it is a secret; nothing when it is not set.
    pub value: Option<toml::Value>,
    /// Where it was set.
    pub origin: Origin,
}

/// Every setting, in the order of declaration.
pub fn settings() -> impl Iterator<Item = Setting> {
    map(Config::default(), |declared| Setting {
        key: declared.key(),
        variable: variable_of(&declared.key()),
        standard: standard::variables_of(&declared.key()).collect(),
        section: declared.group.key.to_owned(),
        section_description: declared.group.description,
        description: declared.description,
        allowed: declared.field.allowed().to_owned(),
        default: shown(declared),
        secret: declared.field.is_secret(),
    })
    .into_iter()
}

impl Loaded {
    /// The value of every setting, in the order of declaration.
    pub fn effective(&self) -> impl Iterator<Item = Effective> {
        map(self.config.clone(), |declared| {
            let key = declared.key();
            Effective { value: shown(declared), origin: self.origins.of(&key).clone(), key }
        })
        .into_iter()
    }
}

/// The known key, or variable, that a misspelt one most looks like.
pub(super) fn nearest(name: &str, variable: bool) -> Option<String> {
    let known = settings().map(|setting| if variable { setting.variable } else { setting.key });
    // Who writes `listen` for `server.listen` has only forgotten the section.
    let likeness = |known: &str| {
        if known.rsplit('.').next() == Some(name) { 1.0 } else { strsim::normalized_damerau_levenshtein(known, name) }
    };
    known
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

fn map<T>(mut config: Config, mut of: impl FnMut(&Declared<'_>) -> T) -> Vec<T> {
    let mut all = Vec::new();
    config.each(&mut |declared| all.push(of(&declared)));
    all
}

fn shown(declared: &Declared<'_>) -> Option<toml::Value> {
    let value = declared.field.value();
    if declared.field.is_secret() { value.map(|_| toml::Value::String(Secret::MASK.to_owned())) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        for (written, meant) in [
            ("server.listn", "server.listen"),
            ("sever.listen", "server.listen"),
            ("keep_alive_timeout", "server.keep_alive_timeout"),
            ("limits.read.per_second", "limits.reads.per_second"),
        ] {
            assert_eq!(nearest(written, false).as_deref(), Some(meant), "{written}");
        }
        assert_eq!(nearest("SIRIUS_SERVER_LISTEN", true).as_deref(), Some("SIRIUS_SERVER__LISTEN"));
        assert_eq!(nearest("colour", false), None);
    }

    #[test]
    fn keys_and_variables_are_unique() {
        let mut keys: Vec<_> = settings().map(|setting| setting.key).collect();
        let mut variables: Vec<_> = settings().map(|setting| setting.variable).collect();
        let count = keys.len();
        for names in [&mut keys, &mut variables] {
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
        }
    }
}
