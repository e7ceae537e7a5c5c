//! The thread that writes lines out: the only place where a slow reader is waited for.
//!
//! It gathers what comes within 10 ms into few large writes. A reader that has gone away (a closed pipe, a full disk) is
//! tried again once a second; lines that come meanwhile are dropped and counted, and a line that was cut short is ended
//! before the next one begins.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::queue::Queue;
use crate::telemetry::health::{self, DropReason, Signal};

/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(10);

/// How long the thread sleeps when nothing is said; a line wakes it.
const IDLE: Duration = Duration::from_secs(10);

/// How long after an error nothing is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// How long until a descriptor that would block is tried again: standard output can be one, when it shares its pipe with
/// a process that made it so.
const BLOCKED: Duration = Duration::from_millis(10);

/// What is written at once.
const CHUNK_BYTES: usize = 64 << 10;

/// The thread, and how to end it.
pub struct Writer {
    queue: Arc<Queue>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    done: Mutex<bool>,
    ended: Condvar,
}

impl Writer {
    /// Starts a thread that writes what is queued to `out`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(queue: Arc<Queue>, out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (theirs, lines) = (Arc::clone(&shared), Arc::clone(&queue));
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            let done = Done(theirs);
            Output::new(out).run(&lines, &done.0.stopping);
        })?;
        Ok(Self { queue, shared })
    }

    /// Writes what is queued and ends the thread; gives up after `deadline` and tells how many lines are left.
    pub fn stop(&self, deadline: Duration) -> usize {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.queue.wake();
        let done = self.shared.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.shared.ended.wait_timeout_while(done, deadline, |done| !*done);
        let (done, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        let left = self.queue.len();
        if !*done {
            health::dropped(Signal::Logs, DropReason::Stopped, left as u64);
        }
        left
    }
}

/// Tells that the thread has ended, however it did.
struct Done(Arc<Shared>);

impl Drop for Done {
    fn drop(&mut self) {
        *self.0.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.ended.notify_all();
    }
}

/// Where lines go, and how that fares.
struct Output<W> {
    out: W,
    chunk: Vec<u8>,
    /// Nothing is tried before.
    paused_until: Option<Instant>,
    /// The last line that was begun has no end.
    torn: bool,
}

impl<W: Write> Output<W> {
    fn new(out: W) -> Self {
        Self { out, chunk: Vec::with_capacity(CHUNK_BYTES), paused_until: None, torn: false }
    }

    fn run(&mut self, queue: &Queue, stopping: &AtomicBool) {
        queue.written_by_this_thread();
        loop {
            // Asked before the queue is: what was said before stopping is written.
            let last = stopping.load(Ordering::SeqCst);
            let wrote = self.drain(queue);
            if last {
                return;
            }
            if wrote {
                thread::park_timeout(GATHER);
            } else if queue.fall_idle() {
                thread::park_timeout(IDLE);
                queue.be_busy();
            }
        }
    }

    /// Writes what waits; false when there was nothing.
    fn drain(&mut self, queue: &Queue) -> bool {
        let mut any = false;
        while let Some(line) = queue.pop() {
            any = true;
            self.chunk.extend_from_slice(&line);
            queue.recycle(line);
            if self.chunk.len() >= CHUNK_BYTES {
                self.flush();
            }
        }
        self.flush();
        any
    }

    /// Writes the chunk, or counts what is lost of it.
    fn flush(&mut self) {
        if self.chunk.is_empty() {
            return;
        }
        let (lost, reason) = match self.paused_until {
            Some(until) if Instant::now() < until => (lines(&self.chunk), DropReason::Unavailable),
            _ => (self.write(), DropReason::ExportFailed),
        };
        if lost > 0 {
            health::dropped(Signal::Logs, reason, lost);
        }
        self.chunk.clear();
    }

    /// How many lines of the chunk were not written.
    fn write(&mut self) -> u64 {
        if self.torn {
            self.chunk.insert(0, b'\n');
        }
        let (written, ended) = write_all(&mut self.out, &self.chunk);
        let (done, rest) = self.chunk.split_at(written);
        if let Some(last) = done.last() {
            self.torn = *last != b'\n';
        }
        let Err(error) = ended else {
            if self.paused_until.take().is_some() {
                health::fault(Signal::Logs, None);
            }
            return 0;
        };
        self.paused_until = Some(Instant::now() + PAUSE);
        health::export_failed(Signal::Logs);
        health::fault(Signal::Logs, Some(format!("standard output takes no lines: {error}")));
        // The end of the line before does not count as a line of its own.
        let own_end = u64::from(written == 0 && rest.first() == Some(&b'\n'));
        lines(rest) - own_end
    }
}

/// How many bytes were written before it ended.
fn write_all(out: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match out.write(rest) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(BLOCKED),
            Err(error) => return (written, Err(error)),
        }
    }
    (written, out.flush())
}

#[expect(clippy::naive_bytecount, reason = "only what was lost is counted")]
fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn push(queue: &Queue, line: &str) {
        let mut claimed = queue.claim(true).unwrap();
        claimed.buffer().extend_from_slice(line.as_bytes());
        claimed.push();
    }

    /// Takes what it is given room for, then fails.
    struct Limited<'a> {
        taken: Vec<u8>,
        room: usize,
        calls: &'a mut usize,
    }

    impl Write for Limited<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            *self.calls += 1;
            if self.room == 0 {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let count = bytes.len().min(self.room).min(7);
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Counts how often it is written to.
    struct Counting(Vec<u8>, usize);

    impl Write for &mut Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_in_few_large_writes() {
        let queue = Queue::new();
        for n in 0..1_000 {
            push(&queue, &format!("line {n}\n"));
        }
        let mut out = Counting(Vec::new(), 0);
        assert!(Output::new(&mut out).drain(&queue));
        let expected: Vec<_> = (0..1_000).map(|n| format!("line {n}")).collect();
        assert_eq!(String::from_utf8(out.0).unwrap().lines().collect::<Vec<_>>(), expected);
        assert_eq!(out.1, 1);
    }

    #[test]
    fn what_a_closed_reader_misses_is_counted_and_it_is_not_asked_again_at_once() {
        let queue = Queue::new();
        let mut calls = 0;
        let mut output = Output::new(Limited { taken: Vec::new(), room: 12, calls: &mut calls });
        output.chunk.extend_from_slice(b"first\nsecond\nthird\n");
        assert_eq!(output.write(), 2);
        assert_eq!((output.out.taken.as_slice(), output.torn), (&b"first\nsecond"[..], true));
        for _ in 0..100 {
            push(&queue, "lost\n");
            output.drain(&queue);
        }
        // It is there again.
        output.paused_until = None;
        output.chunk.extend_from_slice(b"fourth\n");
        assert_eq!(output.write(), 1);
        assert_eq!(output.out.taken.as_slice(), b"first\nsecond", "still nobody");
        output.out.room = 100;
        output.chunk = b"fifth\n".to_vec();
        assert_eq!(output.write(), 0);
        assert_eq!(output.out.taken.as_slice(), b"first\nsecond\nfifth\n");
        assert!(calls < 10, "{calls} writes to a closed pipe");
    }

    #[test]
    fn stopping_writes_what_was_said_and_gives_up_on_a_reader_that_takes_nothing() {
        let queue = Queue::new();
        let (read, written) = io::pipe().unwrap();
        let writer = Writer::start(Arc::clone(&queue), written).unwrap();
        for _ in 0..1_000 {
            push(&queue, "0123456789\n");
        }
        assert_eq!(writer.stop(Duration::from_mins(1)), 0);
        assert_eq!(io::read_to_string(read).unwrap().lines().count(), 1_000);

        let queue = Queue::new();
        let (_read, written) = io::pipe().unwrap();
        let writer = Writer::start(Arc::clone(&queue), written).unwrap();
        let line = format!("{}\n", "x".repeat(1_000));
        while let Some(mut claimed) = queue.claim(true) {
            claimed.buffer().extend_from_slice(line.as_bytes());
            claimed.push();
        }
        assert!(writer.stop(Duration::from_millis(50)) > 0, "nobody reads");
    }

    #[test]
    fn an_idle_writer_is_woken_by_a_line() {
        struct Sender(mpsc::Sender<Vec<u8>>);
        impl Write for Sender {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.send(bytes.to_vec()).unwrap();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let queue = Queue::new();
        let (sender, receiver) = mpsc::channel();
        let writer = Writer::start(Arc::clone(&queue), Sender(sender)).unwrap();
        for _ in 0..50 {
            push(&queue, "now\n");
            assert_eq!(receiver.recv_timeout(Duration::from_mins(1)).unwrap(), b"now\n");
        }
        assert_eq!(writer.stop(Duration::from_mins(1)), 0);
    }
}
