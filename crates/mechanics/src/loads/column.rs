//! What the sets for vertical constructs share: regions, axes, six directions of moment.

use super::{Action, Hold, RegionCase};

/// The highest section of a vertical construct: loaded.
pub const UPPER: &str = "upper_section";
/// Its lowest section: clamped.
pub const LOWER: &str = "lower_section";

/// Axes of the implant frame.
pub(super) const AXES: &str = "x to the patient's left, y to the back, z to the head";

/// Moments by the right-hand rule: flexion leans to the front, which is a positive turn about x.
const DIRECTIONS: [(&str, [f64; 3]); 6] = [
    ("flexion", [1.0, 0.0, 0.0]),
    ("extension", [-1.0, 0.0, 0.0]),
    ("bending_left", [0.0, 1.0, 0.0]),
    ("bending_right", [0.0, -1.0, 0.0]),
    ("rotation_left", [0.0, 0.0, 1.0]),
    ("rotation_right", [0.0, 0.0, -1.0]),
];

/// A force in N and a moment in N mm on the upper section, the lower one clamped.
pub(super) fn case(name: &str, force_n: [f64; 3], moment_nmm: [f64; 3]) -> RegionCase {
    RegionCase {
        name: name.into(),
        actions: vec![Action { region: UPPER.into(), force_n, moment_nmm }],
        holds: vec![Hold { region: LOWER.into(), axes: [true; 3] }],
    }
}

/// Compression in N with a moment in N mm, in each of six directions.
pub(super) fn six_moments(axial_n: f64, moment_nmm: f64) -> impl Iterator<Item = RegionCase> {
    let force_n = if axial_n == 0.0 { [0.0; 3] } else { [0.0, 0.0, -axial_n] };
    DIRECTIONS
        .into_iter()
        .map(move |(name, direction)| case(name, force_n, direction.map(|d| d * moment_nmm)))
}
