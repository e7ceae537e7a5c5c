//! Secrets that stand in files of their own, as container platforms mount them.

use std::path::PathBuf;

use super::error::Problem;
use super::load::{Filled, read_text};
use super::{Config, Loki, Origin, Secret};

/// A secret, and the setting that names its file.
struct SecretFile {
    key: &'static str,
    file_key: &'static str,
    allowed: &'static str,
    parse: fn(&str) -> Option<Secret>,
    settings: fn(&mut Config) -> (&mut Option<Secret>, Option<PathBuf>),
}

const FILES: [SecretFile; 3] = [
    SecretFile {
        key: "admin.token",
        file_key: "admin.token_file",
        allowed: Secret::ALLOWED,
        parse: Secret::parse,
        settings: |config| (&mut config.admin.token, config.admin.token_file.clone()),
    },
    SecretFile {
        key: "loki.password",
        file_key: "loki.password_file",
        allowed: Loki::CREDENTIAL,
        parse: Loki::credential,
        settings: |config| (&mut config.loki.password, config.loki.password_file.clone()),
    },
    SecretFile {
        key: "loki.token",
        file_key: "loki.token_file",
        allowed: Loki::CREDENTIAL,
        parse: Loki::credential,
        settings: |config| (&mut config.loki.token, config.loki.token_file.clone()),
    },
];

/// Reads all secrets that stand in files.
pub(super) fn read(filled: &mut Filled, problems: &mut Vec<Problem>) {
    for file in FILES {
        problems.extend(file.read(filled));
    }
}

impl SecretFile {
    fn read(&self, filled: &mut Filled) -> Option<Problem> {
        let Self { key, file_key, allowed, .. } = *self;
        let (secret, path) = (self.settings)(&mut filled.config);
        let path = path?;
        let asked_by = filled.origins.of(file_key);
        if secret.is_some() {
            let inline = filled.origins.of(key);
            return Some(Problem::Contradiction(format!(
                "{key} ({inline}) and {file_key} ({asked_by}) are both set; leave one of them out"
            )));
        }
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) => {
                let (asked_by, reason) = (format!("{file_key}, {asked_by}"), error.to_string());
                return Some(Problem::Unreadable { path, asked_by, reason });
            }
        };
        *secret = (self.parse)(text.trim());
        let origin = Origin::SecretFile(path);
        if secret.is_some() {
            filled.origins.insert(key, origin);
            return None;
        }
        let given = Secret::MASK.to_owned();
        Some(Problem::Refused { key: key.to_owned(), origin, given, allowed: allowed.to_owned() })
    }
}
