//! Any bytes as the only file of a folder: an error or a report, never a panic.
#![no_main]

use ossein_scan::{ImportOptions, InProcess, MemorySource, import};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let source = MemorySource::new(vec![("scan".into(), bytes.to_vec())]);
    let options = ImportOptions { series: None, today: None, byte_count_max: 1 << 26 };
    let _ = import(&source, &InProcess, &options, &ossein_geom::Job::quiet());
});

