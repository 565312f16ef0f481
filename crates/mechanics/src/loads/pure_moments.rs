//! The in-vitro convention: pure moments of 7.5 N m in each of six directions, without preload.
//! Source: the criteria for testing spinal implants of Wilke 1998 (facts D1.36).

use super::LoadSet;
use crate::boundary::LoadCase;

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "pure_moments",
    title: "7.5 N m in six directions, without preload",
    source: "facts D1.36",
    cases,
};

const MOMENT_NMM: f64 = 7500.0;

/// Axes as in `thoracic_moments`: flexion is a positive turn about x.
const MOMENTS: [(&str, [f64; 3]); 6] = [
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
        force_n: [0.0; 3],
        moment_nmm: direction.map(|d| d * MOMENT_NMM),
    };
    MOMENTS.into_iter().map(case).collect()
}
