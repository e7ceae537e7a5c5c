//! The architecture, held to its word: imports point down, crates stay in their places, files stay small.
//!
//! A single crate cannot keep its modules apart by itself; this test reads the sources and does. The rules are the
//! tables below; to change the architecture, change them and `docs/ARCHITECTURE.md` together. That nothing unwraps or
//! panics outside tests is held by clippy (`unwrap_used`, `expect_used`, `panic` in Cargo.toml): where it cannot fail,
//! `#[expect(clippy::unwrap_used, reason = "...")]` says why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in what it calls")]

mod imports;

use std::fmt;
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use imports::{Import, Source};

/// The layers and how high each stands. A module may name what is lower, and itself; those of the same height are
/// strangers to one another.
const LAYERS: [(&str, u8); 15] = [
    ("main", 9),
    ("cli", 8),
    ("app", 7),
    ("http", 6),
    ("services", 5),
    ("store", 4),
    ("blob", 4),
    ("transform", 4),
    ("limits", 4),
    ("links", 4),
    ("monitor", 4),
    ("faults", 3),
    ("telemetry", 2),
    ("config", 1),
    ("domain", 0),
];

/// The implementations behind a trait, which only their own layer and the composition root may name.
const IMPLEMENTATIONS: [&str; 4] = ["store::sqlite", "store::postgres", "store::mysql", "blob::local"];

/// The crates (and parts of the standard library) that belong to some layers alone. A name that ends in `*` stands for
/// all that begin so.
const CRATES: [(&str, &[&str]); 29] = [
    ("tikv_jemallocator", &["main"]),
    ("clap", &["main", "cli"]),
    ("indicatif", &["cli"]),
    ("std::env", &["main", "cli", "config"]),
    ("toml", &["config"]),
    ("strsim", &["config"]),
    ("poem*", &["http"]),
    ("hyper*", &["http"]),
    ("askama", &["http"]),
    ("sqlx*", &["store"]),
    ("deadpool*", &["store"]),
    ("object_store", &["blob"]),
    ("image*", &["transform"]),
    ("gif", &["transform"]),
    ("jpeg_decoder", &["transform"]),
    ("png", &["transform"]),
    ("thumbhash", &["transform"]),
    ("governor", &["limits"]),
    ("regex", &["monitor"]),
    ("reqwest*", &["cli", "links", "telemetry"]),
    ("tracing*", &["telemetry"]),
    ("metrics*", &["telemetry"]),
    ("opentelemetry*", &["telemetry"]),
    ("prost", &["telemetry"]),
    ("tonic", &["telemetry"]),
    // The domain does nothing but think; everyone else may do these.
    ("tokio*", &ALL_BUT_DOMAIN),
    ("std::fs", &ALL_BUT_DOMAIN),
    ("std::process", &ALL_BUT_DOMAIN),
    ("std::thread", &ALL_BUT_DOMAIN),
];

const ALL_BUT_DOMAIN: [&str; 14] = [
    "main",
    "cli",
    "app",
    "http",
    "services",
    "store",
    "blob",
    "transform",
    "limits",
    "links",
    "monitor",
    "faults",
    "telemetry",
    "config",
];

/// More lines than this, tests included, are more than one idea.
const MAX_LINES: usize = 450;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// A broken rule, for whoever broke it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    file: String,
    line: usize,
    text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

#[test]
fn the_sources_keep_to_the_architecture() {
    let files = source_files();
    assert!(files.len() > 20, "the sources are found");
    let violations = violations(&files);
    let list: Vec<_> = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    assert!(list.is_empty(), "{} violations of the architecture:{}", list.len(), list.concat());
}

/// All files of `src` as their path from there and their text.
fn source_files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap);
    entries
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            (path, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn violations(files: &[(String, String)]) -> Vec<Violation> {
    let sources: Vec<_> = files
        .iter()
        .map(|(file, text)| {
            let module = module_of(file);
            let source = Source::read(text, &module).unwrap_or_else(|error| panic!("src/{file}: {error}"));
            (file, text, module, source)
        })
        .collect();
    let for_tests: Vec<_> = sources.iter().flat_map(|(.., source)| &source.test_modules).collect();
    let mut all = Vec::new();
    for (file, text, module, source) in &sources {
        let mut report = |line, text| all.push(Violation { file: format!("src/{file}"), line, text });
        of_file(file, text, &mut report);
        if !for_tests.iter().any(|tests| module.starts_with(&tests.iter().map(String::as_str).collect::<Vec<_>>())) {
            let layer = module.get(1).copied().unwrap_or("lib");
            source.imports.iter().for_each(|import| of_import(layer, import, &mut report));
        }
    }
    all
}

/// `["crate", "http", "server"]` for `http/server/mod.rs` and `http/server.rs`; the binary is a module of its own.
fn module_of(file: &str) -> Vec<&str> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let names = path.split('/').filter(|name| *name != "lib");
    ["crate"].into_iter().chain(names).collect()
}

fn of_file(file: &str, text: &str, report: &mut impl FnMut(usize, String)) {
    if !text.starts_with("//!") {
        report(1, "does not open with `//!`: say what belongs in this module and what does not".to_owned());
    }
    let lines = text.lines().count();
    let excuse = LONG_FILES.iter().find(|(name, _)| *name == file);
    match excuse {
        None if lines > MAX_LINES => report(
            lines,
            format!(
                "has {lines} lines, at most {MAX_LINES} are allowed: split it by ideas, or give the reason in LONG_FILES"
            ),
        ),
        Some((_, reason)) if lines <= MAX_LINES => {
            report(lines, format!("has {lines} lines and needs no excuse any more in LONG_FILES ({reason})"));
        }
        _ => {}
    }
}

fn of_import(layer: &str, import: &Import, report: &mut impl FnMut(usize, String)) {
    let path = import.path.join("::");
    let inner: Vec<_> = match import.path.first().map(String::as_str) {
        // The binary knows the library by its name.
        Some("sirius") => import.path.iter().skip(1).map(String::as_str).collect(),
        Some("crate") if layer != "main" => import.path.iter().skip(1).map(String::as_str).collect(),
        _ => Vec::new(),
    };
    if let Some(target) = inner.first().filter(|target| **target != layer) {
        of_layers(layer, target, &path, &mut |text| report(import.line, text));
        let name = inner.join("::");
        let implementation = IMPLEMENTATIONS.iter().find(|known| is_within(&name, known));
        if let Some(known) = implementation.filter(|_| layer != "app") {
            report(import.line, format!("names `{path}`: only app.rs may name {known}, the others know its trait"));
        }
    }
    if let Some((name, places)) = CRATES.iter().find(|(name, _)| is_within(&path, name))
        && !places.contains(&layer)
    {
        report(import.line, format!("names `{path}`: {name} belongs to {} alone", places.join(", ")));
    }
}

fn of_layers(layer: &str, target: &str, path: &str, report: &mut impl FnMut(String)) {
    let height = |name: &str| LAYERS.iter().find(|(known, _)| *known == name).map(|(_, height)| *height);
    match (height(layer), height(target)) {
        (Some(from), Some(to)) if to < from => {}
        (Some(from), Some(to)) if to == from => {
            report(format!("names `{path}`: {layer} and {target} stand side by side and must not know each other"));
        }
        (Some(_), Some(_)) => {
            report(format!("names `{path}`: {target} stands above {layer}, and an import may only point down"));
        }
        // The module map itself, and what the library's root has besides modules.
        (None, _) if layer == "lib" => {}
        (None, _) => report(format!("{layer} is not among the layers: give it a height in LAYERS")),
        (_, None) => report(format!("names `{path}`: {target} is not among the layers: give it a height in LAYERS")),
    }
}

/// Whether a path is that of `name` or something in it.
fn is_within(path: &str, name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
    }
}

mod tests {
    use super::*;

    /// The violations of one file, without its name.
    fn of(file: &str, text: &str) -> Vec<String> {
        let files = [(file.to_owned(), format!("//! A module.\n{text}"))];
        violations(&files).into_iter().map(|violation| format!("{}: {}", violation.line, violation.text)).collect()
    }

    #[test]
    fn an_import_points_down() {
        for (file, text) in [
            ("main.rs", "fn main() { sirius::cli::run() }"),
            ("cli.rs", "mod config;\nuse crate::{app::App, domain::Tag};\nuse config::X;"),
            ("http/api.rs", "use crate::services::random;\nuse crate::telemetry::events;\nuse super::server;"),
            ("services/visits.rs", "use crate::store::VisitStore;\nuse super::cursor;"),
            (
                "store/sqlite/mod.rs",
                "use crate::domain::Image;\nuse crate::store::StoreError;\nuse crate::config::Data;",
            ),
            ("telemetry/log.rs", "use crate::config::Log;"),
            ("domain/mod.rs", "mod image;\npub use image::Image;"),
            ("lib.rs", "pub mod app;\npub mod http;"),
        ] {
            assert_eq!(of(file, text), Vec::<String>::new(), "{file}");
        }
    }

    #[test]
    fn an_import_does_not_point_up() {
        for (file, text, target) in [
            ("services/visits.rs", "use crate::{domain::Tag, http::{server}};", "http"),
            ("store/mod.rs", "fn f() -> super::services::X { todo!() }", "services"),
            ("domain/tag.rs", "fn f() { log!(\"{}\", crate::telemetry::x()) }", "telemetry"),
            ("config/mod.rs", "use super::telemetry;", "telemetry"),
            ("telemetry/mod.rs", "use crate::store::StoreError as E;", "store"),
            ("app.rs", "pub use crate::cli;", "cli"),
        ] {
            let violations = of(file, text);
            assert_eq!(violations.len(), 1, "{file}: {violations:?}");
            assert!(violations[0].starts_with("2: names `crate::"), "{violations:?}");
            assert!(violations[0].contains(&format!(": {target} stands above ")), "{violations:?}");
        }
    }

    #[test]
    fn siblings_do_not_know_each_other() {
        for (file, text) in [
            ("store/mod.rs", "use crate::blob::BlobStore;"),
            ("blob/mod.rs", "type A = crate::transform::Facts;"),
            ("transform/gif.rs", "use super::super::limits;"),
        ] {
            let violations = of(file, text);
            assert!(violations.len() == 1 && violations[0].contains("side by side"), "{file}: {violations:?}");
        }
    }

    #[test]
    fn a_new_layer_gets_its_height() {
        assert!(of("queue/mod.rs", "use crate::domain::Tag;")[0].contains("queue is not among the layers"));
        assert!(of("app.rs", "use crate::queue::Queue;")[0].contains("queue is not among the layers"));
    }

    #[test]
    fn implementations_are_known_to_the_composition_root_alone() {
        let text = "use crate::store::sqlite::Sqlite;";
        assert_eq!(of("app.rs", text), Vec::<String>::new());
        assert!(of("services/visits.rs", text)[0].contains("only app.rs may name store::sqlite"));
    }

    #[test]
    fn a_crate_stays_in_its_place() {
        for (file, text, name) in [
            ("app.rs", "use clap::Parser;", "clap"),
            ("services/import/mod.rs", "fn f(bar: &indicatif::ProgressBar) {}", "indicatif"),
            ("services/random/mod.rs", "use {sqlx::query, std::fmt};", "sqlx*"),
            ("http/api.rs", "use object_store as o;", "object_store"),
            ("services/import/mod.rs", "use image::GenericImageView;", "image*"),
            ("http/limits.rs", "use governor::Quota;", "governor"),
            ("app.rs", "use poem_openapi::OpenApi;", "poem*"),
            ("app.rs", "#[poem::handler]\nfn f() {}", "poem*"),
            ("cli.rs", "fn f() { hyper_util::rt::x() }", "hyper*"),
            ("services/visits.rs", "fn f() { std::env::var(\"A\"); }", "std::env"),
            ("services/visits.rs", "use std::{env, fmt};", "std::env"),
            ("store/mod.rs", "fn f() { metrics::counter!(\"a\") }", "metrics*"),
            ("app.rs", "fn f() { tracing_subscriber::fmt::init() }", "tracing*"),
            ("http/api.rs", "fn f() { tracing::info!(\"a\") }", "tracing*"),
            ("domain/tag.rs", "use std::fs;", "std::fs"),
        ] {
            let violations = of(file, text);
            assert_eq!(violations.len(), 1, "{file}: {violations:?}");
            assert!(violations[0].contains(&format!(": {name} belongs to ")), "{violations:?}");
        }
    }

    #[test]
    fn a_crate_may_be_named_in_its_place() {
        for (file, text) in [
            ("cli/config.rs", "use clap::Args;\nfn f() { std::env::args(); }"),
            ("store/sqlite/mod.rs", "use sqlx::SqlitePool;"),
            ("config/environment.rs", "fn f() { std::env::vars_os(); }"),
            ("http/server/mod.rs", "use hyper_util::rt::TokioIo;\nuse http::HeaderMap;"),
            // Alike, but not the crates themselves.
            ("domain/image.rs", "use super::image;\nfn f(a: image::Image) {}"),
            ("services/content.rs", "use crate::domain::image;\nfn f(a: image::Image) { clap_lex::x() }"),
            ("services/content.rs", "fn f() -> &'static str { env!(\"CARGO_PKG_VERSION\") }"),
        ] {
            assert_eq!(of(file, text), Vec::<String>::new(), "{file}");
        }
    }

    #[test]
    fn tests_may_name_what_their_module_may_not() {
        assert_eq!(of("domain/tag.rs", "#[cfg(test)]\nmod tests { use crate::http; }"), Vec::<String>::new());
        let file = |name: &str, text: &str| (format!("store/{name}.rs"), format!("//! A module.\n{text}"));
        let files = [file("mod", "#[cfg(test)]\nmod contract;"), file("contract", "use crate::http;")];
        assert_eq!(violations(&files), []);
        let files = [file("mod", "mod contract;"), file("contract", "use crate::http;")];
        assert_eq!(violations(&files).len(), 1);
    }

    #[test]
    fn a_module_says_what_it_is_for() {
        let files = [("app.rs".to_owned(), "use std::fmt;\n".to_owned())];
        let violation = &violations(&files)[0];
        assert!(violation.to_string().starts_with("src/app.rs:1: does not open with `//!`"), "{violation}");
    }

    #[test]
    fn a_file_is_not_too_long() {
        let text = |lines| "\n".repeat(lines - 1);
        assert_eq!(of("app.rs", &text(MAX_LINES)), Vec::<String>::new());
        assert!(of("app.rs", &text(MAX_LINES + 1))[0].contains("has 451 lines"));
    }
}
