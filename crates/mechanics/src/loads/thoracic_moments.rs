//! Thoracic and thoracolumbar constructs: 200 N of axial compression, alone and with a moment of
//! 7.5 N m in each of six directions. Source: the convention of JOSR 2021 and of most papers on
//! total en bloc spondylectomy between T10 and L2 (facts D1.35).

use super::LoadSet;
use crate::boundary::LoadCase;

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "thoracic_moments",
    title: "200 N with 7.5 N m in six directions",
    source: "facts D1.35",
    cases,
};

const AXIAL_N: f64 = 200.0;
const MOMENT_NMM: f64 = 7500.0;

/// Moments follow the right-hand rule on x left, y back, z up: flexion leans to the front, which
/// is a positive turn about x.
const MOMENTS: [(&str, [f64; 3]); 7] = [
    ("compression", [0.0, 0.0, 0.0]),
    ("flexion", [1.0, 0.0, 0.0]),
    ("extension", [-1.0, 0.0, 0.0]),
    ("bending_left", [0.0, 1.0, 0.0]),
    ("bending_right", [0.0, -1.0, 0.0]),
    ("rotation_left", [0.0, 0.0, 1.0]),
    ("rotation_right", [0.0, 0.0, -1.0]),
];

fn cases() -> Vec<LoadCase> {
    let case = |(name, direction): (&str, [f64; 3])| LoadCase {
        name: name.into(),
        force_n: [0.0, 0.0, -AXIAL_N],
        moment_nmm: direction.map(|d| d * MOMENT_NMM),
    };
    MOMENTS.into_iter().map(case).collect()
}
