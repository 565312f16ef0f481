//! Any bytes: an error or slices, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ossein_print::slice3mf::read(std::io::Cursor::new(bytes), |_| Ok(()));
});
