//! Any bytes: an error or a value, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ossein_scan::npy::read(bytes, None, 1 << 26);
});
