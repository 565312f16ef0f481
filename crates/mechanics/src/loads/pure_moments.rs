//! The in-vitro convention: pure moments of 7.5 N m in each of six directions, without preload.
//! Source: the criteria for testing spinal implants of Wilke 1998 (facts D1.36).

use super::column::{AXES, six_moments};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "pure_moments",
    title: "7.5 N m in six directions, without preload",
    axes: AXES,
    source: "facts D1.36",
    cases: Cases::Fixed(cases),
};

const MOMENT_NMM: f64 = 7500.0;

fn cases() -> Vec<RegionCase> {
    six_moments(0.0, MOMENT_NMM).collect()
}
