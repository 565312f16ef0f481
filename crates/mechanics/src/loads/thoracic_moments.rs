//! Thoracic and thoracolumbar constructs: 200 N of axial compression, alone and with a moment of
//! 7.5 N m in each of six directions. Source: the convention of JOSR 2021 and of most papers on
//! total en bloc spondylectomy between T10 and L2 (facts D1.35).

use super::column::{AXES, case, six_moments};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "thoracic_moments",
    title: "200 N with 7.5 N m in six directions",
    axes: AXES,
    source: "facts D1.35",
    cases: Cases::Fixed(cases),
};

const AXIAL_N: f64 = 200.0;
const MOMENT_NMM: f64 = 7500.0;

fn cases() -> Vec<RegionCase> {
    let compression = case("compression", [0.0, 0.0, -AXIAL_N], [0.0; 3]);
    [compression].into_iter().chain(six_moments(AXIAL_N, MOMENT_NMM)).collect()
}
