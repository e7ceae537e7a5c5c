//! The file of settings: TOML, with the line of every value.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::kind::Given;
use super::load::Entry;
use super::origin::Origin;

/// Reads the settings of a file, in the order of its lines.
///
/// `is_section` knows which keys are sections.
pub(super) fn entries(
    text: &str,
    path: &Path,
    is_section: impl Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<Entry> {
    let mut reader = Reader { text, path, is_section, values: Vec::new(), problems };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // The error's own text would repeat the line, which may hold a secret.
        let start = error.span().map_or(0, |span| span.start);
        let origin = reader.origin(start);
        reader.problems.push(Problem::Syntax { origin, message: error.message().to_owned() });
    }
    // What a broken document seems to say is not to be trusted: half a key would be reported as unknown.
    if errors.is_empty() {
        reader.table("", table.get_ref());
    }
    reader.values.sort_by_key(|(at, _)| *at);
    reader.values.into_iter().map(|(_, entry)| entry).collect()
}

struct Reader<'a, F> {
    text: &'a str,
    path: &'a Path,
    is_section: F,
    /// Each with where it begins.
    values: Vec<(usize, Entry)>,
    problems: &'a mut Vec<Problem>,
}

impl<F: Fn(&str) -> bool> Reader<'_, F> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            self.value(key, name.span().start, value);
        }
    }

    fn value(&mut self, key: String, start: usize, value: &Spanned<DeValue<'_>>) {
        let origin = self.origin(start);
        let is_section = (self.is_section)(&key);
        match value.get_ref() {
            DeValue::Table(table) if is_section || !table.is_empty() => self.table(&key, table),
            _ if is_section => self.problems.push(Problem::Section { key, origin }),
            given => {
                let given = match given {
                    DeValue::String(text) => Given::Text(text.to_string()),
                    DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                        .map_or_else(|_| Given::Other(number.to_string()), Given::Integer),
                    DeValue::Boolean(value) => Given::Boolean(*value),
                    _ => Given::Other(self.source(value.span())),
                };
                self.values.push((start, Entry { key, given, origin }));
            }
        }
    }

    fn source(&self, span: Range<usize>) -> String {
        self.text.get(span).unwrap_or_default().to_owned()
    }

    fn origin(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or_default();
        Origin::File { path: self.path.to_owned(), line: 1 + before.matches('\n').count() }
    }
}
