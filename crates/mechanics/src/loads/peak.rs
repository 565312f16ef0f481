//! The largest force that instrumented lumbar vertebral body replacements have measured in daily
//! life, 1650 N, as axial compression. Source: Rohlmann, PLoS ONE 2014 (facts D1.29).

use super::LoadSet;
use crate::boundary::LoadCase;

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "peak_compression",
    title: "1650 N, the largest in-vivo force",
    source: "facts D1.29",
    cases,
};

const PEAK_N: f64 = 1650.0;

fn cases() -> Vec<LoadCase> {
    let force_n = [0.0, 0.0, -PEAK_N];
    vec![LoadCase { name: "peak_compression".into(), force_n, moment_nmm: [0.0; 3] }]
}
