//! ASTM F2077 in the computer: the implant between conforming blocks under axial compression,
//! compression with shear at 45 degrees towards the front, and torsion. The standard sets no load:
//! 1 kN and 1 N m are measures, and figures of the linear model scale with them. Source: facts
//! D4.1.

use super::column::{AXES, case};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "astm_f2077",
    title: "Static compression, 45 degree shear and torsion between conforming blocks",
    axes: AXES,
    source: "ASTM F2077 (facts D4.1)",
    cases: Cases::Fixed(cases),
};

const FORCE_N: f64 = 1000.0;
const TORQUE_NMM: f64 = 1000.0;

fn cases() -> Vec<RegionCase> {
    let slanted = FORCE_N * std::f64::consts::FRAC_1_SQRT_2;
    vec![
        case("compression", [0.0, 0.0, -FORCE_N], [0.0; 3]),
        case("compression_shear", [0.0, -slanted, -slanted], [0.0; 3]),
        case("torsion", [0.0; 3], [0.0, 0.0, TORQUE_NMM]),
    ]
}
