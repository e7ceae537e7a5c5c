//! What observing costs: `make bench-telemetry`, or `cargo bench --bench telemetry`.
//!
//! The same binary with its parts on and off, in turns in one run: user and system CPU a request (the median of five
//! rounds), and user instructions a request by callgrind. Everything is given as a multiple of everything off.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod callgrind;
mod parts;
#[path = "../server/mod.rs"]
mod server;
mod sink;

use std::path::Path;
use std::time::Duration;

use self::parts::Parts;
use self::server::{Server, median};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CLIENTS: usize = 16;

/// What all of it may cost: without Loki and with it, as multiples of everything off.
const BARS: [(&str, f64); 2] = [("+ rate limit", 1.25), ("+ Loki, 500 lines/s", 1.35)];

/// What is asked for.
pub struct Workload {
    name: String,
    method: &'static str,
    path: String,
    /// Below callgrind, where threads take turns: one, but for visits, which share their commits.
    callgrind_clients: u64,
}

/// A row of the tables: what is on, and for each workload the figures.
struct Row {
    name: &'static str,
    parts: Parts,
    /// Microseconds of CPU a request.
    cpu: Vec<f64>,
    /// User instructions a request.
    instructions: Vec<f64>,
}

fn main() {
    assert!(callgrind::is_installed(), "valgrind is not installed: run `make setup`");
    let folder = tempfile::tempdir().unwrap();
    let sink = sink::open();
    let mut rows = rows(&sink);
    // Each has a folder of its own: a folder takes one server.
    let data = |row: usize| folder.path().join(row.to_string());
    let workloads = workloads(&Server::start(&data(0)));
    measure_cpu(&mut rows, &workloads, &data);
    for (number, row) in rows.iter_mut().enumerate() {
        row.instructions = callgrind::instructions(&data(number), &row.parts, &workloads);
    }
    print("CPU, microseconds a request", &rows, &workloads, |row| &row.cpu);
    print("User instructions a request, thousands", &rows, &workloads, |row| &row.instructions);
    judge(&rows, &workloads);
}

fn rows(sink: &str) -> Vec<Row> {
    let off = Parts::default();
    let one_percent = Some((0.01, sink.to_owned()));
    let metrics = Parts { metrics: true, ..off.clone() };
    let lines = Parts { lines: true, ..metrics.clone() };
    let traces = Parts { traces: one_percent.clone(), ..lines.clone() };
    let limits = Parts { limits: true, ..traces.clone() };
    let all = Parts { loki: Some(sink.to_owned()), ..limits.clone() };
    let rows = [
        ("everything off", off.clone()),
        ("metrics", metrics),
        ("+ wide line to a pipe", lines),
        ("+ traces, 1 % sampled", traces),
        ("+ rate limit", limits),
        ("+ Loki, 500 lines/s", all),
        ("alone: wide line", Parts { lines: true, ..off.clone() }),
        ("alone: traces, none sampled", Parts { traces: Some((0.0, sink.to_owned())), ..off.clone() }),
        ("alone: traces, 1 % sampled", Parts { traces: one_percent, ..off.clone() }),
        ("alone: traces, all sampled", Parts { traces: Some((1.0, sink.to_owned())), ..off.clone() }),
        ("alone: rate limit", Parts { limits: true, ..off.clone() }),
        ("alone: Loki, 500 lines/s", Parts { loki: Some(sink.to_owned()), ..off }),
    ];
    rows.map(|(name, parts)| Row { name, parts, cpu: Vec::new(), instructions: Vec::new() }).into()
}

fn workloads(server: &Server) -> Vec<Workload> {
    let (content, bytes) = server.picture();
    let workload =
        |name: String, method, path: String, callgrind_clients| Workload { name, method, path, callgrind_clients };
    vec![
        workload(format!("images/{{id}}/content ({bytes} B)"), "GET", content, 1),
        workload("images/random (JSON)".to_owned(), "GET", "/api/v1/images/random".to_owned(), 1),
        workload("POST visits".to_owned(), "POST", "/api/v1/visits".to_owned(), 16),
    ]
}

/// All servers run the whole time, one of them at work.
fn measure_cpu(rows: &mut [Row], workloads: &[Workload], data: &dyn Fn(usize) -> std::path::PathBuf) {
    let start = |(number, row): (usize, &Row)| Server::start_with(&[], Path::new(&data(number)), &row.parts.settings());
    let servers: Vec<Server> = rows.iter().enumerate().map(start).collect();
    for server in &servers {
        server.settle();
    }
    let mut figures = vec![vec![Vec::new(); workloads.len()]; rows.len()];
    for _ in 0..ROUNDS {
        for (column, workload) in workloads.iter().enumerate() {
            for (server, figures) in servers.iter().zip(&mut figures) {
                let before = server.cpu_seconds();
                let (answered, _) = server.load(CLIENTS, workload.method, &workload.path, ROUND);
                #[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
                figures[column].push((server.cpu_seconds() - before) * 1e6 / answered as f64);
            }
        }
    }
    for (row, figures) in rows.iter_mut().zip(&mut figures) {
        row.cpu = figures.iter_mut().map(|rounds| median(rounds)).collect();
    }
}

/// A table in Markdown: each figure, and beside it what multiple of everything off it is.
fn print(title: &str, rows: &[Row], workloads: &[Workload], figures: impl Fn(&Row) -> &Vec<f64>) {
    let names: Vec<_> = workloads.iter().map(|workload| workload.name.as_str()).collect();
    println!("\n| {title} | {} |\n| --- |{}", names.join(" | "), " --- |".repeat(names.len()));
    let unit = if title.contains("thousands") { 1_000.0 } else { 1.0 };
    for row in rows {
        let cells = figures(row)
            .iter()
            .zip(figures(&rows[0]))
            .map(|(figure, off)| format!("{:.1} ({:.2})", figure / unit, figure / off));
        println!("| {} | {} |", row.name, cells.collect::<Vec<_>>().join(" | "));
    }
}

/// Says which of the bars are kept.
fn judge(rows: &[Row], workloads: &[Workload]) {
    println!();
    for (name, bar) in BARS {
        let row = rows.iter().find(|row| row.name == name).unwrap();
        for (column, workload) in workloads.iter().enumerate() {
            let times = row.cpu[column] / rows[0].cpu[column];
            let verdict = if times <= bar { "kept" } else { "MISSED" };
            println!("{name}, {}: {times:.2} of at most {bar:.2} times the CPU: {verdict}", workload.name);
        }
    }
}
