//! Any bytes: an error or a value, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ossein_mesh::files::read_as::<ossein_geom::Lps>("ply", bytes);
});
