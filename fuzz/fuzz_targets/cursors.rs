//! Cursors: made up, and made up by someone who knows the key, so that what lies behind the check is reached too.
#![no_main]

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;
use sirius::services::cursor::Cursors;

fuzz_target!(|data: &[u8]| {
    let cursors = Cursors::new([7; 32]);
    if let Ok(code) = std::str::from_utf8(data) {
        let _ = cursors.open(code);
    }
    if let Ok(cursor) = cursors.open(&sealed(data)) {
        assert_eq!(cursors.open(&cursors.seal(&cursor)), Ok(cursor), "what is read is written the same");
    }
});

/// As `Cursors::seal` does it, around any bytes.
fn sealed(body: &[u8]) -> String {
    let mut key = [0; 64];
    key[..32].fill(7);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
    mac.update(b"sirius cursor\0");
    mac.update(body);
    BASE64_URL_SAFE_NO_PAD.encode([body, &mac.finalize().into_bytes()[..16]].concat())
}
