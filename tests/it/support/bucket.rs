//! A bucket of S3 that fails in ways that no real one can be told to. It keeps what it is given in memory, checks nothing,
//! and knows as much of S3 as Sirius asks of it; the real ones are in `tests/stores`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use sirius::config::{BlobUrl, Blobs};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does when an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// What it should.
    Fine,
    /// It takes its time first.
    Slow(Duration),
    /// 503 to everything.
    Unavailable,
    /// It takes requests and answers none of them.
    Hanging,
    /// It closes the connection in the middle of an object.
    Truncated,
    /// It sends as many bytes as there are, but other ones.
    Wrong,
}

/// The bucket.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    objects: Mutex<HashMap<String, Bytes>>,
    mood: Mutex<Mood>,
    gets: AtomicUsize,
}

/// How long a bucket may be silent in these tests.
pub const TIMEOUT: Duration = Duration::from_millis(400);

impl Bucket {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            address: listener.local_addr().unwrap(),
            objects: Mutex::default(),
            mood: Mutex::new(Mood::Fine),
            gets: AtomicUsize::default(),
        };
        let bucket = Self(Arc::new(inner));
        let server = bucket.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                // Clients come and go as they like.
                tokio::spawn(async move { server.serve(stream).await.ok() });
            }
        });
        bucket
    }

    /// The settings of a Sirius whose bytes are here.
    pub fn settings(&self) -> Blobs {
        let endpoint = self.origin();
        let variables = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test"),
            ("AWS_REGION", "us-east-1"),
        ];
        Blobs {
            url: BlobUrl::parse("s3://pictures/below/here"),
            allow_http: true,
            timeout: TIMEOUT,
            retries: 1,
            retry_timeout: Duration::from_secs(1),
            variables: variables.into_iter().collect(),
            ..Blobs::default()
        }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub fn set(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }

    /// How often an object was asked for.
    pub fn gets(&self) -> usize {
        self.0.gets.load(Ordering::Relaxed)
    }

    /// Loses an object; says whether there was one.
    pub fn lose(&self, digest: &str) -> bool {
        let mut objects = self.0.objects.lock().unwrap();
        let before = objects.len();
        objects.retain(|path, _| !path.ends_with(digest));
        objects.len() < before
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let Some(asked) = Asked::read(&mut stream).await? else { return Ok(()) };
            let mood = *self.0.mood.lock().unwrap();
            match mood {
                Mood::Unavailable => {
                    let answer = "HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n";
                    stream.get_mut().write_all(answer.as_bytes()).await?;
                    continue;
                }
                Mood::Hanging => std::future::pending().await,
                Mood::Slow(pause) => tokio::time::sleep(pause).await,
                Mood::Fine | Mood::Truncated | Mood::Wrong => {}
            }
            let Asked { method, path, range, body } = asked;
            let known = self.0.objects.lock().unwrap().get(&path).cloned();
            let answer = match (method.as_str(), known) {
                ("PUT", _) => {
                    self.0.objects.lock().unwrap().insert(path, body);
                    "HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 0\r\n\r\n".to_owned().into_bytes()
                }
                ("HEAD", Some(object)) => head("200 OK", object.len(), ""),
                ("GET", Some(object)) => {
                    self.0.gets.fetch_add(1, Ordering::Relaxed);
                    let answer = given(&object, range);
                    match mood {
                        Mood::Truncated => {
                            stream.get_mut().write_all(&answer[..answer.len() - 10]).await?;
                            return Ok(());
                        }
                        Mood::Wrong => changed(answer),
                        _ => answer,
                    }
                }
                _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned().into_bytes(),
            };
            stream.get_mut().write_all(&answer).await?;
        }
    }
}

/// A request.
struct Asked {
    method: String,
    path: String,
    range: Option<(usize, usize)>,
    body: Bytes,
}

impl Asked {
    async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut words = lines[0].split(' ');
        let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let header = |name: &str| {
            lines.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(|value| value.trim().to_owned()))
        };
        let range = header("range: bytes=").map(|range| {
            let (first, last) = range.split_once('-').unwrap();
            (first.parse().unwrap(), last.parse().unwrap())
        });
        let mut body = vec![0; header("content-length:").map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await?;
        Ok(Some(Self { method, path, range, body: body.into() }))
    }
}

fn given(object: &Bytes, range: Option<(usize, usize)>) -> Vec<u8> {
    match range {
        None => [head("200 OK", object.len(), ""), object.to_vec()].concat(),
        Some((first, last)) => {
            let part = object.slice(first..object.len().min(last + 1));
            let range = format!("content-range: bytes {first}-{last}/{}\r\n", object.len());
            [head("206 Partial Content", part.len(), &range), part.to_vec()].concat()
        }
    }
}

fn head(status: &str, length: usize, more: &str) -> Vec<u8> {
    let modified = "last-modified: Sat, 21 Nov 2026 12:00:00 GMT";
    format!("HTTP/1.1 {status}\r\netag: \"e\"\r\n{modified}\r\ncontent-length: {length}\r\n{more}\r\n").into_bytes()
}

/// The last byte is another one.
fn changed(mut answer: Vec<u8>) -> Vec<u8> {
    if let Some(last) = answer.last_mut() {
        *last ^= 1;
    }
    answer
}
