//! Manifests: lists of pictures and what is said of them, as `.csv` or `.jsonl`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::StringRecord;
use serde::Deserialize;

use super::facts::{Written, labels};

/// What a manifest may say of a picture; `license` is read as `licence`.
const COLUMNS: &str = "path, url, title, alt, tags, author, source and licence";

/// The longest line of a `.jsonl` manifest, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// One line: where the picture is and what is said of it.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) path: Option<String>,
    pub(super) url: Option<String>,
    pub(super) written: Written,
}

/// A line's number, counted from 1, and what it says or what is wrong with it.
pub(super) type Numbered = (u64, Result<Line, String>);

/// The two ways to write a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Comma-separated values with a header line.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Syntax {
    /// Told by the file's name; none for what is no manifest.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        if extension.eq_ignore_ascii_case("csv") {
            Some(Self::Csv)
        } else if extension.eq_ignore_ascii_case("jsonl") {
            Some(Self::Jsonl)
        } else {
            None
        }
    }
}

/// The lines of a manifest, one by one; empty ones are passed over.
pub(super) fn open(path: &Path, syntax: Syntax) -> io::Result<Box<dyn Iterator<Item = Numbered>>> {
    let file = BufReader::new(File::open(path)?);
    Ok(match syntax {
        Syntax::Csv => read_csv(file),
        Syntax::Jsonl => Box::new(read_jsonl(file)),
    })
}

/// The lines of a `.jsonl` manifest.
pub(super) fn read_jsonl(mut from: impl BufRead) -> impl Iterator<Item = Numbered> {
    let mut number = 0;
    let mut is_over = false;
    std::iter::from_fn(move || {
        loop {
            if is_over {
                return None;
            }
            number += 1;
            let line = match next_line(&mut from) {
                Ok(None) => return None,
                Ok(Some(line)) => line,
                // What comes after cannot be told from what is missing.
                Err(error) => {
                    is_over = true;
                    return Some((number, Err(error.to_string())));
                }
            };
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
            if !line.trim_ascii().is_empty() {
                return Some((number, parse_json(line)));
            }
        }
    })
}

fn next_line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    from.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line)?;
    if line.len() as u64 > MAX_LINE_BYTES {
        return Err(io::Error::other(format!(
            "the line is longer than {MAX_LINE_BYTES} bytes; nothing after it is read"
        )));
    }
    Ok((!line.is_empty()).then_some(line))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonLine {
    path: Option<String>,
    url: Option<String>,
    title: Option<String>,
    alt: Option<String>,
    tags: Option<JsonTags>,
    author: Option<String>,
    source: Option<String>,
    #[serde(alias = "license")]
    licence: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`tags` must be an array of texts, or one text with `;`, `|` or `,` between the tags")]
enum JsonTags {
    Array(Vec<String>),
    Text(String),
}

fn parse_json(line: &[u8]) -> Result<Line, String> {
    let JsonLine { path, url, title, alt, tags, author, source, licence } =
        serde_json::from_slice(line).map_err(|error| {
            // Its line is always 1, which would mislead beside the line of the file.
            let text = error.to_string();
            let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
            format!("{what} (column {})", error.column())
        })?;
    let tags = match tags {
        None => Vec::new(),
        Some(JsonTags::Array(tags)) => tags,
        Some(JsonTags::Text(list)) => labels(&list),
    };
    Ok(Line { path, url, written: Written { title, alt, tags, author, source, licence } })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Path,
    Url,
    Title,
    Alt,
    Tags,
    Author,
    Source,
    Licence,
}

impl Column {
    fn parse(name: &str) -> Result<Self, String> {
        match name.trim().to_lowercase().as_str() {
            "path" => Ok(Self::Path),
            "url" => Ok(Self::Url),
            "title" => Ok(Self::Title),
            "alt" => Ok(Self::Alt),
            "tags" => Ok(Self::Tags),
            "author" => Ok(Self::Author),
            "source" => Ok(Self::Source),
            "licence" | "license" => Ok(Self::Licence),
            _ => Err(format!("there is no column {name:?}; the columns are {COLUMNS}")),
        }
    }
}

/// Reads the header line; columns come in any order.
fn parse_header(header: &StringRecord) -> Result<Vec<Column>, String> {
    let columns = header.iter().map(Column::parse).collect::<Result<Vec<_>, _>>()?;
    if let Some(twice) = (1..columns.len()).find(|&index| columns[..index].contains(&columns[index])) {
        return Err(format!("the column {:?} is there twice", &header[twice]));
    }
    if !columns.contains(&Column::Path) && !columns.contains(&Column::Url) {
        return Err("one column must be `path` or `url`: where the pictures are".to_owned());
    }
    Ok(columns)
}

fn read_csv(from: impl Read + 'static) -> Box<dyn Iterator<Item = Numbered>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(from);
    let header = reader.headers().map_err(|error| csv_reason(&error)).and_then(parse_header);
    let columns = match header {
        Ok(columns) => columns,
        Err(wrong) => return Box::new(std::iter::once((1, Err(wrong)))),
    };
    let mut number = 1;
    Box::new(reader.into_records().map(move |record| match record {
        Ok(record) => {
            number = record.position().map_or(number + 1, csv::Position::line);
            (number, Ok(csv_line(&columns, &record)))
        }
        Err(error) => {
            number = error.position().map_or(number + 1, csv::Position::line);
            (number, Err(csv_reason(&error)))
        }
    }))
}

fn csv_line(columns: &[Column], record: &StringRecord) -> Line {
    let mut line = Line::default();
    for (column, value) in columns.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        let text = Some(value.to_owned());
        match column {
            Column::Path => line.path = text,
            Column::Url => line.url = text,
            Column::Title => line.written.title = text,
            Column::Alt => line.written.alt = text,
            Column::Tags => line.written.tags = labels(value),
            Column::Author => line.written.author = text,
            Column::Source => line.written.source = text,
            Column::Licence => line.written.licence = text,
        }
    }
    line
}

fn csv_reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} values, but the header has {expected_len}; a comma in a value needs quotes around it")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &'static str) -> Vec<Numbered> {
        read_csv(text.as_bytes()).collect()
    }

    fn jsonl(text: &str) -> Vec<Numbered> {
        read_jsonl(text.as_bytes()).collect()
    }

    #[test]
    fn csv_columns_come_in_any_order() {
        let lines = csv("\u{feff}Title,tags,PATH,license\n\"Stars, many\",\"a; b,c\",x.jpg,CC0-1.0\n,,y.jpg,\n");
        let (2, Ok(first)) = &lines[0] else { panic!("{lines:?}") };
        assert_eq!(first.path.as_deref(), Some("x.jpg"));
        assert_eq!(first.written.title.as_deref(), Some("Stars, many"));
        assert_eq!(first.written.tags, ["a", "b", "c"]);
        assert_eq!(first.written.licence.as_deref(), Some("CC0-1.0"));
        let (3, Ok(second)) = &lines[1] else { panic!("{lines:?}") };
        assert_eq!((second.path.as_deref(), &second.written.title), (Some("y.jpg"), &None));
    }

    #[test]
    fn a_wrong_csv_header_names_the_columns() {
        let wrong = |text| csv(text).pop().and_then(|(_, line)| line.err()).unwrap();
        assert_eq!(
            wrong("path,name\na.jpg,b\n"),
            "there is no column \"name\"; the columns are path, url, title, alt, tags, author, source and licence"
        );
        assert_eq!(wrong("path,licence,license\n"), "the column \"license\" is there twice");
        assert_eq!(wrong("title\nx\n"), "one column must be `path` or `url`: where the pictures are");
    }

    #[test]
    fn a_wrong_csv_line_is_numbered_and_the_rest_is_read() {
        let lines = csv("path,title\na.jpg,\"two\nlines\"\nb.jpg\nc.jpg,C\n");
        let numbers: Vec<_> = lines.iter().map(|(number, line)| (*number, line.is_ok())).collect();
        assert_eq!(numbers, [(2, true), (4, false), (5, true)]);
        assert_eq!(
            lines[1].1.as_ref().unwrap_err(),
            "it has 1 values, but the header has 2; a comma in a value needs quotes around it"
        );
    }

    #[test]
    fn json_lines_take_tags_both_ways() {
        let lines = jsonl(
            "{\"path\":\"a.jpg\",\"tags\":[\"a\",\"b\"],\"alt\":null}\n\n{\"url\":\"https://x.example\",\"tags\":\"a|b\"}",
        );
        assert_eq!(lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3]);
        assert!(lines.iter().all(|(_, line)| line.as_ref().unwrap().written.tags == ["a", "b"]));
    }

    #[test]
    fn a_wrong_json_line_says_what_is_wrong() {
        let wrong = |text| jsonl(text).pop().and_then(|(_, line)| line.err()).unwrap();
        assert!(wrong("{\"path\":\"a\",\"name\":\"b\"}").starts_with("unknown field `name`, expected one of `path`"));
        assert_eq!(wrong("{\"path\":"), "EOF while parsing a value (column 8)");
        assert!(wrong("{\"path\":\"a\",\"tags\":7}").starts_with("`tags` must be an array of texts"));
        assert!(wrong("\u{feff}\u{0}").starts_with("expected value"));
    }

    #[test]
    fn an_endless_line_ends_the_manifest() {
        let text = format!("{}\n{{\"path\":\"a\"}}\n", "x".repeat(1 << 20));
        let lines = jsonl(&text);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].1.as_ref().unwrap_err().contains("longer than 1048576 bytes"));
    }
}
