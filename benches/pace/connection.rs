//! One connection, with one request at a time.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BUFFER_BYTES: usize = 64 * 1024;
const MOST_HEADERS: usize = 64;

/// An open connection.
pub struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

/// What is kept of an answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Whether the connection may be used again.
    pub stays_open: bool,
}

struct Head {
    answer: Answer,
    /// Of head and body.
    bytes: usize,
}

impl Connection {
    /// Connects.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: BytesMut::with_capacity(BUFFER_BYTES) })
    }

    /// Sends a request and takes the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
            self.read().await?;
        };
        let mut left = head.bytes;
        loop {
            // What has come of a body is forgotten at once, so that a large one takes no room.
            let take = left.min(self.buffer.len());
            self.buffer.advance(take);
            left -= take;
            if left == 0 {
                return Ok(head.answer);
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        self.buffer.reserve(BUFFER_BYTES);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The head of an answer, if all of it has come.
fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = response.parse(bytes).map_err(io::Error::other)? else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let (mut length, mut stays_open) = (0, true);
    for header in response.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).map_err(io::Error::other)?;
            length = text.trim().parse().map_err(io::Error::other)?;
        } else if header.name.eq_ignore_ascii_case("connection") {
            stays_open = !header.value.eq_ignore_ascii_case(b"close");
        }
    }
    if status == 304 {
        length = 0;
    }
    Ok(Some(Head { answer: Answer { status, stays_open }, bytes: end + length }))
}
