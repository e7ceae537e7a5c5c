//! Reads both formats of `/metrics` strictly: what the specifications forbid is an error, also where readers forgive it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Which specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/>
    Classic,
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
    OpenMetrics,
}

/// All that a scrape said: each metric by the name of its `# TYPE`.
#[derive(Debug, Default)]
pub struct Exposition(pub BTreeMap<String, Family>);

#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub unit: Option<String>,
    pub help: Option<String>,
    pub samples: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Labels,
    pub value: f64,
    pub exemplar: Option<Exemplar>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    pub labels: Labels,
    pub value: f64,
    pub timestamp: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(pub BTreeMap<String, String>);

/// What is wrong, and in which line.
#[derive(Debug)]
pub struct Wrong(pub String);

type Result<T> = std::result::Result<T, Wrong>;

impl Exposition {
    /// Reads all of it.
    pub fn read(text: &str, dialect: Dialect) -> Result<Self> {
        let body = match dialect {
            Dialect::Classic => text,
            Dialect::OpenMetrics => text.strip_suffix("# EOF\n").ok_or(Wrong("it does not end with # EOF".into()))?,
        };
        ensure(body.ends_with('\n') && !body.contains('\r'), "lines end with a line feed")?;
        let mut all = Self::default();
        let mut current = String::new();
        for line in body.lines() {
            all.line(line, &mut current, dialect).map_err(|Wrong(text)| Wrong(format!("{text}: {line}")))?;
        }
        for (name, family) in &all.0 {
            family.check(name).map_err(|Wrong(text)| Wrong(format!("{name}: {text}")))?;
        }
        Ok(all)
    }

    fn line(&mut self, line: &str, current: &mut String, dialect: Dialect) -> Result<()> {
        let Some(comment) = line.strip_prefix("# ") else {
            ensure(!line.starts_with('#'), "a comment that is none of the specification's")?;
            let sample = Sample::read(line, dialect)?;
            let family = self.0.get_mut(current).filter(|family| family.takes(&sample.name, current, dialect));
            let family = family.ok_or(Wrong("a sample outside its family".into()))?;
            family.samples.push(sample);
            return Ok(());
        };
        let (word, rest) = comment.split_once(' ').ok_or(Wrong("a comment without a name".into()))?;
        let (name, text) = rest.split_once(' ').ok_or(Wrong("metadata without a value".into()))?;
        ensure(is_name(name), "no name of a metric")?;
        if name != current {
            ensure(!self.0.contains_key(name), "a family that was there before")?;
            name.clone_into(current);
        }
        let family = self.0.entry(name.to_owned()).or_default();
        ensure(family.samples.is_empty(), "metadata after samples")?;
        match word {
            "TYPE" => {
                ensure(family.kind.is_empty() && ["counter", "gauge", "histogram"].contains(&text), "a wrong type")?;
                text.clone_into(&mut family.kind);
            }
            "HELP" => ensure(family.help.replace(text.to_owned()).is_none(), "a second help")?,
            "UNIT" => {
                ensure(dialect == Dialect::OpenMetrics && name.ends_with(&format!("_{text}")), "a wrong unit")?;
                ensure(family.unit.replace(text.to_owned()).is_none(), "a second unit")?;
            }
            _ => return Err(Wrong("a comment that is none of the specification's".into())),
        }
        Ok(())
    }

    /// Every series by its name and labels.
    pub fn series(&self) -> BTreeMap<(String, Labels), f64> {
        let samples = self.0.values().flat_map(|family| &family.samples);
        samples.map(|sample| ((sample.name.clone(), sample.labels.clone()), sample.value)).collect()
    }

    /// The sum of all samples of this name that have these labels; 0 where there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.0.values().flat_map(|family| &family.samples).filter(|sample| sample.name == name);
        let has = |sample: &Sample| labels.iter().all(|(key, value)| sample.labels.get(key) == Some(value));
        samples.filter(|sample| has(sample)).map(|sample| sample.value).sum()
    }
}

impl Family {
    fn takes(&self, sample: &str, name: &str, dialect: Dialect) -> bool {
        let suffixes: &[&str] = match (self.kind.as_str(), dialect) {
            ("counter", Dialect::OpenMetrics) => &["_total"],
            ("histogram", _) => &["_bucket", "_sum", "_count"],
            ("gauge" | "counter", _) => &[""],
            _ => &[],
        };
        sample.strip_prefix(name).is_some_and(|suffix| suffixes.contains(&suffix))
    }

    fn check(&self, name: &str) -> Result<()> {
        ensure(!self.kind.is_empty(), "without a type")?;
        ensure(!self.samples.is_empty(), "metadata without samples")?;
        let mut seen = HashSet::new();
        let new = self.samples.iter().all(|sample| seen.insert((&sample.name, &sample.labels)));
        ensure(new, "a series that was there before")?;
        let mut finished = HashSet::new();
        for group in self.samples.chunk_by(|a, b| a.labels.without("le") == b.labels.without("le")) {
            let labels = group[0].labels.without("le");
            ensure(finished.insert(labels), "the samples of a series are not together")?;
            if self.kind == "histogram" {
                check_histogram(name, group)?;
            }
        }
        for sample in &self.samples {
            if self.kind != "gauge" {
                ensure(sample.value >= 0.0 && sample.value.is_finite(), "what only grows is below zero or no number")?;
            }
            let may = sample.name.ends_with("_bucket") || (self.kind == "counter" && sample.name.ends_with("_total"));
            ensure(may || sample.exemplar.is_none(), "an exemplar where none may be")?;
        }
        Ok(())
    }
}

fn check_histogram(name: &str, group: &[Sample]) -> Result<()> {
    let one = |suffix: &str| -> Result<f64> {
        let mut found = group.iter().filter(|sample| sample.name == format!("{name}{suffix}"));
        let only = found.next().filter(|_| found.next().is_none());
        only.map(|sample| sample.value).ok_or(Wrong(format!("not exactly one {suffix}")))
    };
    let (count, _sum) = (one("_count")?, one("_sum")?);
    let (mut below, mut lower) = (0.0, f64::NEG_INFINITY);
    for bucket in group.iter().filter(|sample| sample.name.ends_with("_bucket")) {
        let le = bucket.labels.get("le").ok_or(Wrong("a bucket without le".into()))?;
        ensure(le == "+Inf" || le.contains(['.', 'e']), "a bound that does not look like a float")?;
        let upper = number(le)?;
        ensure(upper > lower && bucket.value >= below, "buckets that do not ascend")?;
        if let Some(exemplar) = &bucket.exemplar {
            ensure(exemplar.value > lower && exemplar.value <= upper, "an exemplar outside its bucket")?;
        }
        (below, lower) = (bucket.value, upper);
    }
    ensure(
        lower.is_infinite() && below.to_bits() == count.to_bits(),
        "the last bucket is not +Inf with all that there is",
    )
}

impl Sample {
    fn read(line: &str, dialect: Dialect) -> Result<Self> {
        let (name, mut rest) = line.split_at(line.find(['{', ' ']).ok_or(Wrong("a sample without a value".into()))?);
        ensure(is_name(name), "no name of a metric")?;
        let labels = if rest.starts_with('{') { Labels::read(&mut rest)? } else { Labels::default() };
        let (value, exemplar) = match rest.split_once(" # ") {
            None => (rest, None),
            Some((value, exemplar)) => {
                ensure(dialect == Dialect::OpenMetrics, "an exemplar in the classic text")?;
                (value, Some(Exemplar::read(exemplar)?))
            }
        };
        let value = number(value.strip_prefix(' ').ok_or(Wrong("no space before the value".into()))?)?;
        Ok(Self { name: name.to_owned(), labels, value, exemplar })
    }
}

impl Exemplar {
    fn read(text: &str) -> Result<Self> {
        let mut rest = text;
        let labels = Labels::read(&mut rest)?;
        let characters: usize = labels.0.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum();
        ensure(characters <= 128, "the labels of an exemplar are too long")?;
        let mut parts = rest.strip_prefix(' ').ok_or(Wrong("no value of the exemplar".into()))?.split(' ');
        let value = number(parts.next().unwrap_or_default())?;
        let timestamp = parts.next().map(number).transpose()?;
        ensure(parts.next().is_none(), "something behind the exemplar")?;
        Ok(Self { labels, value, timestamp })
    }
}

impl Labels {
    /// Takes `{a="b",c="d"}` from the beginning of a text.
    fn read(text: &mut &str) -> Result<Self> {
        let mut labels = BTreeMap::new();
        let mut rest = text.strip_prefix('{').ok_or(Wrong("no labels".into()))?;
        while !rest.starts_with('}') {
            let (key, after) = rest.split_once("=\"").ok_or(Wrong("a label without a value".into()))?;
            ensure(is_name(key) && !key.contains(':'), "no name of a label")?;
            let mut value = String::new();
            let mut chars = after.chars();
            loop {
                match chars.next().ok_or(Wrong("a label that does not end".into()))? {
                    '"' => break,
                    '\\' => value.push(match chars.next() {
                        Some(c @ ('\\' | '"')) => c,
                        Some('n') => '\n',
                        _ => return Err(Wrong("an escape that there is not".into())),
                    }),
                    c => value.push(c),
                }
            }
            ensure(labels.insert(key.to_owned(), value).is_none(), "a label twice")?;
            rest = chars.as_str();
            match rest.strip_prefix(',') {
                Some(more) if !more.starts_with('}') => rest = more,
                Some(_) => return Err(Wrong("a comma behind the last label".into())),
                None => ensure(rest.starts_with('}'), "no comma between labels")?,
            }
        }
        *text = &rest[1..];
        Ok(Self(labels))
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub fn without(&self, key: &str) -> Self {
        Self(self.0.iter().filter(|(name, _)| *name != key).map(|(k, v)| (k.clone(), v.clone())).collect())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn ensure(fine: bool, otherwise: &str) -> Result<()> {
    if fine { Ok(()) } else { Err(Wrong(otherwise.to_owned())) }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// A number as Go writes it.
fn number(text: &str) -> Result<f64> {
    let wrong = || Wrong(format!("{text:?} is no number"));
    match text {
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        "NaN" => Ok(f64::NAN),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte)) => {
            text.parse().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

#[test]
fn what_is_right_is_read() {
    let text = "# HELP a_seconds Some words.\n# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n\
        a_seconds_bucket{x=\"\\\"\\n\",le=\"0.5\"} 1 # {trace_id=\"ab\"} 0.25 12.5\n\
        a_seconds_bucket{x=\"\\\"\\n\",le=\"+Inf\"} 2\na_seconds_sum{x=\"\\\"\\n\"} 3.5\na_seconds_count{x=\"\\\"\\n\"} 2\n\
        # TYPE b counter\nb_total 7\n# TYPE c gauge\nc{} -1e-3\n# EOF\n";
    let all = Exposition::read(text, Dialect::OpenMetrics).unwrap();
    assert_eq!(all.0["a_seconds"].samples[0].exemplar.as_ref().unwrap().timestamp, Some(12.5));
    assert_eq!(all.0["a_seconds"].samples[0].labels.get("x"), Some("\"\n"));
    assert_eq!((all.series().len(), all.sum("b_total", &[])), (6, 7.0));
}

#[test]
fn what_is_wrong_is_found() {
    for (text, wrong) in [
        ("# TYPE a gauge\na 1\n", "does not end"),
        ("# TYPE a gauge\na 1\n# EOF\n# EOF\n", "comment"),
        ("# TYPE a gauge\n\na 1\n# EOF\n", "without a value"),
        ("a 1\n# EOF\n", "outside its family"),
        ("# TYPE a counter\na 1\n# EOF\n", "outside its family"),
        ("# TYPE a gauge\na 1\na 2\n# EOF\n", "there before"),
        ("# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n", "there before"),
        ("# TYPE a gauge\na 1\n# HELP a Late.\n# EOF\n", "after samples"),
        ("# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n", "wrong unit"),
        ("# TYPE a gauge\na{x=\"1\",} 1\n# EOF\n", "comma"),
        ("# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n# EOF\n", "twice"),
        ("# TYPE a gauge\na{x=\"\\t\"} 1\n# EOF\n", "escape"),
        ("# TYPE a gauge\na inf\n# EOF\n", "no number"),
        ("# TYPE a gauge\na 1 # {} 1\n# EOF\n", "exemplar where none may be"),
        ("# TYPE a counter\na_total -1\n# EOF\n", "below zero"),
        ("# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n# EOF\n", "look like a float"),
        ("# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_sum 1\na_count 1\n# EOF\n", "not +Inf"),
        ("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n# EOF\n", "not +Inf"),
        ("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n# EOF\n", "exactly one _sum"),
        (
            "# TYPE a histogram\na_bucket{le=\"1.0\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n# EOF\n",
            "do not ascend",
        ),
        (
            "# TYPE a histogram\na_bucket{le=\"1.0\"} 1 # {t=\"x\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n# EOF\n",
            "outside its bucket",
        ),
        (
            "# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 1\na{x=\"1\",y=\"2\"} 1\n# TYPE b gauge\n# EOF\n",
            "without samples",
        ),
    ] {
        let error = Exposition::read(text, Dialect::OpenMetrics).expect_err(text).to_string();
        assert!(error.contains(wrong), "{text}\n{error}");
    }
}
