//! The whole service as a process: how fast it starts, what it keeps in memory, and how many requests it answers.
//!
//! `cargo bench --bench service`. Server and clients share this machine's cores, so rates are given beside that of
//! `/healthz`, the least that the same server can answer, measured in turns in the same run.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod server;

use std::time::Duration;

use self::server::{Server, median};

const ROUNDS: usize = 5;
const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(2);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data);
    println!("start, cold (makes the data folder, adds the bundled pictures)   {:>8.0} ms", first.ready_ms);
    drop(first);
    let mut starts: Vec<f64> = (0..2 * ROUNDS).map(|_| Server::start(&data).ready_ms).collect();
    println!(
        "start, warm (median of {})                                       {:>8.0} ms",
        starts.len(),
        median(&mut starts)
    );

    let server = Server::start(&data);
    std::thread::sleep(Duration::from_secs(2));
    println!("memory, idle                                                     {:>8.1} MB", server.resident_mb());
    let (content, size) = server.picture();
    let cases = [
        ("GET /healthz".to_owned(), "GET", "/healthz"),
        ("GET /api/v1/images/random, JSON".to_owned(), "GET", "/api/v1/images/random"),
        ("GET /api/v1/images/random?tag=stars, JSON".to_owned(), "GET", "/api/v1/images/random?tag=stars"),
        (format!("GET .../content, {size} bytes"), "GET", content.as_str()),
        ("POST /api/v1/visits, durable".to_owned(), "POST", "/api/v1/visits"),
        ("GET / (counts a visit)".to_owned(), "GET", "/"),
    ];
    let mut rates = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for (case, rates) in cases.iter().zip(&mut rates) {
            let (answered, seconds) = server.load(CLIENTS, case.1, case.2, ROUND);
            #[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
            rates.push(answered as f64 / seconds);
        }
    }
    let medians: Vec<f64> = rates.iter_mut().map(|rates| median(rates)).collect();
    println!(
        "\n{CLIENTS} connections, median of {ROUNDS} rounds of {} s each{:>24}  of /healthz",
        ROUND.as_secs(),
        "per second"
    );
    for ((name, ..), rate) in cases.iter().zip(&medians) {
        println!("{name:<60}{rate:>13.0}{:>12.2}", rate / medians[0]);
    }
    println!("\nmemory, after that load                                          {:>8.1} MB", server.resident_mb());
}
