//! Crowds of connections that do little, against the real process: its memory and descriptors stay bounded, and others
//! are answered.
#![allow(clippy::print_stdout, reason = "the long runs print their figures")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::frames::{
    END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, PING, RST_STREAM, SETTINGS, frame, get, opening,
};
use crate::server::client::Client;
use crate::support::pictures;
use crate::support::process::{Process, run, sirius};

/// What a crowd's connections do.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Nothing at all.
    Silent,
    /// They have asked once and keep the connection.
    Idle,
    /// They have sent half a head.
    HalfHead,
    /// HTTP/2 that has asked once.
    IdleHttp2,
    /// They ask for a large picture and take next to nothing of it.
    SlowReader,
    /// They send a body byte by byte.
    SlowWriter,
    /// HTTP/2 with a hundred requests and no window.
    NoWindow,
}

impl Manner {
    async fn behave(self, address: SocketAddr, picture: &str) -> Client {
        let mut client = match self {
            Self::SlowReader => Client::connect_with_little_room(address).await,
            _ => Client::connect(address).await,
        };
        match self {
            Self::Silent => {}
            Self::Idle => assert_eq!(client.get("/healthz").await.status, 200),
            Self::HalfHead => client.send(format!("GET /{} HTTP/1.1\r\nhost: a\r\nx: ", "x".repeat(2_000))).await,
            Self::IdleHttp2 => {
                client.send(opening(&[])).await;
                client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/healthz"))).await;
                client.take(100).await;
            }
            Self::SlowReader => {
                client.send(format!("GET {picture} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
                client.take(1).await;
            }
            Self::SlowWriter => {
                client.send("POST /api/v1/visits HTTP/1.1\r\nhost: a\r\ncontent-length: 60000\r\n\r\nx").await;
            }
            Self::NoWindow => {
                client.send(opening(&[(INITIAL_WINDOW_SIZE, 0)])).await;
                for number in 0..100 {
                    let head = frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &get("/api/v1/images"));
                    client.send(head).await;
                }
            }
        }
        client
    }
}

/// A Sirius with a few pictures, one of them large.
struct Stage {
    process: Process,
    /// The path of the large one.
    picture: String,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let large = folder.path().join("large");
        std::fs::create_dir_all(&large).unwrap();
        std::fs::write(large.join("noise.png"), pictures::noise(1_000)).unwrap();
        assert!(run(sirius(&data).arg("import").arg(&large).args(["--tag", "large"])).status.success());
        let quotas = ["reads.per_second", "reads.burst", "visits.per_second", "visits.burst"];
        let quotas: Vec<_> = quotas.iter().map(|quota| format!("limits.{quota}=1000000")).collect();
        // Of room, not of processors: a program that is not optimised is short of them.
        let lag = "server.max_lag=10s";
        let settings: Vec<_> = quotas.iter().map(String::as_str).chain([lag]).chain(settings.iter().copied()).collect();
        let process = Process::serve(&data, &settings);
        let mut client = Client::connect(process.public.parse().unwrap()).await;
        let answer = client.get("/api/v1/images?tag=large").await;
        let id = answer.body.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
        Self { picture: format!("/api/v1/images/{id}/content"), process, _folder: folder }
    }

    fn address(&self) -> SocketAddr {
        self.process.public.parse().unwrap()
    }

    /// Opens a crowd's connections, a few at a time.
    async fn crowd(&self, count: usize, manner: Manner) -> Vec<Client> {
        let (mut crowd, mut opening) = (Vec::new(), JoinSet::new());
        for _ in 0..count {
            let (address, picture) = (self.address(), self.picture.clone());
            opening.spawn(async move { manner.behave(address, &picture).await });
            if opening.len() >= 64 {
                crowd.extend(opening.join_next().await.unwrap());
            }
        }
        crowd.extend(opening.join_all().await);
        crowd
    }

    /// A line of `/proc/PID/status`, in MB.
    fn memory_mb(&self, line: &str) -> f64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().unwrap() / 1_000.0
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(self.proc("fd")).unwrap().count()
    }

    fn proc(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.process.id()).into()
    }

    /// How long requests take that come at a steady rate, in order; every one of them must succeed.
    async fn others(&self, time: Duration) -> Vec<Duration> {
        let mut clients = JoinSet::new();
        for number in 0..4 {
            let (address, picture) = (self.address(), self.picture.clone());
            clients.spawn(async move {
                let mut taken = Vec::new();
                let end = Instant::now() + time;
                let mut ticks = tokio::time::interval(Duration::from_millis(20));
                sleep(Duration::from_millis(5 * number)).await;
                let mut client = Client::connect(address).await;
                while Instant::now() < end {
                    ticks.tick().await;
                    for path in ["/api/v1/images/random", "/healthz"] {
                        let begun = Instant::now();
                        let status = client.get(path).await.status;
                        taken.push(begun.elapsed());
                        assert_eq!(status, 200, "{path} beside {picture}");
                    }
                }
                taken
            });
        }
        let mut taken = clients.join_all().await.concat();
        taken.sort();
        taken
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_keeps_nobody_out() {
    let stage = Stage::set(&["server.max_connections=200"]).await;
    for manner in [Manner::Silent, Manner::Idle, Manner::HalfHead, Manner::IdleHttp2, Manner::SlowReader] {
        let crowd = stage.crowd(250, manner).await;
        assert!(stage.descriptors() < 200 + 100, "{manner:?}: {} descriptors", stage.descriptors());
        assert!(!stage.others(Duration::from_millis(300)).await.is_empty());
        drop(crowd);
    }
}

/// What 2,000 streams may take: what answers are made with would be as much again without optimisation.
const STREAMS_MB: f64 = 48.0;

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_nobody_takes_leave_room_for_others() {
    let stage = Stage::set(&["server.max_requests=200"]).await;
    let before = stage.memory_mb("VmRSS:");
    let crowd = stage.crowd(20, Manner::NoWindow).await;
    assert!(!stage.others(Duration::from_millis(300)).await.is_empty());
    let more = stage.memory_mb("VmRSS:") - before;
    assert!(more < STREAMS_MB, "2,000 streams take {more:.1} MB");
    drop(crowd);
}

/// What 1,500 connections may take: what hyper holds of each would be 30 MB without optimisation.
const WAITING_MB: f64 = 12.0;

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_idle_for_a_while_take_little() {
    take_little(Manner::Idle, "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_heads_take_little() {
    take_little(Manner::HalfHead, "y\r\n\r\n", 404).await;
}

/// A crowd takes little memory, and is answered when it goes on with this.
async fn take_little(manner: Manner, rest: &str, status: u16) {
    let stage = Stage::set(&["server.head_timeout=2m"]).await;
    // The first ones leave what they give back to those that come after them.
    let mut crowd = stage.crowd(500, manner).await;
    let before = stage.memory_mb("VmRSS:");
    for _ in 0..3 {
        sleep(Duration::from_millis(1_500)).await;
        crowd.extend(stage.crowd(500, manner).await);
    }
    // Others are answered after them: by then what they sent has been read.
    assert!(!stage.others(Duration::from_millis(300)).await.is_empty());
    let more = stage.memory_mb("VmRSS:") - before;
    assert!(more < WAITING_MB, "1,500 connections take {more:.1} MB");
    for client in &mut crowd {
        client.send(rest).await;
        assert_eq!(client.answer().await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "opens ten thousand connections again and again for minutes: `make faults` runs it"]
async fn ten_thousand_connections_fit_into_150_mb_and_others_are_answered() {
    rlimit::increase_nofile_limit(12_000).unwrap();
    println!("\n| crowd | memory | descriptors | p99 of others, to that without | ");
    println!("| --- | --- | --- | --- |");
    for (count, manner) in [
        (10_000, Manner::Silent),
        (10_000, Manner::Idle),
        (10_000, Manner::HalfHead),
        (10_000, Manner::IdleHttp2),
        (10_000, Manner::SlowReader),
        (1_000, Manner::SlowWriter),
        (100, Manner::NoWindow),
    ] {
        let stage = Stage::set(&[]).await;
        let mut pairs = Vec::new();
        let mut most = (0.0_f64, 0);
        for _ in 0..5 {
            let quiet = p99(&stage.others(Duration::from_secs(3)).await);
            let crowd = stage.crowd(count, manner).await;
            let beside = p99(&stage.others(Duration::from_secs(3)).await);
            most = (most.0.max(stage.memory_mb("VmRSS:")), most.1.max(stage.descriptors()));
            pairs.push((quiet, beside));
            drop(crowd);
            sleep(Duration::from_secs(1)).await;
        }
        report(&format!("{count} × {manner:?}"), most, &pairs);
        assert!(most.0 <= 150.0, "{manner:?}: {} MB", most.0);
        assert!(most.1 <= 10_000 + 256, "{manner:?}: {} descriptors", most.1);
    }
}

/// A flood of frames on one connection after another.
struct Flood {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Flood {
    fn all() -> Vec<Self> {
        let pair = |number: u32| {
            let stream = 2 * number + 1;
            let mut both = frame(HEADERS, END_HEADERS | END_STREAM, stream, &get("/api/v1/images/random"));
            both.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
            both
        };
        let mut endless = frame(HEADERS, END_STREAM, 1, &get("/healthz"));
        endless.extend(frame(super::frames::CONTINUATION, 0, 1, &[]).repeat(10_000));
        let mut bomb = get("/healthz");
        bomb.extend([0x40, 1, b'x', 0x7f, 0xbd, 0x1d]);
        bomb.extend([b'y'; 3_900]);
        bomb.extend([0xbe; 4_000]);
        vec![
            Self { name: "pings", bytes: frame(PING, 0, 0, &[7; 8]).repeat(10_000) },
            Self { name: "settings", bytes: frame(SETTINGS, 0, 0, &[]).repeat(10_000) },
            Self { name: "rapid reset", bytes: (0..5_000).flat_map(pair).collect() },
            Self { name: "continuations", bytes: endless },
            Self { name: "HPACK bombs", bytes: frame(HEADERS, END_HEADERS | END_STREAM, 1, &bomb) },
        ]
    }

    /// Floods, at most so many connections a second.
    async fn go_on(&self, address: SocketAddr, per_second: u32) {
        loop {
            let mut client = Client::connect(address).await;
            client.send(opening(&[])).await;
            let _ = client.try_send(&self.bytes).await;
            sleep(Duration::from_secs(1) / per_second).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "floods for minutes: `make faults` runs it"]
async fn floods_are_bounded_and_others_are_answered() {
    println!("\n| flood | memory | descriptors | p99 of others, to that without | ");
    println!("| --- | --- | --- | --- |");
    for flood in Flood::all() {
        let stage = Stage::set(&[]).await;
        let mut pairs = Vec::new();
        let mut most = (0.0_f64, 0);
        for _ in 0..5 {
            let quiet = p99(&stage.others(Duration::from_secs(3)).await);
            let beside = tokio::select! {
                taken = stage.others(Duration::from_secs(3)) => p99(&taken),
                () = flood.go_on(stage.address(), 20) => unreachable!("it goes on"),
            };
            most = (most.0.max(stage.memory_mb("VmRSS:")), most.1.max(stage.descriptors()));
            pairs.push((quiet, beside));
        }
        report(flood.name, most, &pairs);
        assert!(most.0 <= 150.0, "{}: {} MB", flood.name, most.0);
    }
}

fn p99(taken: &[Duration]) -> f64 {
    taken[taken.len() * 99 / 100].as_secs_f64() * 1_000.0
}

/// A row of `docs/faults.md`: each round's p99 beside the crowd, divided by that just before it; the median of the rounds.
fn report(name: &str, most: (f64, usize), pairs: &[(f64, f64)]) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let quiet = median(pairs.iter().map(|(quiet, _)| *quiet).collect());
    let beside = median(pairs.iter().map(|(_, beside)| *beside).collect());
    let ratio = median(pairs.iter().map(|(quiet, beside)| beside / quiet).collect());
    println!("| {name} | {:.0} MB | {} | {ratio:.2} ({beside:.2} ms, {quiet:.2} ms) |", most.0, most.1);
}
