//! Putting the settings together: the file, over it the environment, over both the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use super::declare::Declared;
use super::environment::{Environment, variable_of};
use super::error::{Errors, Problem};
use super::kind::Given;
use super::origin::{Origin, Origins};
use super::{Config, Secret, check, file, secret_files};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "sirius.toml";

/// The most bytes of a file of settings, and of a secret's; further ones are not read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where settings come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The folder in which `sirius.toml` is looked for when no file is named; empty for the working folder.
    pub folder: PathBuf,
    /// Environment variables.
    pub environment: Environment,
    /// Settings of the command line.
    pub flags: Vec<Flag>,
}

/// A setting that the command line gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The flag, as the user writes it: `--listen`.
    pub name: &'static str,
    /// The setting's key.
    pub key: String,
    /// Its value; nothing when the user left it out.
    pub value: Option<String>,
}

/// Settings that are complete and valid.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Their values.
    pub config: Config,
    /// Where each value was set.
    pub origins: Origins,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// What is allowed and yet likely a mistake: one sentence each, for the log or the terminal.
    pub warnings: Vec<String>,
}

/// A value for a setting, before it is known whether the setting takes it.
#[derive(Debug)]
pub(super) struct Entry {
    pub key: String,
    pub given: Given,
    pub origin: Origin,
}

/// Reads and checks all settings.
///
/// # Errors
/// With everything that is wrong: unknown settings, values that are not allowed (also where another source overrides
/// them), contradictions, files that cannot be read.
pub fn load(sources: &Sources) -> Result<Loaded, Errors> {
    let mut problems = Vec::new();
    let names = Names::all();
    let (file, text) = read_file(sources, &mut problems).unzip();

    let mut entries = Vec::new();
    if let (Some(path), Some(text)) = (&file, &text) {
        entries.extend(file::entries(text, path, |key| names.sections.contains(key), &mut problems));
    }
    entries.extend(sources.environment.entries(|variable| names.variables.get(variable).cloned(), &mut problems));
    entries.extend(flag_entries(&sources.flags, &mut problems));

    let mut filled = fill(entries, &names, &mut problems);
    filled.config.blobs.variables = sources.environment.clouds();
    problems.sort_by(|a, b| a.origin().cmp(&b.origin()));
    secret_files::read(&mut filled, &mut problems);
    problems.extend(check::contradictions(&filled));
    if problems.is_empty() {
        let warnings = check::warnings(&filled.config);
        Ok(Loaded { config: filled.config, origins: filled.origins, file, warnings })
    } else {
        Err(Errors(problems))
    }
}

/// Values on the way to being valid.
pub(super) struct Filled {
    pub config: Config,
    pub origins: Origins,
    /// The keys of settings that hold their default because what was given is refused.
    pub refused: BTreeSet<String>,
}

/// What settings and sections are called.
struct Names {
    keys: BTreeSet<String>,
    sections: BTreeSet<String>,
    /// The key of each variable.
    variables: BTreeMap<String, String>,
}

impl Names {
    fn all() -> Self {
        let mut names = Self { keys: BTreeSet::new(), sections: BTreeSet::new(), variables: BTreeMap::new() };
        Config::default().each(&mut |declared: Declared<'_>| {
            let key = declared.key();
            names.sections.extend(key.match_indices('.').filter_map(|(at, _)| Some(key.get(..at)?.to_owned())));
            names.variables.insert(variable_of(&key), key.clone());
            names.keys.insert(key);
        });
        names
    }
}

/// Finds the file of settings and reads it; none is fine unless one is named.
fn read_file(sources: &Sources, problems: &mut Vec<Problem>) -> Option<(PathBuf, String)> {
    let named = sources.file.clone().map(|path| (path, "--config"));
    let named = named.or_else(|| sources.environment.file().map(|path| (path, "SIRIUS_CONFIG")));
    let is_named = named.is_some();
    let (path, asked_by) = named.unwrap_or_else(|| (sources.folder.join(DEFAULT_FILE), "from the working folder"));
    match read_text(&path) {
        Ok(text) => Some((path, text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => None,
        Err(error) => {
            let reason = error.to_string();
            problems.push(Problem::Unreadable { path, asked_by: asked_by.to_owned(), reason });
            None
        }
    }
}

fn flag_entries(flags: &[Flag], problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for Flag { name, key, value } in flags {
        match value {
            Some(value) => {
                let given = Given::Untyped(value.clone());
                entries.push(Entry { key: key.clone(), given, origin: Origin::Flag(name) });
            }
            None => problems.push(Problem::NoAssignment),
        }
    }
    entries
}

/// Sets every setting to what its weightiest source gives; all others are checked as well.
fn fill(entries: Vec<Entry>, names: &Names, problems: &mut Vec<Problem>) -> Filled {
    let mut given: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        if names.keys.contains(&entry.key) {
            given.entry(entry.key.clone()).or_default().push(entry);
        } else {
            problems.push(Problem::unknown(&entry.key, entry.origin));
        }
    }
    let mut filled = Filled { config: Config::default(), origins: Origins::default(), refused: BTreeSet::new() };
    let Filled { config, origins, refused } = &mut filled;
    config.each(&mut |declared| {
        let key = declared.key();
        let entries = given.remove(&key).unwrap_or_default();
        for pair in entries.windows(2) {
            if let [first, second] = pair
                && discriminant(&first.origin) == discriminant(&second.origin)
            {
                let (first, second) = (first.origin.clone(), second.origin.clone());
                problems.push(Problem::Twice { key: key.clone(), first, second });
            }
        }
        for Entry { given, origin, .. } in entries {
            if declared.field.set(&given) {
                origins.insert(&key, origin);
            } else {
                let given = if declared.field.is_secret() { Secret::MASK.to_owned() } else { given.to_string() };
                let allowed = declared.field.allowed().to_owned();
                problems.push(Problem::Refused { key: key.clone(), origin, given, allowed });
                refused.insert(key.clone());
            }
        }
    });
    filled
}

/// The text of a file, which is not large.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    if File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)? as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_FILE_BYTES} bytes")));
    }
    Ok(text)
}
