//! What was seen, in pieces of a fifth of a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const PIECE: Duration = Duration::from_millis(200);
/// So many pieces may still change: a request is put down after it was due. Of those before only their lines are kept.
const OPEN: usize = 10;

/// Everything since a moment.
#[derive(Default)]
pub struct Seen {
    begin: Option<Instant>,
    /// Of the pieces that are over.
    lines: Vec<String>,
    pieces: VecDeque<Piece>,
    /// Asked or to be asked, and not answered yet.
    waiting: u64,
}

/// What was due in a piece, and what ended in it.
#[derive(Default)]
struct Piece {
    due: u64,
    failed: u64,
    given_up: u64,
    /// Microseconds that each took.
    good: Vec<u32>,
    /// The same of those that were answered, from when they were asked.
    asked: Vec<u32>,
    refused: Vec<u32>,
}

impl Seen {
    /// The moment that all else is told from.
    pub fn begin(&mut self, begin: Instant) {
        self.begin = Some(begin);
    }

    /// A request has to be made.
    pub fn due(&mut self, at: Instant) {
        self.waiting += 1;
        self.piece(at).due += 1;
    }

    /// One was answered as it should be.
    pub fn good(&mut self, at: Instant, took: Duration, since_asked: Duration) {
        self.waiting -= 1;
        let piece = self.piece(at);
        piece.good.push(micros(took));
        piece.asked.push(micros(since_asked));
    }

    /// One was refused.
    pub fn refused(&mut self, at: Instant, took: Duration) {
        self.waiting -= 1;
        self.piece(at).refused.push(micros(took));
    }

    /// One was answered by something else, or not at all.
    pub fn failed(&mut self, at: Instant) {
        self.waiting -= 1;
        self.piece(at).failed += 1;
    }

    /// One was not asked at all.
    pub fn given_up(&mut self, at: Instant) {
        self.waiting -= 1;
        self.piece(at).given_up += 1;
    }

    /// Whether anything has not been answered.
    pub fn is_waited_for(&self) -> bool {
        self.waiting > 0
    }

    /// A line of JSON for each piece.
    pub fn into_lines(mut self) -> Vec<String> {
        self.close(0);
        self.lines
    }

    fn piece(&mut self, at: Instant) -> &mut Piece {
        let since = self.begin.map_or(Duration::ZERO, |begin| at.saturating_duration_since(begin));
        let number = usize::try_from(since.as_millis() / PIECE.as_millis());
        let number = number.unwrap_or(usize::MAX);
        while self.lines.len() + self.pieces.len() <= number {
            self.pieces.push_back(Piece::default());
            self.close(OPEN);
        }
        let index = number.saturating_sub(self.lines.len());
        &mut self.pieces[index]
    }

    /// Leaves so many open.
    fn close(&mut self, open: usize) {
        while self.pieces.len() > open {
            if let Some(piece) = self.pieces.pop_front() {
                let number = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
                self.lines.push(piece.line((PIECE * number).as_secs_f64()));
            }
        }
    }
}

impl Piece {
    fn line(&self, seconds: f64) -> String {
        let Self { due, failed, given_up, good, asked, refused } = self;
        let counts = [("due", *due), ("failed", *failed), ("given_up", *given_up)];
        let counts = counts.into_iter().chain([("good", good.len() as u64), ("refused", refused.len() as u64)]);
        let members = counts
            .map(|(name, count)| format!("\"{name}\": {count}"))
            .chain([times("good", good), times("asked", asked), times("refused", refused)])
            .collect::<Vec<_>>();
        format!("{{\"at\": {seconds:.1}, {}}}", members.join(", "))
    }
}

/// Median, p99 and most in milliseconds; 0 of nothing.
fn times(name: &str, micros: &[u32]) -> String {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1)));
    let ms = |share| f64::from(at(share).copied().unwrap_or_default()) / 1_000.0;
    format!("\"{name}_p50_ms\": {}, \"{name}_p99_ms\": {}, \"{name}_max_ms\": {}", ms(50), ms(99), ms(100))
}

fn micros(took: Duration) -> u32 {
    u32::try_from(took.as_micros()).unwrap_or(u32::MAX)
}
