//! `Range` headers: a part that is sent lies within the picture and holds something.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius::http::api::range::{Asked, asked};

fuzz_target!(|input: (u64, &str)| {
    let (length, header) = input;
    if let Asked::Part(part) = asked(Some(header), length) {
        assert!(part.start < part.end && part.end <= length, "{part:?} of {length}");
    }
});
