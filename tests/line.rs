//! That a request's line allocates nothing, and how long it takes: `cargo test --release --test line` says.
//!
//! A program of its own, because it counts what the whole process allocates; and it starts itself again, because what it
//! measures writes to standard output, which the outer one throws away.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking and tells what it found")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, Uri, Version};
use sirius::config::Config;
use sirius::telemetry::Telemetry;
use sirius::telemetry::context::Context;
use sirius::telemetry::events::RequestServed;
use sirius::telemetry::health;
use sirius::telemetry::route::Route;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Says that this is the inner one.
const INNER: &str = "--inner";

/// Fewer than may wait to be written, so that none is dropped.
const BURST: u32 = 3_000;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == INNER) {
        measure();
    } else if !arguments.iter().any(|argument| argument == "--list") {
        let mut inner = Command::new(std::env::current_exe().unwrap());
        assert!(inner.arg(INNER).stdout(Stdio::null()).status().unwrap().success());
    }
}

fn measure() {
    let profiler = dhat::Profiler::builder().testing().build();
    // The line alone: a histogram takes some memory for every 64 values.
    let mut config = Config::default();
    config.metrics.enabled = false;
    let telemetry = Telemetry::start(&config).unwrap();
    // Every buffer goes round and grows as large as a line.
    for _ in 0..4 {
        burst();
    }
    let (mut times, mut allocations): (Vec<_>, Vec<_>) = (0..10).map(|_| burst()).unzip();
    times.sort();
    allocations.sort_unstable();
    // Other threads allocate now and then, about once a second; what lines allocate would be in every burst.
    let allocations = allocations[allocations.len() / 2];
    let lines = BURST as usize * times.len();
    eprintln!(
        "{lines} lines: {allocations} allocations in the median burst; median {:?} a line",
        times[times.len() / 2] / BURST
    );
    let dropped: u64 = health::report().iter().flat_map(|report| &report.dropped).map(|(_, count)| count).sum();
    assert_eq!(dropped, 0, "what is dropped costs nothing");
    assert_eq!(allocations, 0, "a line allocates");
    telemetry.stop(Duration::from_secs(10)).unwrap();
    drop(profiler);
}

/// Says many lines, and tells how long that took and what it allocated; then waits until they are written.
fn burst() -> (Duration, u64) {
    let uri: Uri = "/api/v1/images/random?tag=stars&count=2".parse().unwrap();
    let parameters: [Box<str>; 2] = ["count".into(), "tag".into()];
    let agent = HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let context = Context::begin(&HeaderMap::new(), Route::of_template("/api/v1/images/random"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let spent = runtime.block_on(context.scope(async {
        let (begun, before) = (Instant::now(), dhat::HeapStats::get().total_blocks);
        for n in 0..BURST {
            RequestServed {
                port: "public",
                method: &Method::GET,
                uri: &uri,
                parameters: &parameters,
                version: Version::HTTP_11,
                client: std::net::Ipv4Addr::new(203, 0, 113, 7).into(),
                user_agent: Some(&agent),
                request_bytes: None,
                response_bytes: Some(642),
                status: 200,
                elapsed: Duration::from_micros(u64::from(n)),
            }
            .emit();
        }
        (begun.elapsed(), dhat::HeapStats::get().total_blocks - before)
    }));
    let waiting = || health::report().iter().filter_map(|report| report.queued).sum::<usize>() > 0;
    while waiting() {
        std::thread::sleep(Duration::from_millis(5));
    }
    spent
}
