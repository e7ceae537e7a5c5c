//! Cursors: where a walk or a list goes on, opaque to clients and authenticated.
//!
//! A cursor carries all that the next step depends on, so that any replica can take it and no server remembers
//! anything. Its code is `base64url(version, kind, fields, tag)` without padding, where the tag is the first 16 bytes of
//! the HMAC-SHA-256 of all before it, under a key that the replicas share.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::{Filter, ImageNumber, Kind, Tag};
use crate::services::catalogue::ListPosition;
use crate::services::random::Walk;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
/// The longest code that is read: somewhat more than that of a filter with the most and longest tags.
const MAX_CHARS: usize = 12 * 1_024;

/// Where something goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// A walk without repeats.
    Walk(Walk),
    /// A list of the catalogue.
    List(ListPosition),
}

/// A text that is not a cursor that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Made up, cut short or changed on its way; or the database it was made with is another.
    #[error("this is not a cursor that this service made; send `next_cursor` of the last answer, unchanged")]
    Forged,
    /// Made by a Sirius that writes cursors in another way.
    #[error("this cursor was made by another version of the service; begin again without a cursor")]
    Version,
    /// That of a list where one of a walk belongs.
    #[error("this cursor belongs to a list; a walk takes the `next_cursor` of a walk")]
    NotOfWalk,
    /// That of a walk where one of a list belongs.
    #[error("this cursor belongs to a walk; a list takes the `next_cursor` of a list")]
    NotOfList,
}

impl Cursor {
    /// The walk to go on with.
    ///
    /// # Errors
    /// When it is a list that goes on.
    pub fn into_walk(self) -> Result<Walk, CursorError> {
        match self {
            Self::Walk(walk) => Ok(walk),
            Self::List(_) => Err(CursorError::NotOfWalk),
        }
    }

    /// The list to go on with.
    ///
    /// # Errors
    /// When it is a walk that goes on.
    pub fn into_list(self) -> Result<ListPosition, CursorError> {
        match self {
            Self::List(position) => Ok(position),
            Self::Walk(_) => Err(CursorError::NotOfList),
        }
    }
}

/// Makes cursors and reads them back.
#[derive(Clone)]
pub struct Cursors {
    /// Already fed with the key.
    mac: Hmac<Sha256>,
}

impl Cursors {
    /// For the key that all replicas share.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        // HMAC fills a shorter key with zeros up to a block of the hash.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        // What is authenticated under the key here is a cursor and nothing else.
        mac.update(b"sirius cursor\0");
        Self { mac }
    }

    /// The code of a cursor, for the client.
    #[must_use]
    pub fn seal(&self, cursor: &Cursor) -> String {
        let mut bytes = encode(cursor);
        let tag = self.mac.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag[..TAG_BYTES]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor of a code from a client.
    ///
    /// # Errors
    /// When this service did not make exactly that code, or made it in another version.
    pub fn open(&self, code: &str) -> Result<Cursor, CursorError> {
        if code.len() > MAX_CHARS {
            return Err(CursorError::Forged);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(code).map_err(|_| CursorError::Forged)?;
        let (body, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(CursorError::Forged)?;
        // Compares in constant time.
        self.mac.clone().chain_update(body).verify_truncated_left(tag).map_err(|_| CursorError::Forged)?;
        match body.split_first() {
            Some((&VERSION, fields)) => decode(fields).ok_or(CursorError::Forged),
            _ => Err(CursorError::Version),
        }
    }
}

/// The version, a byte for the kind, then its fields.
fn encode(cursor: &Cursor) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(VERSION);
    match cursor {
        Cursor::Walk(walk) => {
            out.push(b'w');
            out.extend_from_slice(&walk.key.to_be_bytes());
            put(&mut out, walk.newest.0);
            put(&mut out, walk.position);
            put_filter(&mut out, &walk.filter);
        }
        Cursor::List(list) => {
            out.push(b'l');
            put(&mut out, list.limit);
            out.push(u8::from(list.before.is_some()));
            put(&mut out, list.before.map_or(0, |number| number.0));
            put_filter(&mut out, &list.filter);
        }
    }
    out
}

fn put_filter(out: &mut Vec<u8>, filter: &Filter) {
    out.push(match filter.kind() {
        None => 0,
        Some(Kind::Still) => 1,
        Some(Kind::Animated) => 2,
    });
    for tags in [filter.tags(), filter.without()] {
        // A filter has at most 16 tags of at most 64 characters.
        out.push(u8::try_from(tags.len()).unwrap_or(u8::MAX));
        for tag in tags.iter().map(Tag::as_str) {
            put(out, u32::try_from(tag.len()).unwrap_or(u32::MAX));
            out.extend_from_slice(tag.as_bytes());
        }
    }
}

/// Seven bits a byte, the least significant first; the top bit says that there are more (LEB128).
fn put(out: &mut Vec<u8>, mut value: u32) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn decode(bytes: &[u8]) -> Option<Cursor> {
    let (kind, fields) = bytes.split_first()?;
    let mut fields = Fields(fields);
    let cursor = match kind {
        b'w' => {
            let key = u64::from_be_bytes(*fields.chunk()?);
            let (newest, position) = (ImageNumber(fields.number()?), fields.number()?);
            Cursor::Walk(Walk { filter: fields.filter()?, key, newest, position })
        }
        b'l' => {
            let limit = fields.number()?;
            let [has_before] = *fields.chunk()?;
            let before = fields.number()?;
            let before = (has_before == 1).then_some(ImageNumber(before));
            Cursor::List(ListPosition { filter: fields.filter()?, limit, before })
        }
        _ => return None,
    };
    fields.0.is_empty().then_some(cursor)
}

/// What is left to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn chunk<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(chunk)
    }

    fn number(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = *self.chunk()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    fn filter(&mut self) -> Option<Filter> {
        let [kind] = *self.chunk()?;
        let kind = match kind {
            0 => None,
            1 => Some(Kind::Still),
            2 => Some(Kind::Animated),
            _ => return None,
        };
        let (tags, without) = (self.labels()?, self.labels()?);
        Filter::parse(&tags, &without, kind).ok()
    }

    fn labels(&mut self) -> Option<Vec<String>> {
        let [count] = *self.chunk()?;
        (0..count)
            .map(|_| {
                let len = self.number()? as usize;
                let (label, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                String::from_utf8(label.to_vec()).ok()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn cursors() -> Cursors {
        Cursors::new([7; 32])
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let labels = || vec("[a-zé0-9 ]{0,30}[a-z]", 0..5);
        let kinds = option::of(prop_oneof![Just(Kind::Still), Just(Kind::Animated)]);
        (labels(), labels(), kinds).prop_map(|(tags, without, kind)| Filter::parse(&tags, &without, kind).unwrap())
    }

    fn any_cursor() -> impl Strategy<Value = Cursor> {
        let walks = (filters(), any::<(u64, u32, u32)>()).prop_map(|(filter, (key, newest, position))| {
            Cursor::Walk(Walk { filter, key, newest: ImageNumber(newest), position })
        });
        let lists = (filters(), any::<(u32, Option<u32>)>()).prop_map(|(filter, (limit, before))| {
            Cursor::List(ListPosition { filter, limit, before: before.map(ImageNumber) })
        });
        prop_oneof![walks, lists]
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_sealed(cursor in any_cursor()) {
            prop_assert_eq!(cursors().open(&cursors().seal(&cursor)), Ok(cursor));
        }

        #[test]
        fn a_cursor_in_which_one_bit_is_changed_is_refused(cursor in any_cursor(), place: prop::sample::Index, bit in 0..7u8) {
            let mut code = cursors().seal(&cursor).into_bytes();
            let place = place.index(code.len());
            code[place] ^= 1 << bit;
            let code = String::from_utf8(code).unwrap();
            prop_assert_eq!(cursors().open(&code), Err(CursorError::Forged));
        }

        #[test]
        fn a_cursor_cut_short_or_made_longer_is_refused(cursor in any_cursor(), end: prop::sample::Index, more in "[A-Za-z0-9_-]{1,9}") {
            let code = cursors().seal(&cursor);
            prop_assert_eq!(cursors().open(&code[..end.index(code.len())]), Err(CursorError::Forged));
            prop_assert_eq!(cursors().open(&format!("{code}{more}")), Err(CursorError::Forged));
        }

        #[test]
        fn no_text_makes_it_panic(code in ".{0,100}", body in vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(cursors().open(&code), Err(CursorError::Forged));
            // Even were the key known.
            let _ = decode(&body);
        }
    }

    #[test]
    fn another_key_makes_other_cursors() {
        let cursor = Cursor::List(ListPosition::newest(Filter::everything(), 20));
        assert_eq!(Cursors::new([8; 32]).open(&cursors().seal(&cursor)), Err(CursorError::Forged));
    }

    #[test]
    fn the_largest_filter_fits() {
        let labels = |first: char| {
            (0..16)
                .map(|tag| format!("{first}{}{}", char::from(b'a' + tag), "\u{20000}".repeat(62)))
                .collect::<Vec<_>>()
        };
        let filter = Filter::parse(&labels('a'), &labels('b'), Some(Kind::Animated)).unwrap();
        let cursor = Cursor::Walk(Walk { filter, key: u64::MAX, newest: ImageNumber(u32::MAX), position: u32::MAX });
        let code = cursors().seal(&cursor);
        assert_eq!(cursors().open(&code), Ok(cursor));
        assert_eq!(cursors().open(&"A".repeat(MAX_CHARS + 1)), Err(CursorError::Forged));
    }

    #[test]
    fn a_cursor_of_another_version_says_so() {
        let mut bytes = encode(&Cursor::List(ListPosition::newest(Filter::everything(), 20)));
        bytes[0] = VERSION + 1;
        let tag = cursors().mac.chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag[..TAG_BYTES]);
        assert_eq!(cursors().open(&BASE64_URL_SAFE_NO_PAD.encode(bytes)), Err(CursorError::Version));
    }

    #[test]
    fn a_cursor_of_the_other_kind_is_refused() {
        let list = ListPosition::newest(Filter::everything(), 20);
        let walk = Walk { filter: Filter::everything(), key: 1, newest: ImageNumber(3), position: 2 };
        assert_eq!(Cursor::List(list.clone()).into_walk(), Err(CursorError::NotOfWalk));
        assert_eq!(Cursor::Walk(walk.clone()).into_list(), Err(CursorError::NotOfList));
        assert_eq!(Cursor::List(list.clone()).into_list(), Ok(list));
        assert_eq!(Cursor::Walk(walk.clone()).into_walk(), Ok(walk));
    }
}
