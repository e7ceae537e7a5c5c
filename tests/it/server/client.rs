//! A client that says exactly what a test wants said.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client {
    stream: BufReader<TcpStream>,
}

/// A response to a request whose method is not HEAD.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: BufReader::new(TcpStream::connect(address).await.unwrap()) }
    }

    /// One that the system keeps little for: what it does not take, the server cannot get rid of.
    pub async fn connect_with_little_room(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        Self { stream: BufReader::with_capacity(512, socket.connect(address).await.unwrap()) }
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.stream.get_ref().local_addr().unwrap()
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends what the server may not wait for.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        self.answer().await
    }

    /// The next response head, with its blank line.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, self.stream.read_u8()).await.expect("a response comes");
            head.push(byte.unwrap_or_else(|error| panic!("{error} after {}", String::from_utf8_lossy(&head))));
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    pub async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        timeout(PATIENCE, self.stream.read_exact(&mut body)).await.expect("a body comes").unwrap();
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }

    /// Takes so many bytes, or fewer if the server closes, and says how many.
    pub async fn take(&mut self, count: usize) -> usize {
        let mut taken = (&mut self.stream).take(count as u64);
        // Not `read_to_end`: a reset would lose the count.
        let mut buffer = [0; 4096];
        let mut total = 0;
        while let Ok(read @ 1..) = timeout(PATIENCE, taken.read(&mut buffer)).await.expect("more comes") {
            total += read;
        }
        total
    }

    /// Waits until the server has closed, and gives what came before that.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset closes as well as an end does.
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("the server closes");
        rest
    }

    /// Whether the server closes within a time.
    pub async fn is_closed_within(&mut self, time: Duration) -> bool {
        timeout(time, self.stream.read_u8()).await.is_ok_and(|read| read.is_err())
    }
}

impl Answer {
    pub fn field(&self, name: &str) -> Option<&str> {
        field(&self.head, name)
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| *key == name)).map(|(_, value)| value)
}
