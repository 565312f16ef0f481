//! How long a build takes, before any machine has seen it.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::scan::Scan;

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

/// How the spot moves while the laser is off. Start values: a galvanometer scanner with focus
/// optics of usual size; a machine's own should replace them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jumps {
    /// Speed of a jump, mm/s.
    pub speed_mm_per_s: f64,
    /// Time to settle after a jump and to switch the laser, s for each.
    pub delay_s: f64,
}

impl Default for Jumps {
    fn default() -> Self {
        Self { speed_mm_per_s: 7000.0, delay_s: 0.0004 }
    }
}

/// What a build will take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Length of contours and hatches, m.
    pub vector_length_m: f64,
    /// Scanning and spreading, s; without set-up and cooling.
    pub time_s: f64,
}

/// From the sum of all contour lengths (mm), the sum of all layer areas (mm²), the layer count,
/// before the vectors are known; jumps are left out.
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

/// Lengths of real vectors, in the order in which they are scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    /// Contour passes and centre lines, mm.
    pub contour_mm: f64,
    /// Hatches, mm.
    pub hatch_mm: f64,
    /// Way from the end of each vector to the start of the next, mm.
    pub jump_mm: f64,
    /// Jumps.
    pub jump_count: usize,
    /// Polylines and hatch vectors.
    pub vector_count: usize,
    /// Layers.
    pub layer_count: usize,
}

impl Vectors {
    /// The lengths of one layer.
    pub fn of(scan: &Scan) -> Self {
        let mut sum = Self { layer_count: 1, ..Self::default() };
        let mut at: Option<[f64; 2]> = None;
        let mut jump = |sum: &mut Self, from: [f64; 2], to: [f64; 2]| {
            let gap = at.map_or(0.0, |at| length(at, from));
            sum.jump_mm += gap;
            sum.jump_count += usize::from(gap > 0.0);
            sum.vector_count += 1;
            at = Some(to);
        };
        for contour in scan.passes.iter().flatten() {
            let Some(&first) = contour.points.first() else { continue };
            let last = *contour.points.last().unwrap_or(&first);
            sum.contour_mm += along(&contour.points) + length(last, first);
            jump(&mut sum, first, first);
        }
        for line in &scan.centre_lines {
            let [Some(&first), Some(&last)] = [line.points.first(), line.points.last()] else {
                continue;
            };
            sum.contour_mm += along(&line.points);
            jump(&mut sum, first, last);
        }
        for &[from, to] in scan.hatches.iter().flat_map(|(_, vectors)| vectors) {
            sum.hatch_mm += length(from, to);
            jump(&mut sum, from, to);
        }
        sum
    }

    /// What the build will take; `process.hatch_mm` takes no part.
    pub fn estimate(&self, process: &Process, jumps: &Jumps) -> Estimate {
        let mark_mm = self.contour_mm + self.hatch_mm;
        let off_s = self.jump_mm / jumps.speed_mm_per_s + self.jump_count as f64 * jumps.delay_s;
        Estimate {
            vector_length_m: mark_mm / 1000.0,
            time_s: mark_mm / process.speed_mm_per_s
                + off_s
                + self.layer_count as f64 * process.recoat_s,
        }
    }
}

impl AddAssign for Vectors {
    fn add_assign(&mut self, other: Self) {
        self.contour_mm += other.contour_mm;
        self.hatch_mm += other.hatch_mm;
        self.jump_mm += other.jump_mm;
        self.jump_count += other.jump_count;
        self.vector_count += other.vector_count;
        self.layer_count += other.layer_count;
    }
}

fn along(points: &[[f64; 2]]) -> f64 {
    points.windows(2).map(|p| length(p[0], p[1])).sum()
}

fn length(a: [f64; 2], b: [f64; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    (d[0] * d[0] + d[1] * d[1]).sqrt()
}
