//! The lines of a text and the records of a CSV file, one by one and bounded, so that a wrong one costs no other.
//!
//! A CSV reader that meets a quote which is never closed takes the rest of the file for one value. Here a record ends
//! where its quotes say, and one whose quotes say nothing sensible is its first line alone.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// The longest line, in bytes.
const MAX_LINE_BYTES: usize = 1 << 20;

/// The longest record of more than one line, in bytes: longer than all texts together may be.
const MAX_RECORD_BYTES: usize = 64 << 10;

const NEVER_CLOSED: &str = "a quote (\") is opened and never closed";
const GOES_ON: &str =
    "after the quote (\") that closes a value there must be a comma; a quote within a value is written twice";

/// A line's number, counted from 1, and its bytes or what is wrong with it.
pub(super) type Numbered = (u64, Result<Vec<u8>, String>);

/// The lines of a text, without what ends them; a byte order mark before the first is left out.
pub(super) struct Lines<R> {
    from: R,
    number: u64,
    is_over: bool,
    /// Lines that have been read already and come first.
    put_back: VecDeque<Numbered>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, number: 0, is_over: false, put_back: VecDeque::new() }
    }

    /// The records of a CSV file, each with the number of its first line.
    pub(super) fn records(mut self) -> impl Iterator<Item = Numbered> {
        std::iter::from_fn(move || {
            let (number, first) = self.next()?;
            Some((number, first.and_then(|first| self.record(first))))
        })
    }

    /// The record that begins with a line: more lines are taken for as long as a quote is open.
    fn record(&mut self, first: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut state = Quotes::Before.after(&first);
        let mut record = first;
        let mut taken = VecDeque::new();
        let wrong = loop {
            match state {
                Ok(Quotes::Inside) => {}
                Ok(_) => return Ok(record),
                Err(wrong) => break wrong,
            }
            let next = self.next();
            let Some((_, Ok(line))) = &next else {
                taken.extend(next);
                break NEVER_CLOSED;
            };
            record.push(b'\n');
            record.extend_from_slice(line);
            state = Quotes::Inside.after(line);
            taken.extend(next);
            if record.len() > MAX_RECORD_BYTES {
                break NEVER_CLOSED;
            }
        };
        taken.append(&mut self.put_back);
        self.put_back = taken;
        Err(wrong.to_owned())
    }

    fn read(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64 + 1;
        self.from.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.len() > MAX_LINE_BYTES && !line.ends_with(b"\n") {
            self.from.skip_until(b'\n')?;
            return Ok(Some(Err(format!("the line is longer than {MAX_LINE_BYTES} bytes"))));
        }
        let content = line.strip_suffix(b"\n").unwrap_or(&line);
        let content = content.strip_suffix(b"\r").unwrap_or(content).len();
        line.truncate(content);
        if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        Ok(Some(Ok(line)))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Numbered;

    fn next(&mut self) -> Option<Numbered> {
        if let Some(line) = self.put_back.pop_front() {
            return Some(line);
        }
        if self.is_over {
            return None;
        }
        self.number += 1;
        let line = self.read();
        // What comes after a failure to read cannot be told from what is missing.
        self.is_over = !matches!(line, Ok(Some(_)));
        match line {
            Ok(line) => line.map(|line| (self.number, line)),
            Err(error) => Some((self.number, Err(format!("it cannot be read: {error}; nothing after it is read")))),
        }
    }
}

/// Where in a record a position is, as far as quotes go.
#[derive(Clone, Copy)]
enum Quotes {
    /// At the beginning of a value, where a quote opens.
    Before,
    /// In a value without quotes, where a quote is a sign like any other.
    Plain,
    /// In a value with quotes.
    Inside,
    /// After a quote within such a value: its end, or the first of two that stand for one.
    Closing,
}

impl Quotes {
    /// The state at the end of a line.
    fn after(self, line: &[u8]) -> Result<Self, &'static str> {
        line.iter().try_fold(self, |state, byte| match (state, byte) {
            (Self::Inside, b'"') | (Self::Closing, b' ' | b'\t') => Ok(Self::Closing),
            (Self::Inside, _) | (Self::Before | Self::Closing, b'"') => Ok(Self::Inside),
            (_, b',') => Ok(Self::Before),
            (Self::Before | Self::Plain, _) => Ok(Self::Plain),
            (Self::Closing, _) => Err(GOES_ON),
        })
    }
}
