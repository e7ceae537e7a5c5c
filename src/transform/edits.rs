//! What is taken out of a file before it is kept: everything but the picture.
//!
//! The walks through the containers note what is to go. It is done in place and never makes a file longer, so that a
//! large one is not held twice.

use std::ops::Range;

use super::bytes::position;

/// More parts to take out than any program writes; each is remembered until all are known.
const MAX_EDITS: usize = 10_000;

/// What is to be changed of a file.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// In any order, none reaching into another.
    cuts: Vec<(Range<usize>, Vec<u8>)>,
    /// Overwritten where they are, because other parts of the file are found by their distance from its start.
    blanks: Vec<(Range<usize>, &'static [u8])>,
    is_too_many: bool,
}

impl Edits {
    /// Leaves out a part of the file.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        if !range.is_empty() && self.has_room() {
            self.cuts.push((range, Vec::new()));
        }
    }

    /// Puts something in the place of a part of the file, which must be at least as long.
    pub(super) fn replace(&mut self, whole: &[u8], range: Range<usize>, instead: Vec<u8>) {
        debug_assert!(instead.len() <= range.len(), "a file must not grow");
        if whole.get(range.clone()) != Some(&instead[..]) && self.has_room() {
            self.cuts.push((range, instead));
        }
    }

    /// Overwrites a part of `whole` with `head`, as far as there is room for it, and zeros.
    pub(super) fn blank(&mut self, whole: &[u8], part: &[u8], head: &'static [u8]) {
        let head = if head.len() <= part.len() { head } else { &[] };
        let (front, rest) = part.split_at(head.len());
        if (front != head || rest.iter().any(|&byte| byte != 0)) && self.has_room() {
            let start = position(part, whole);
            self.blanks.push((start..start + part.len(), head));
        }
    }

    /// Whether the file is to stay as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.cuts.is_empty() && self.blanks.is_empty() && !self.is_too_many
    }

    /// Whether there was more to take out than was remembered.
    pub(super) fn is_too_many(&self) -> bool {
        self.is_too_many
    }

    /// How many bytes [`Edits::apply`] takes away.
    pub(super) fn removed_bytes(&self) -> usize {
        self.cuts.iter().map(|(range, instead)| range.len() - instead.len()).sum()
    }

    /// Does it.
    pub(super) fn apply(mut self, bytes: &mut Vec<u8>) {
        for (range, head) in self.blanks {
            let part = &mut bytes[range];
            part.fill(0);
            part[..head.len()].copy_from_slice(head);
        }
        self.cuts.sort_unstable_by_key(|(range, _)| range.start);
        let (mut from, mut to) = (0, 0);
        for (range, instead) in self.cuts {
            bytes.copy_within(from..range.start, to);
            to += range.start - from;
            bytes[to..to + instead.len()].copy_from_slice(&instead);
            to += instead.len();
            from = range.end;
        }
        bytes.copy_within(from.., to);
        bytes.truncate(to + bytes.len() - from);
    }

    fn has_room(&mut self) -> bool {
        self.is_too_many |= self.cuts.len() + self.blanks.len() >= MAX_EDITS;
        !self.is_too_many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_put_together_of_what_stays() {
        let mut bytes = b"0123456789".to_vec();
        let mut edits = Edits::default();
        edits.remove(8..10);
        edits.replace(&bytes, 2..5, b"ab".to_vec());
        edits.replace(&bytes, 6..7, b"6".to_vec());
        edits.remove(0..1);
        assert_eq!(edits.removed_bytes(), 4);
        edits.apply(&mut bytes);
        assert_eq!(bytes, b"1ab567");
    }

    #[test]
    fn what_is_blank_already_is_left_alone() {
        let mut bytes = b"one two".to_vec();
        let mut edits = Edits::default();
        edits.blank(&bytes, &bytes[4..], b"tw");
        edits.apply(&mut bytes);
        assert_eq!(bytes, b"one tw\0");
        let mut edits = Edits::default();
        edits.blank(&bytes, &bytes[4..], b"tw");
        edits.blank(&bytes, &bytes[6..], b"longer than there is room");
        assert!(edits.is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut edits = Edits::default();
        for start in 0..=MAX_EDITS {
            assert!(!edits.is_too_many());
            edits.remove(2 * start..2 * start + 1);
        }
        assert!(edits.is_too_many() && edits.cuts.len() == MAX_EDITS);
    }
}
