//! Lossless WebP: how much memory its tables take, told without decoding the picture;
//! <https://www.rfc-editor.org/rfc/rfc9649>, section 3.
//!
//! A picture may have 65,536 groups of five prefix codes each. Sixteen bytes of a file make a code whose table takes
//! 4 KiB in the decoder, which reserves it whatever its limit is told to be: a file of 4 MB takes more than a gigabyte.
//! Encoders write a few dozen groups. So the codes are read here first, and nothing after them. How many groups there
//! are is the greatest number in a small picture of its own; what is copied within that is not greater than what it is
//! copied from, so that it need not be kept.

use super::bytes::Short;

/// What the decoder keeps for a code beside its table.
const CODE_BYTES: u64 = 64;
/// Bits by which the decoder looks up a symbol at once; for longer ones it has a tree.
const TABLE_BITS: usize = 10;
const MAX_LENGTH: usize = 15;

/// The order in which the lengths of the code for lengths are written.
const LENGTHS_ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// The bytes of all tables of a picture with these measures, whose header has been taken away; at least `enough` where
/// they are more, which are not counted to their end.
pub(super) fn tables_bytes(stream: &[u8], width: u32, height: u32, enough: u64) -> Result<u64, Short> {
    let mut bits = Bits { stream, at: 0 };
    let mut columns = width;
    while bits.flag()? {
        match bits.take(2)? {
            0 | 1 => {
                let block = bits.take(3)? + 2;
                bits.small_picture(columns.div_ceil(1 << block), height.div_ceil(1 << block))?;
            }
            2 => {}
            _ => {
                let colours = bits.take(8)? + 1;
                bits.small_picture(colours, 1)?;
                let packed = if colours <= 2 { 3 } else { u32::from(colours <= 16) + u32::from(colours <= 4) };
                columns = columns.div_ceil(1 << packed);
            }
        }
    }
    let cache = bits.cache()?;
    let mut groups = 1;
    if bits.flag()? {
        let block = bits.take(3)? + 2;
        groups = bits.small_picture(columns.div_ceil(1 << block), height.div_ceil(1 << block))? + 1;
    }
    let mut tables = 0;
    for _ in 0..groups {
        tables += bits.group(cache)?.iter().map(Code::bytes).sum::<u64>();
        if tables > enough {
            break;
        }
    }
    Ok(tables)
}

/// Bits from the lowest of each byte to the highest.
struct Bits<'a> {
    stream: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Result<bool, Short> {
        let byte = self.stream.get(self.at / 8).ok_or(Short)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// At most 31 bits, the lowest first.
    fn take(&mut self, count: u32) -> Result<u32, Short> {
        (0..count).try_fold(0, |value, bit| Ok(value | u32::from(self.flag()?) << bit))
    }

    /// How many colours are remembered.
    fn cache(&mut self) -> Result<usize, Short> {
        if !self.flag()? {
            return Ok(0);
        }
        match self.take(4)? {
            bits @ 1..=11 => Ok(1 << bits),
            _ => Err(Short),
        }
    }

    /// The codes for green and lengths, red, blue, alpha, and distances.
    fn group(&mut self, cache: usize) -> Result<[Code; 5], Short> {
        Ok([self.code(256 + 24 + cache)?, self.code(256)?, self.code(256)?, self.code(256)?, self.code(40)?])
    }

    fn code(&mut self, symbols: usize) -> Result<Code, Short> {
        if self.flag()? {
            return self.simple_code(symbols);
        }
        let mut of_lengths = vec![0; LENGTHS_ORDER.len()];
        let count = 4 + self.take(4)? as usize;
        for &symbol in &LENGTHS_ORDER[..count] {
            of_lengths[symbol] = u8::try_from(self.take(3)?).unwrap_or_default();
        }
        let of_lengths = Code::new(&of_lengths)?;
        let mut left = symbols;
        if self.flag()? {
            let bits = 2 + 2 * self.take(3)?;
            left = 2 + self.take(bits)? as usize;
            if left > symbols {
                return Err(Short);
            }
        }
        let mut lengths = vec![0; symbols];
        let (mut symbol, mut previous) = (0, 8);
        while symbol < symbols && left > 0 {
            left -= 1;
            let length = self.symbol(&of_lengths)?;
            let (length, times) = match length {
                16 => (previous, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (u8::try_from(length).unwrap_or_default(), 1),
            };
            previous = if length == 0 { previous } else { length };
            let end = symbol + times as usize;
            lengths.get_mut(symbol..end).ok_or(Short)?.fill(length);
            symbol = end;
        }
        Code::new(&lengths)
    }

    /// One symbol or two, which are written in no bits and in one.
    fn simple_code(&mut self, symbols: usize) -> Result<Code, Short> {
        let has_two = self.flag()?;
        let bits = if self.flag()? { 8 } else { 1 };
        let mut found = vec![self.take(bits)?];
        if has_two {
            found.push(self.take(8)?);
        }
        let mut code = Code { counts: [0; MAX_LENGTH + 1], symbols: Vec::with_capacity(2) };
        code.counts[1] = found.len();
        for symbol in found {
            code.symbols.push(u16::try_from(symbol).ok().filter(|&symbol| usize::from(symbol) < symbols).ok_or(Short)?);
        }
        Ok(code)
    }

    /// By the first code of each length and how many there are.
    fn symbol(&mut self, code: &Code) -> Result<usize, Short> {
        if let [single] = code.symbols[..] {
            return Ok(single.into());
        }
        let (mut value, mut first, mut before) = (0, 0, 0);
        for &count in &code.counts[1..] {
            value |= usize::from(self.flag()?);
            if value < first + count {
                return code.symbols.get(before + value - first).map(|&symbol| symbol.into()).ok_or(Short);
            }
            before += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        Err(Short)
    }

    /// A picture with one group of codes; the greatest number that red and green make together.
    fn small_picture(&mut self, width: u32, height: u32) -> Result<u32, Short> {
        let cache = self.cache()?;
        let [green, red, blue, alpha, distance] = self.group(cache)?;
        let mut left = u64::from(width) * u64::from(height);
        let mut greatest = 0;
        while left > 0 {
            let symbol = self.symbol(&green)?;
            let mut pixels = 1;
            if symbol < 256 {
                let number = self.symbol(&red)? << 8 | symbol;
                greatest = greatest.max(u32::try_from(number).unwrap_or(u32::MAX));
                self.symbol(&blue)?;
                self.symbol(&alpha)?;
            } else if symbol < 256 + 24 {
                pixels = self.length(symbol - 256)?;
                let symbol = self.symbol(&distance)?;
                self.length(symbol)?;
            }
            left = left.checked_sub(pixels).ok_or(Short)?;
        }
        Ok(greatest)
    }

    /// Lengths and distances are written as their magnitude and bits.
    fn length(&mut self, symbol: usize) -> Result<u64, Short> {
        let symbol = u64::try_from(symbol).map_err(|_| Short)?;
        if symbol < 4 {
            return Ok(symbol + 1);
        }
        let extra = (symbol - 2) >> 1;
        let more = self.take(u32::try_from(extra).map_err(|_| Short)?)?;
        Ok(((2 + (symbol & 1)) << extra) + u64::from(more) + 1)
    }
}

/// A canonical prefix code.
struct Code {
    /// How many symbols have each length.
    counts: [usize; MAX_LENGTH + 1],
    /// Sorted by length.
    symbols: Vec<u16>,
}

impl Code {
    /// One symbol is written in no bits; two and more must use up all codes.
    fn new(lengths: &[u8]) -> Result<Self, Short> {
        let mut code = Self { counts: [0; MAX_LENGTH + 1], symbols: Vec::new() };
        for (symbol, &length) in (0..).zip(lengths).filter(|(_, length)| **length > 0) {
            code.counts[usize::from(length).min(MAX_LENGTH)] += 1;
            code.symbols.push(symbol);
        }
        code.symbols.sort_by_key(|&symbol: &u16| lengths[usize::from(symbol)]);
        let used: usize = (1..).zip(&code.counts[1..]).map(|(length, count)| count << (MAX_LENGTH - length)).sum();
        let is_complete = code.symbols.len() == 1 || used == 1 << MAX_LENGTH;
        if is_complete { Ok(code) } else { Err(Short) }
    }

    /// What the decoder takes for it: 4 bytes for each entry of the table, 16 for each of two nodes of the tree.
    fn bytes(&self) -> u64 {
        if self.symbols.len() < 2 {
            return CODE_BYTES;
        }
        let longest = self.counts.iter().rposition(|&count| count > 0).unwrap_or_default();
        let deep: usize = self.counts[TABLE_BITS + 1..].iter().sum();
        CODE_BYTES + (4_u64 << longest.min(TABLE_BITS)) + 64 * deep as u64
    }
}
