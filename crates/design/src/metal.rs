//! Metal in a scan, beside which no surface of bone is true.

use ossein_geom::{Finding, Lps, Point, Volume};

/// No bone is as bright, HU.
const METAL_HU: i16 = 3000;
/// So much of it may be noise and dense teeth, mm³.
const METAL_MM3_MAX: f64 = 20.0;

/// That metal lies where the implant is drawn.
pub(crate) fn metal(
    scan: &Volume<i16>,
    around: impl Fn(Point<Lps>) -> bool,
    place: &str,
) -> Option<Finding> {
    let grid = &scan.grid;
    let bright = (0..scan.values.len()).filter(|&n| scan.values[n] >= METAL_HU);
    let near = bright.filter(|&n| around(grid.center(grid.voxel(n))));
    let volume = near.count() as f64 * grid.voxel_mm3();
    let message = format!(
        "{volume:.0} mm3 of metal ({METAL_HU} HU and more) lie around the implant: the bone's \
         surface cannot be drawn through it; take a scan with metal artefact reduction, or one \
         from before"
    );
    let finding = Finding::failure("plan.metal", place, message);
    (volume > METAL_MM3_MAX).then(|| finding.measured(volume, METAL_MM3_MAX, "mm3"))
}
