//! A file that ends in an error when the time for decoding it is over.

use std::io::{self, BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::time::Instant;

/// How many bytes are read between two looks at the clock.
const STEP: usize = 4_096;

/// Bytes that can be read until a deadline.
pub(super) struct Watched<'a> {
    bytes: Cursor<&'a [u8]>,
    deadline: Instant,
    next_look: u64,
}

impl<'a> Watched<'a> {
    pub(super) const fn new(bytes: &'a [u8], deadline: Instant) -> Self {
        Self { bytes: Cursor::new(bytes), deadline, next_look: 0 }
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes.get_ref()
    }

    /// The same for other bytes.
    pub(super) const fn over<'b>(&self, bytes: &'b [u8]) -> Watched<'b> {
        Watched::new(bytes, self.deadline)
    }

    /// For decoders that go on for long without reading.
    pub(super) const fn deadline(&self) -> Deadline {
        Deadline(self.deadline)
    }
}

/// When decoding has to be over.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn check(self) -> io::Result<()> {
        if Instant::now() > self.0 { Err(io::Error::new(ErrorKind::TimedOut, "the time is over")) } else { Ok(()) }
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Watched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes.position() >= self.next_look {
            self.deadline().check()?;
            self.next_look = self.bytes.position() + STEP as u64;
        }
        let rest = self.bytes.fill_buf()?;
        Ok(&rest[..rest.len().min(STEP)])
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.next_look = 0;
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_can_be_read_until_its_deadline() {
        let bytes = vec![7; 3 * STEP];
        let mut file = Watched::new(&bytes, Instant::now() + Duration::from_hours(1));
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        file.seek(SeekFrom::Start(1)).unwrap();
        file.deadline = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(file.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn the_clock_is_looked_at_now_and_then() {
        let bytes = vec![7; 3 * STEP];
        let mut file = Watched::new(&bytes, Instant::now() + Duration::from_hours(1));
        file.read_exact(&mut [0; 10]).unwrap();
        file.deadline = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        let read = io::copy(&mut (&mut file).take(u64::MAX), &mut io::sink());
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(file.bytes.position() < 2 * STEP as u64, "{}", file.bytes.position());
    }
}
