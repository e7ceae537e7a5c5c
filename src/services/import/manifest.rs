//! Manifests: lists of pictures and what is said of them, as `.csv` or `.jsonl`.

mod lines;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use csv::StringRecord;
use serde::Deserialize;

use self::lines::Lines;
use super::facts::{Written, labels};

/// What a manifest may say of a picture; `license` is read as `licence`.
const COLUMNS: &str = "path, url, title, alt, tags, author, source and licence";

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
pub(super) fn read_jsonl(from: impl BufRead) -> impl Iterator<Item = Numbered> {
    Lines::new(from).filter_map(|(number, line)| match line {
        Ok(line) if line.trim_ascii().is_empty() => None,
        Ok(line) => Some((number, parse_json(&line))),
        Err(wrong) => Some((number, Err(wrong))),
    })
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

fn read_csv(from: impl BufRead + 'static) -> Box<dyn Iterator<Item = Numbered>> {
    let mut records = Lines::new(from).records();
    let header = records.find(|(_, record)| !record.as_ref().is_ok_and(|record| record.trim_ascii().is_empty()));
    let (number, header) = header.unwrap_or((1, Ok(Vec::new())));
    match header.and_then(|header| parse_record(&header)).and_then(|header| parse_header(&header)) {
        Ok(columns) => Box::new(records.filter_map(move |(number, record)| match record {
            Ok(record) if record.trim_ascii().is_empty() => None,
            Ok(record) => Some((number, csv_line(&columns, &record))),
            Err(wrong) => Some((number, Err(wrong))),
        })),
        Err(wrong) => Box::new(std::iter::once((number, Err(wrong)))),
    }
}

fn parse_record(record: &[u8]) -> Result<StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).from_reader(record);
    let mut values = StringRecord::new();
    reader.read_record(&mut values).map_err(|error| csv_reason(&error))?;
    Ok(values)
}

fn csv_line(columns: &[Column], record: &[u8]) -> Result<Line, String> {
    let record = parse_record(record)?;
    if record.len() != columns.len() {
        let (values, header) = (record.len(), columns.len());
        return Err(format!(
            "it has {values} values, but the header has {header}; a comma in a value needs quotes around it"
        ));
    }
    let mut line = Line::default();
    for (column, value) in columns.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
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
    Ok(line)
}

fn csv_reason(error: &csv::Error) -> String {
    match error.kind() {
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
    fn what_comes_after_an_endless_line_is_read() {
        let text = format!("{}\n{{\"path\":\"a\"}}\n", "x".repeat(3 << 20));
        let lines = jsonl(&text);
        let numbers: Vec<_> = lines.iter().map(|(number, line)| (*number, line.is_ok())).collect();
        assert_eq!(numbers, [(1, false), (2, true)]);
        assert_eq!(lines[0].1.as_ref().unwrap_err(), "the line is longer than 1048576 bytes");
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_line_only() {
        let lines = csv("path,title\na.jpg,A\nb.jpg,\"B\nc.jpg,C\nd.jpg,\"D\nof two lines\"\ne.jpg,5\" disk\n");
        let numbers: Vec<_> = lines.iter().map(|(number, line)| (*number, line.is_ok())).collect();
        // The quote of line 3 ends at the next one, which begins the title of line 5: what is between them is lost, but
        // a quote must be followed by a comma.
        assert_eq!(numbers, [(2, true), (3, false), (4, true), (5, true), (7, true)]);
        assert!(lines[1].1.as_ref().unwrap_err().contains("quote"), "{lines:?}");
        assert_eq!(lines[4].1.as_ref().unwrap().written.title.as_deref(), Some("5\" disk"));
    }

    #[test]
    fn a_csv_manifest_of_nothing_says_what_is_missing() {
        let wrong = csv("\n\n").pop().and_then(|(_, line)| line.err()).unwrap();
        assert_eq!(wrong, "one column must be `path` or `url`: where the pictures are");
    }
}
