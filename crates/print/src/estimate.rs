//! How long a build takes, before any machine has seen it.

use serde::{Deserialize, Serialize};

/// Start parameters of laser powder bed fusion in Ti64 (facts D7.1, D7.2, D7.8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Distance between hatch lines, mm.
    pub hatch_mm: f64,
    /// Speed of the spot, mm/s.
    pub speed_mm_per_s: f64,
    /// Time to spread a layer, s.
    pub recoat_s: f64,
}

impl Default for Process {
    fn default() -> Self {
        Self { hatch_mm: 0.14, speed_mm_per_s: 1200.0, recoat_s: 10.0 }
    }
}

/// What a build will take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Length of contours and hatches, m.
    pub vector_length_m: f64,
    /// Scanning and spreading, s; without jumps, set-up and cooling.
    pub time_s: f64,
}

/// From the sum of all contour lengths (mm), the sum of all layer areas (mm²), the layer count.
///
/// Hatch length is taken as area over hatch distance: exact for long lines, a few percent high
/// where lines are as short as a strut is wide.
pub fn estimate(
    contour_length_mm: f64,
    area_sum_mm2: f64,
    layer_count: usize,
    process: &Process,
) -> Estimate {
    let length_mm = contour_length_mm + area_sum_mm2 / process.hatch_mm;
    Estimate {
        vector_length_m: length_mm / 1000.0,
        time_s: length_mm / process.speed_mm_per_s + layer_count as f64 * process.recoat_s,
    }
}
