//! Stands for Loki and for the collector: takes whatever is sent, at once, and forgets it.
//!
//! In the benchmark's own process, so that it costs the measured one nothing but the sending.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Listens for as long as the benchmark runs; gives its address.
pub fn open() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || while take(&connection).is_some() {});
        }
    });
    address
}

/// Reads one request and says that all is well; nothing when the client has left.
fn take(mut connection: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let (mut length, mut chunked) = (0, false);
    loop {
        let line = line(&mut reader)?;
        match line.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().ok()?,
            Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
            _ if line.is_empty() => break,
            _ => (),
        }
    }
    while chunked {
        length = usize::from_str_radix(&line(&mut reader)?, 16).ok()?;
        read(&mut reader, length + 2)?;
        chunked = length > 0;
        length = 0;
    }
    read(&mut reader, length)?;
    connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_ascii_lowercase())
}

fn read(reader: &mut impl Read, length: usize) -> Option<()> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()
}
