//! Lumbar constructs in daily life: compression with the moment that goes with it. Source:
//! Rohlmann 2009, Dreischarf 2014 (facts D1.37).

use super::column::{AXES, case};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "lumbar_combined",
    title: "Standing, flexion, extension, bending and rotation of the lumbar spine",
    axes: AXES,
    source: "facts D1.37",
    cases: Cases::Fixed(cases),
};

/// Compression in N and moment in N mm.
const CASES: [(&str, f64, [f64; 3]); 7] = [
    ("standing", 500.0, [0.0; 3]),
    ("flexion", 1175.0, [7500.0, 0.0, 0.0]),
    ("extension", 500.0, [-7500.0, 0.0, 0.0]),
    ("bending_left", 700.0, [0.0, 7800.0, 0.0]),
    ("bending_right", 700.0, [0.0, -7800.0, 0.0]),
    ("rotation_left", 720.0, [0.0, 0.0, 5500.0]),
    ("rotation_right", 720.0, [0.0, 0.0, -5500.0]),
];

fn cases() -> Vec<RegionCase> {
    CASES.into_iter().map(|(name, axial_n, m)| case(name, [0.0, 0.0, -axial_n], m)).collect()
}
