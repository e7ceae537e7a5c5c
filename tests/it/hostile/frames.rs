//! HTTP/2 byte by byte: frames that no client library would send (RFC 9113, section 6, and RFC 7541).

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
/// A kind that nobody has defined: to be ignored.
pub const UNKNOWN: u8 = 0xbe;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// The setting that says how much the server may send of a response unasked.
pub const INITIAL_WINDOW_SIZE: u16 = 4;

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// How a client begins.
pub fn opening(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &self::settings(settings)));
    bytes
}

/// What a frame of settings holds.
pub fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    settings.iter().flat_map(|(name, value)| [name.to_be_bytes().as_slice(), &value.to_be_bytes()].concat()).collect()
}

/// The block of a `GET`, from the static table and plain literals that are not to be indexed.
pub fn get(path: &str) -> Vec<u8> {
    // :method GET, :scheme http; :path and :authority literally.
    let mut block = vec![0x82, 0x86];
    for (name, value) in [(0x04, path), (0x01, "test")] {
        block.push(name);
        block.push(u8::try_from(value.len()).ok().filter(|length| *length < 127).unwrap());
        block.extend(value.bytes());
    }
    block
}

/// The error code of a stream that was not begun, and may be asked for again.
pub const REFUSED_STREAM: u32 = 7;

/// The kinds of the whole frames in what a server said.
pub fn kinds(bytes: &[u8]) -> Vec<u8> {
    frames(bytes).map(|(kind, _)| kind).collect()
}

/// The error codes of the streams that a server reset.
pub fn resets(bytes: &[u8]) -> Vec<u32> {
    let resets = frames(bytes).filter(|(kind, _)| *kind == RST_STREAM);
    resets.map(|(_, code)| u32::from_be_bytes(code.try_into().unwrap())).collect()
}

/// The whole frames in what a server said: the kind and the payload of each.
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes else { return None };
        let (payload, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap())?;
        bytes = rest;
        Some((*kind, payload))
    })
}
