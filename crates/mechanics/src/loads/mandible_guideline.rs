//! What a regulator asks of a device that replaces a part of the mandible: it bears 2500 N of
//! compression near the joint once, and 497 N ten million times. Source: the Chinese guideline on
//! registration of mandible prostheses (facts D2.2).

use super::column::{AXES, case};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_guideline",
    title: "Compression of a mandible prosthesis: 2500 N once, 497 N in fatigue",
    axes: AXES,
    source: "NMPA guideline on mandible prostheses (facts D2.2)",
    cases: Cases::Fixed(cases),
};

const STATIC_N: f64 = 2500.0;
const FATIGUE_PEAK_N: f64 = 497.0;

fn cases() -> Vec<RegionCase> {
    vec![
        case("static_compression", [0.0, 0.0, -STATIC_N], [0.0; 3]),
        case("fatigue_peak", [0.0, 0.0, -FATIGUE_PEAK_N], [0.0; 3]),
    ]
}
