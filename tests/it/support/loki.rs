//! A Loki for what the real one cannot do on demand: hang, refuse, reset, be slow, lie about its health.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loki_api::logproto::PushRequest;
use loki_api::prost::Message;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It takes every line.
    Well,
    /// It takes every line, after a while.
    Slow(Duration),
    /// It answers everything with this status.
    Refusing(u16),
    /// It says that it is ready, and answers pushes with 500.
    Lying,
    /// It takes requests and never answers.
    Hanging,
    /// It closes connections as soon as a request has come.
    Resetting,
}

/// A line that it took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// As Loki shows them: `{level="info",service_name="sirius"}`.
    pub labels: String,
    /// The line itself, which is JSON.
    pub line: Value,
}

/// A running one.
pub struct FakeLoki {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: Option<AbortHandle>,
}

struct State {
    mood: Mood,
    taken: Vec<Taken>,
    /// The heads of requests.
    heads: Vec<String>,
    connections: usize,
}

impl FakeLoki {
    /// One that is well.
    pub async fn start() -> Self {
        let state = State { mood: Mood::Well, taken: Vec::new(), heads: Vec::new(), connections: 0 };
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut loki = Self { address, state: Arc::new(Mutex::new(state)), accepting: None };
        loki.open().await;
        loki
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it answers what comes from now on; what hangs goes on hanging.
    pub fn be(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Closes its port and its connections.
    pub fn close(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }

    /// Opens its port again.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.accepting = Some(tokio::spawn(accept(listener, Arc::clone(&self.state))).abort_handle());
    }

    /// The lines that it took and said so.
    pub fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    /// The heads of the requests that came.
    pub fn heads(&self) -> Vec<String> {
        self.state.lock().unwrap().heads.clone()
    }

    /// How many connections have come.
    #[allow(dead_code, reason = "asked only where batches are looked at one by one")]
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Waits for a line; fails the test after a minute.
    pub async fn wait_for(&self, wanted: impl Fn(&Taken) -> bool) -> Taken {
        for _ in 0..6_000 {
            if let Some(taken) = self.state.lock().unwrap().taken.iter().find(|taken| wanted(taken)) {
                return taken.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the line did not come");
    }
}

impl Drop for FakeLoki {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.lock().unwrap().connections += 1;
        connections.spawn(serve(stream, Arc::clone(&state)));
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    while let Some((head, body)) = read_request(&mut stream).await {
        let mood = {
            let mut state = state.lock().unwrap();
            state.heads.push(head.clone());
            state.mood
        };
        let is_push = head.starts_with("POST ");
        let status = match mood {
            Mood::Well => 204,
            Mood::Slow(delay) => {
                tokio::time::sleep(delay).await;
                204
            }
            Mood::Refusing(status) => status,
            Mood::Lying => {
                if is_push {
                    500
                } else {
                    204
                }
            }
            Mood::Hanging => std::future::pending().await,
            Mood::Resetting => {
                stream.set_zero_linger().unwrap();
                return;
            }
        };
        let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        if is_push && status == 204 {
            state.lock().unwrap().taken.extend(lines(&body));
        }
    }
}

/// The head and the body of the next request; nothing when there is no more.
async fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = bytes[end..].to_vec();
    while body.len() < length.unwrap_or(0) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

fn lines(body: &[u8]) -> Vec<Taken> {
    let bytes = snap::raw::Decoder::new().decompress_vec(body).unwrap();
    let push = PushRequest::decode(bytes.as_slice()).unwrap();
    let lines = push.streams.into_iter().flat_map(|stream| {
        let labels = stream.labels;
        let line = move |text: String| Taken {
            labels: labels.clone(),
            line: serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
        };
        stream.entries.into_iter().map(move |entry| line(entry.line))
    });
    lines.collect()
}
