//! Pictures: whatever the bytes are, they are taken or rejected, and what is kept is kept as it is the next time.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sirius::config::Pictures;
use sirius::transform::inspect;

/// Smaller than what is served, so that a large picture does not slow down the search for small faults.
static LIMITS: LazyLock<Pictures> = LazyLock::new(|| Pictures {
    max_bytes: 1 << 20,
    max_side: 4_096,
    max_pixels: 1 << 20,
    max_total_pixels: 1 << 26,
    ..Pictures::default()
});

fuzz_target!(|data: &[u8]| {
    let Ok((clean, inspected)) = inspect(data.to_vec(), &LIMITS) else { return };
    assert!(clean.bytes().len() <= data.len(), "it never grows");
    assert!(u64::from(inspected.width) * u64::from(inspected.height) <= LIMITS.max_pixels, "{inspected:?}");
    let (again, same) = inspect(clean.bytes().to_vec(), &LIMITS).expect("what was taken is taken again");
    assert_eq!(again.bytes(), clean.bytes(), "what is clean stays as it is");
    assert_eq!(same, inspected, "and is the same picture");
});
