//! JSON as the API's answers have it, written straight into bytes: what serde's derive says of a value, and the same
//! bytes as `serde_json` writes.
//!
//! That looks at every byte of every text and of every name by itself. Here all bytes of a text are looked at together, and
//! only where one has to be escaped is `serde_json` asked for that text; names are those of our structs, in which none has.
//! Of serde's kinds of values only those are known that answers are made of.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeSeq, SerializeStruct, Serializer};

/// Appends a value.
///
/// # Errors
/// When there is something in it that no answer is made of, such as a map; part of it has been written then.
pub fn write(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Unknown> {
    value.serialize(Json(out))
}

/// A kind of value that is not known here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unknown(String);

impl ser::Error for Unknown {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A place for one value.
struct Json<'a>(&'a mut Vec<u8>);

impl Json<'_> {
    fn integer(self, number: impl itoa::Integer) {
        self.0.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn text(self, text: &str) -> Result<(), Unknown> {
        if has_to_be_escaped(text.as_bytes()) {
            return serde_json::to_writer(self.0, text).map_err(ser::Error::custom);
        }
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }
}

/// The elements of a list, or the members of an object.
struct Several<'a> {
    out: &'a mut Vec<u8>,
    /// What stands before the next one.
    before: u8,
}

impl Several<'_> {
    fn next(&mut self) -> &mut Vec<u8> {
        self.out.push(std::mem::replace(&mut self.before, b','));
        self.out
    }

    fn end(self, open: u8, close: u8) {
        // Nothing has been written of one that is empty.
        if self.before == open {
            self.out.push(open);
        }
        self.out.push(close);
    }
}

impl SerializeSeq for Several<'_> {
    type Ok = ();
    type Error = Unknown;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unknown> {
        value.serialize(Json(self.next()))
    }

    fn end(self) -> Result<(), Unknown> {
        Several::end(self, b'[', b']');
        Ok(())
    }
}

impl SerializeStruct for Several<'_> {
    type Ok = ();
    type Error = Unknown;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unknown> {
        let out = self.next();
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        value.serialize(Json(out))
    }

    fn end(self) -> Result<(), Unknown> {
        Several::end(self, b'{', b'}');
        Ok(())
    }
}

/// What no answer is made of.
type Never = Impossible<(), Unknown>;

fn unknown<T>(kind: &str) -> Result<T, Unknown> {
    Err(Unknown(format!("{kind} is not written here")))
}

impl<'a> Serializer for Json<'a> {
    type Ok = ();
    type Error = Unknown;
    type SerializeSeq = Several<'a>;
    type SerializeStruct = Several<'a>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result<(), Unknown> {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unknown> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unknown> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unknown> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unknown> {
        self.integer(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unknown> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unknown> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unknown> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unknown> {
        self.integer(value);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), Unknown> {
        unknown("a fraction")
    }

    fn serialize_f64(self, _: f64) -> Result<(), Unknown> {
        unknown("a fraction")
    }

    fn serialize_char(self, value: char) -> Result<(), Unknown> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unknown> {
        self.text(value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Unknown> {
        let start = self.0.len();
        self.0.push(b'"');
        write!(Bytes(&mut *self.0), "{value}").map_err(ser::Error::custom)?;
        let text = self.0.get(start + 1..).unwrap_or_default();
        if has_to_be_escaped(text) {
            self.0.truncate(start);
            return serde_json::to_writer(self.0, &value.to_string()).map_err(ser::Error::custom);
        }
        self.0.push(b'"');
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unknown> {
        unknown("a text that may be none")
    }

    fn serialize_none(self) -> Result<(), Unknown> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unknown> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unknown> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unknown> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), Unknown> {
        self.text(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unknown> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unknown> {
        unknown("one of several kinds")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Several<'a>, Unknown> {
        Ok(Several { out: self.0, before: b'[' })
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Unknown> {
        unknown("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Unknown> {
        unknown("a tuple")
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Unknown> {
        unknown("one of several kinds")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Unknown> {
        unknown("a map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Several<'a>, Unknown> {
        Ok(Several { out: self.0, before: b'{' })
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Unknown> {
        unknown("one of several kinds")
    }
}

/// Whether JSON wants anything of a text escaped, found out eight bytes at a time.
fn has_to_be_escaped(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [b'.'; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).any(|word| has_special(u64::from_le_bytes(*word)))
}

/// Whether one of eight bytes is a control character, a quotation mark or a backslash.
const fn has_special(word: u64) -> bool {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    // The top bit of each byte that is below `limit`, and perhaps of those above such a byte: of no word that has none.
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(all(limit)) & !word
    }
    (below(word, b' ') | below(word ^ all(b'"'), 1) | below(word ^ all(b'\\'), 1)) & all(0x80) != 0
}

struct Bytes<'a>(&'a mut Vec<u8>);

impl fmt::Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Inner<'a> {
        text: &'a str,
        none: Option<u8>,
    }

    #[derive(Serialize)]
    struct Outer<'a> {
        list: Vec<Inner<'a>>,
        empty: Vec<u8>,
        letter: char,
        yes: bool,
        below: i64,
        above: u64,
        displayed: Displayed<'a>,
    }

    #[derive(Serialize)]
    struct Empty {}

    struct Displayed<'a>(&'a str);

    impl Serialize for Displayed<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self.0)
        }
    }

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn bytes_are_those_of_serde_json(text in "\\PC*|.*|[ -~]*", letter: char, below: i64, above: u64, several in 0..3_usize) {
            let list = (0..several).map(|_| Inner { text: &text, none: None }).collect();
            let (empty, yes, displayed) = (Vec::new(), above % 2 == 0, Displayed(&text));
            let value = Outer { list, empty, letter, yes, below, above, displayed };
            prop_assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
        }
    }

    #[test]
    fn words_are_special_when_one_of_their_bytes_is() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut word = *b"plain as";
                word[place] = byte;
                let special = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(has_special(u64::from_le_bytes(word)), special, "{byte:#x} at {place}");
                assert_eq!(has_to_be_escaped(&word[..=place]), special, "{byte:#x} is the last of {}", place + 1);
            }
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let mut out = Vec::new();
        for result in [write(&mut out, &0.5), write(&mut out, &(1, 2)), write(&mut out, &[("a", 1)])] {
            assert!(result.unwrap_err().to_string().ends_with("is not written here"));
        }
        assert_eq!(written(&Empty {}), "{}");
        assert_eq!(written(&Vec::<u8>::new()), "[]");
    }
}
