//! The whole service as a process: how fast it starts, what it keeps in memory, and how many requests it answers.
//!
//! `cargo bench --bench service`. Server and clients share this machine's cores, so rates are given beside that of
//! `/healthz`, the least that the same server can answer, measured in turns in the same run.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
    let list = server.get("/api/v1/images?limit=1&kind=still");
    let id = list.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let content = format!("/api/v1/images/{id}/content");
    let size = list.split("\"size_bytes\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
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
            rates.push(server.load(case.1, case.2));
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

struct Server {
    child: Child,
    address: String,
    ready_ms: f64,
}

impl Server {
    fn start(data: &Path) -> Self {
        let begun = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sirius"));
        command.arg("--data-dir").arg(data).args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        for quota in ["reads.per_second", "reads.burst", "visits.per_second", "visits.burst"] {
            command.args(["--set", &format!("limits.{quota}=1000000")]);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            assert_ne!(lines.read_line(&mut greeting).unwrap(), 0, "{greeting}");
        }
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let address = greeting.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let mut server = Self { child, address, ready_ms: 0.0 };
        assert_eq!(server.get("/healthz"), "ok\n");
        server.ready_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        server
    }

    /// The body of an answer.
    fn get(&self, path: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }

    /// Answers per second to as many clients as there are, each asking again as soon as it is answered.
    fn load(&self, method: &str, path: &str) -> f64 {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n");
        let (answered, over) = (AtomicU64::new(0), AtomicBool::new(false));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| client(&self.address, request.as_bytes(), &answered, &over));
            }
            std::thread::sleep(ROUND);
            over.store(true, Ordering::Relaxed);
        });
        #[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
        let answered = answered.into_inner() as f64;
        answered / begun.elapsed().as_secs_f64()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client(address: &str, request: &[u8], answered: &AtomicU64, over: &AtomicBool) {
    let mut connection = TcpStream::connect(address).unwrap();
    let mut answer = Vec::with_capacity(1 << 20);
    let mut piece = vec![0; 1 << 16];
    while !over.load(Ordering::Relaxed) {
        connection.write_all(request).unwrap();
        answer.clear();
        loop {
            let read = connection.read(&mut piece).unwrap();
            assert_ne!(read, 0, "the server closed the connection");
            answer.extend_from_slice(&piece[..read]);
            if is_whole(&answer) {
                break;
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether an answer has come to its end, as its `Content-Length` says.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    answer.len() == end + 4 + length.parse::<usize>().unwrap()
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
