//! `Accept` headers: whatever they say, an answer is chosen, and JSON is never sent to who refuses it.
#![no_main]

use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use sirius::http::api::negotiate::{accepts_json, preferred_form};

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    // A line of the input is a header of its own, as clients may send them.
    for line in data.split(|&byte| byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::ACCEPT, value);
        }
    }
    let form = preferred_form(&headers);
    if accepts_json(&headers) {
        assert!(form.is_some(), "JSON is acceptable");
    }
});
