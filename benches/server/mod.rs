//! A Sirius as a process of its own, for benchmarks of the whole service, and clients that keep it busy.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the times in `/proc/PID/stat` count.
const TICKS_A_SECOND: f64 = 100.0;

/// A running `sirius serve`; killed when dropped.
pub struct Server {
    child: Child,
    address: String,
    /// From its start until it answered.
    pub ready_ms: f64,
}

impl Server {
    /// With quotas that no benchmark reaches.
    pub fn start(data: &Path) -> Self {
        Self::start_with(&[], data, &[])
    }

    /// The same below another program, such as a profiler (`below`, with its arguments), and with more settings. Its log
    /// goes to a pipe that is read and forgotten.
    pub fn start_with(below: &[OsString], data: &Path, settings: &[String]) -> Self {
        let begun = Instant::now();
        let mut line = below.to_vec();
        line.push(env!("CARGO_BIN_EXE_sirius").into());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).arg("--data-dir").arg(data);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        for quota in ["reads.per_second", "reads.burst", "visits.per_second", "visits.burst"] {
            command.args(["--set", &format!("limits.{quota}=1000000")]);
        }
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = child.stdout.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
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
    pub fn get(&self, path: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The address of a still picture's bytes, and how many they are.
    pub fn picture(&self) -> (String, String) {
        let list = self.get("/api/v1/images?limit=1&kind=still");
        let id = list.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
        let size = list.split("\"size_bytes\":").nth(1).unwrap().split(',').next().unwrap();
        (format!("/api/v1/images/{id}/content"), size.to_owned())
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How much of it is in memory.
    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }

    /// Processor time, user and system, of all its threads until now.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // After the name, which may hold anything but ends with the last bracket: user time is the 12th field, system
        // time the 13th.
        let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().skip(11).take(2);
        ticks.map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / TICKS_A_SECOND
    }

    /// Waits until what a start leaves for later, such as compressing the page's files, has been done.
    pub fn settle(&self) {
        const PAUSE: Duration = Duration::from_millis(500);
        let mut before = self.cpu_seconds();
        loop {
            std::thread::sleep(PAUSE);
            let now = self.cpu_seconds();
            if now - before < PAUSE.as_secs_f64() / 4.0 {
                return;
            }
            before = now;
        }
    }

    /// How many requests were answered to so many clients, each asking again as soon as it is answered, and in how many
    /// seconds.
    pub fn load(&self, clients: usize, method: &str, path: &str, duration: Duration) -> (u64, f64) {
        let begun = Instant::now();
        let over = || begun.elapsed() > duration;
        let answered = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..clients).map(|_| scope.spawn(|| self.client(method, path, &mut |_| !over()))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).sum()
        });
        (answered, begun.elapsed().as_secs_f64())
    }

    /// So many clients share so many requests, each asking again as soon as it is answered.
    pub fn ask(&self, clients: u64, method: &str, path: &str, requests: u64) {
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| self.client(method, path, &mut |asked| asked < requests / clients));
            }
        });
    }

    /// Asks for as long as `go_on` allows, which is told how often it has asked; gives that number in the end.
    fn client(&self, method: &str, path: &str, go_on: &mut dyn FnMut(u64) -> bool) -> u64 {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n");
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let mut answer = Vec::with_capacity(1 << 20);
        let mut piece = vec![0; 1 << 16];
        let mut asked = 0;
        while go_on(asked) {
            connection.write_all(request.as_bytes()).unwrap();
            answer.clear();
            while !is_whole(&answer) {
                let read = connection.read(&mut piece).unwrap();
                assert_ne!(read, 0, "the server closed the connection");
                answer.extend_from_slice(&piece[..read]);
            }
            assert!(answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
            asked += 1;
        }
        asked
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The middle one.
pub fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Whether an answer has come to its end, as its `Content-Length` says.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    answer.len() == end + 4 + length.parse::<usize>().unwrap()
}
