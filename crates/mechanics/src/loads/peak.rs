//! The largest force that instrumented lumbar vertebral body replacements have measured in daily
//! life, 1650 N, as axial compression. Source: Rohlmann, PLoS ONE 2014 (facts D1.29).

use super::column::{AXES, case};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "peak_compression",
    title: "1650 N, the largest in-vivo force",
    axes: AXES,
    source: "facts D1.29",
    cases: Cases::Fixed(cases),
};

const PEAK_N: f64 = 1650.0;

fn cases() -> Vec<RegionCase> {
    vec![case("peak_compression", [0.0, 0.0, -PEAK_N], [0.0; 3])]
}
