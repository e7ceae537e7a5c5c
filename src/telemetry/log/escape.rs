//! Text from anywhere, made harmless: what stands between the quotes of a JSON string.
//!
//! Escaped is more than JSON asks for: everything that could move a terminal's cursor, start a new line for a reader that
//! splits lines where Unicode does, or turn the direction of what follows. A line stays one line, whoever reads it.

use std::fmt;

/// The most bytes of one value that a line shows.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// What stands at the end of a value that was cut.
const CUT: &[u8] = "…".as_bytes();

/// A place for one value's text, which is escaped and cut on its way.
pub struct Escaped<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

impl<'a> Escaped<'a> {
    /// Appends to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, left: MAX_VALUE_BYTES }
    }
}

impl fmt::Write for Escaped<'_> {
    /// Fails when the value is cut, so that whoever writes it need not go on.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            escape(self.out, text);
            return Ok(());
        }
        // Nothing is left after a cut, so a second one adds nothing.
        if self.left > 0 {
            escape(self.out, text.get(..text.floor_char_boundary(self.left)).unwrap_or_default());
            self.out.extend_from_slice(CUT);
            self.left = 0;
        }
        Err(fmt::Error)
    }
}

/// Appends a text, cut if it is long.
pub fn text(out: &mut Vec<u8>, text: &str) {
    // An error only tells that it was cut.
    let _ = fmt::Write::write_str(&mut Escaped::new(out), text);
}

/// What has to be done with a byte of UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    /// Never stands as it is.
    Escape,
    /// The first byte of a character that may have to be escaped.
    Look,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 0x20 {
        classes[byte] = Class::Escape;
        byte += 1;
    }
    classes[b'"' as usize] = Class::Escape;
    classes[b'\\' as usize] = Class::Escape;
    classes[0x7f] = Class::Escape;
    // U+0080 to U+00BF, and U+2000 to U+2FFF.
    classes[0xc2] = Class::Look;
    classes[0xe2] = Class::Look;
    classes
};

fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while let Some(at) = first_not_plain(rest.as_bytes()) {
        // `at` is where a character begins: of the longer ones only first bytes are not plain.
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let mut chars = from.chars();
        if let Some(char) = chars.next() {
            escape_char(out, char);
        }
        rest = chars.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Where the first byte stands that has to be looked at. Nearly all text is plain ASCII, which is passed eight bytes at a
/// time.
fn first_not_plain(bytes: &[u8]) -> Option<usize> {
    let (words, _) = bytes.as_chunks::<8>();
    let passed = 8 * words.iter().take_while(|word| is_plain_ascii(u64::from_le_bytes(**word))).count();
    let left = bytes.get(passed..).unwrap_or_default();
    left.iter().position(|byte| CLASSES[usize::from(*byte)] != Class::Plain).map(|at| passed + at)
}

/// Whether eight bytes are plain and ASCII.
const fn is_plain_ascii(word: u64) -> bool {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    // The top bit of each byte that is below `limit`, and perhaps of those above such a byte: of no word that has none.
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(all(limit)) & !word
    }
    let equal = below(word ^ all(b'"'), 1) | below(word ^ all(b'\\'), 1) | below(word ^ all(0x7f), 1);
    (word | below(word, 0x20) | equal) & all(0x80) == 0
}

fn escape_char(out: &mut Vec<u8>, char: char) {
    match char {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        _ if char.is_control() || is_disruptive(char) => {
            let code = u32::from(char);
            out.extend_from_slice(b"\\u");
            out.extend([12, 8, 4, 0].map(|shift| b"0123456789abcdef"[(code >> shift & 0xf) as usize]));
        }
        _ => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// The separators of lines and paragraphs, and what changes the direction of text.
fn is_disruptive(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(value: &str) -> String {
        let mut out = Vec::new();
        text(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_disrupts_lines_or_terminals_is_escaped() {
        for (value, shown) in [
            ("plain, ünïcödé, 犬", "plain, ünïcödé, 犬"),
            ("a\"b\\c", r#"a\"b\\c"#),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\x1b[31mred\x07\x7f", r"\u001b[31mred\u0007\u007f"),
            ("\u{9b}31m\u{85}\u{a0}", "\\u009b31m\\u0085\u{a0}"),
            ("a\u{2028}b\u{2029}c", r"a\u2028b\u2029c"),
            ("\u{202e}gpj.exe\u{2066}", r"\u202egpj.exe\u2066"),
            ("“quoted” …", "“quoted” …"),
        ] {
            assert_eq!(escaped(value), shown);
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let long = "é".repeat(MAX_VALUE_BYTES);
        assert_eq!(escaped(&long), format!("{}…", "é".repeat(MAX_VALUE_BYTES / 2)));
        let mut out = Vec::new();
        let mut value = Escaped::new(&mut out);
        let ended = fmt::write(&mut value, format_args!("{}{}{}", "a".repeat(1_000), "b".repeat(1_000), "c"));
        assert!(ended.is_err(), "nothing more is asked of what is cut");
        assert_eq!(out.len(), MAX_VALUE_BYTES + CUT.len());
    }

    #[test]
    fn words_are_plain_when_each_of_their_bytes_is() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut word = *b"plain as";
                word[place] = byte;
                let plain = byte.is_ascii() && CLASSES[usize::from(byte)] == Class::Plain;
                assert_eq!(is_plain_ascii(u64::from_le_bytes(word)), plain, "{byte:#x} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_json_reader_gets_the_text_back(value in "\\PC*|.*") {
            prop_assume!(value.len() <= MAX_VALUE_BYTES);
            let json = format!("\"{}\"", escaped(&value));
            prop_assert!(!json.chars().any(|char| char.is_control() || is_disruptive(char)));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), value);
        }
    }
}
