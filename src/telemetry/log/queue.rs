//! The way of a line from whoever says it to the thread that writes it: bounded, without a lock, and without allocating.
//!
//! Lines are written into buffers that go round: taken from the empty ones, filled, queued, written out, emptied. Where none
//! is empty, or too many bytes wait, a line is dropped and counted. The last eighth of the room is for warnings and
//! errors.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

use crossbeam_queue::ArrayQueue;

/// The most lines that wait.
pub const CAPACITY: usize = 4_096;

/// The most bytes that wait.
const MAX_BYTES: usize = 8 << 20;

/// So many lines' room is kept for warnings and errors.
const RESERVED: usize = CAPACITY / 8;

/// So many buffers go round first, which fit into a core's cache: one that was just written out is the cheapest to fill.
const WARM: usize = 64;

/// What a buffer is made for: nearly every line fits.
const LINE_BYTES: usize = 1 << 10;

/// A buffer that grew larger than this is not kept.
const KEPT_BYTES: usize = 4 << 10;

/// Lines that wait to be written.
pub struct Queue {
    /// The empty buffers that were used last.
    warm: ArrayQueue<Vec<u8>>,
    /// All other empty buffers.
    empty: ArrayQueue<Vec<u8>>,
    filled: ArrayQueue<Vec<u8>>,
    /// Of all filled buffers.
    bytes: AtomicUsize,
    /// The writer waits to be woken.
    idle: AtomicBool,
    writer: OnceLock<Thread>,
}

/// An empty buffer, which returns to the empty ones if it is dropped.
pub struct Claimed<'a> {
    queue: &'a Queue,
    /// There until it is queued or dropped.
    buffer: Vec<u8>,
}

impl Queue {
    /// One with all its room.
    pub fn new() -> Arc<Self> {
        let (empty, filled) = (ArrayQueue::new(CAPACITY), ArrayQueue::new(CAPACITY));
        while empty.push(Vec::new()).is_ok() {}
        Arc::new(Self {
            warm: ArrayQueue::new(WARM),
            empty,
            filled,
            bytes: AtomicUsize::new(0),
            idle: AtomicBool::new(false),
            writer: OnceLock::new(),
        })
    }

    /// A buffer for a line, if there is room for one of its weight.
    pub fn claim(&self, important: bool) -> Option<Claimed<'_>> {
        let room = self.room();
        if room < CAPACITY / 2 {
            self.wake();
        }
        let full = (room <= RESERVED && !important) || self.bytes.load(Ordering::Relaxed) > MAX_BYTES;
        let mut buffer = if full { None } else { self.warm.pop().or_else(|| self.empty.pop()) }?;
        // Allocates when it is new.
        buffer.reserve(LINE_BYTES);
        Some(Claimed { queue: self, buffer })
    }

    /// How many lines wait.
    pub fn len(&self) -> usize {
        self.filled.len()
    }

    /// The oldest line that waits, for [`Self::recycle`] afterwards.
    pub(super) fn pop(&self) -> Option<Vec<u8>> {
        let line = self.filled.pop()?;
        self.bytes.fetch_sub(line.len(), Ordering::Relaxed);
        Some(line)
    }

    /// Takes back what held a line.
    pub(super) fn recycle(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() > KEPT_BYTES {
            buffer = Vec::new();
        }
        buffer.clear();
        if let Err(buffer) = self.warm.push(buffer) {
            // There is room: there are only so many buffers.
            let _ = self.empty.push(buffer);
        }
    }

    /// How many buffers are empty.
    fn room(&self) -> usize {
        self.warm.len() + self.empty.len()
    }

    /// Names the thread that writes; for that thread.
    pub(super) fn written_by_this_thread(&self) {
        let _ = self.writer.set(std::thread::current());
    }

    /// Says that the writer is about to wait for a line; false when there is one already.
    pub(super) fn fall_idle(&self) -> bool {
        // In one order with what `push` does: either the line is seen here, or this is seen there.
        self.idle.store(true, Ordering::SeqCst);
        let empty = self.filled.is_empty();
        if !empty {
            self.idle.store(false, Ordering::SeqCst);
        }
        empty
    }

    /// Says that the writer waits no more.
    pub(super) fn be_busy(&self) {
        self.idle.store(false, Ordering::SeqCst);
    }

    /// Wakes the writer.
    pub(super) fn wake(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }
}

impl Claimed<'_> {
    /// Where the line belongs.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Hands the line over.
    pub fn push(mut self) {
        let queue = self.queue;
        let line = std::mem::take(&mut self.buffer);
        std::mem::forget(self);
        queue.bytes.fetch_add(line.len(), Ordering::Relaxed);
        // There is room: there are only so many buffers.
        let _ = queue.filled.push(line);
        // A writer that is at work looks for itself: waking costs more than all else that a line costs.
        if queue.idle.load(Ordering::SeqCst) && queue.idle.swap(false, Ordering::SeqCst) {
            queue.wake();
        }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.queue.recycle(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue, line: &[u8]) {
        let mut claimed = queue.claim(true).unwrap();
        claimed.buffer().extend_from_slice(line);
        claimed.push();
    }

    #[test]
    fn lines_come_out_in_order_and_buffers_go_round() {
        let queue = Queue::new();
        for round in 0..3_u8 {
            for n in 0..10 {
                push(&queue, &[round, n]);
            }
            for n in 0..10 {
                let line = queue.pop().unwrap();
                assert_eq!(line, [round, n]);
                queue.recycle(line);
            }
        }
        assert_eq!((queue.room(), queue.len(), queue.bytes.load(Ordering::Relaxed)), (CAPACITY, 0, 0));
    }

    #[test]
    fn the_last_room_is_for_what_matters() {
        let queue = Queue::new();
        while let Some(claimed) = queue.claim(false) {
            claimed.push();
        }
        assert_eq!(queue.len(), CAPACITY - RESERVED);
        while let Some(claimed) = queue.claim(true) {
            claimed.push();
        }
        assert_eq!(queue.len(), CAPACITY);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let queue = Queue::new();
        let line = vec![b'x'; 64 << 10];
        let mut lines = 0;
        while let Some(mut claimed) = queue.claim(true) {
            claimed.buffer().extend_from_slice(&line);
            claimed.push();
            lines += 1;
        }
        assert_eq!(lines, MAX_BYTES / line.len() + 1);
        while let Some(line) = queue.pop() {
            queue.recycle(line);
        }
        let empty = std::iter::from_fn(|| queue.warm.pop().or_else(|| queue.empty.pop()));
        let kept: usize = empty.map(|buffer| buffer.capacity()).sum();
        assert!(kept <= CAPACITY * LINE_BYTES, "large buffers are not kept: {kept}");
    }

    #[test]
    fn a_line_that_is_given_up_leaves_its_room() {
        let queue = Queue::new();
        for _ in 0..2 * CAPACITY {
            drop(queue.claim(true).unwrap());
        }
    }
}
