//! Any bytes: an error or a value, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ossein_scan::markups::read("points.mrk.json", bytes, None);
    let _ = ossein_scan::markups::read("points.csv", bytes, Some(ossein_scan::markups::Frame::Ras));
});
