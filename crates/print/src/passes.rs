//! Contour passes and the hatch's border in one layer, and what walls too thin for them get.

use ossein_geom::Contour;

use crate::inset::{Inset, Reach};
use crate::layer::Work;
use crate::pins::{self, Level};
use crate::plane::{Plane, Raster};
use crate::ridge::{self, CentreLine, RidgeScratch};
use crate::ring;
use crate::scan::ScanOptions;
use crate::trace;

/// How far beyond the deepest level, and outside the outline, the distance is looked at: a kink is
/// told by four samples in a row, and by those beside its ends.
const INSIDE_STEPS: f64 = 1.05;
const OUTSIDE_STEPS: f64 = 2.3;

/// Passes, centre lines, and the hatch's border.
#[derive(Default)]
pub(crate) struct Passes {
    pub passes: Vec<Vec<Contour>>,
    pub centre_lines: Vec<CentreLine>,
    /// None where the hatch reaches the outline.
    pub region: Option<Vec<Contour>>,
}

/// Memory that is used again from layer to layer.
#[derive(Default)]
pub(crate) struct PassWork {
    inset: Inset,
    work: Work,
    ridge: RidgeScratch,
}

/// The passes of a layer whose outline is known; `inside` marks the samples of a row that lie in
/// the solid.
///
/// A wall whose middle is `depth` from its sides gets those passes that lie at least `shred` less
/// deep. Where they leave more than the spot's width between them and no hatch fits, the middle
/// becomes a line of its own. So no place of a wall lies farther than spot and `shred` from what
/// is scanned; `shred` is 0.42 of a step, or the spot where that is less.
pub(crate) fn passes(
    raster: Raster,
    outline: &[Contour],
    scan: &ScanOptions,
    tolerance_mm: f64,
    inside: impl FnMut(usize, &mut [bool]),
    w: &mut PassWork,
) -> Passes {
    let depths = scan.pass_depths_mm();
    let hatch_depth = scan.hatch_depth_mm();
    if hatch_depth <= 0.0 {
        let passes = depths.iter().map(|_| outline.to_vec()).collect();
        return Passes { passes, ..Passes::default() };
    }
    let spot = scan.spot.0;
    let shred = (0.42 * raster.step).min(if spot > 0.0 { spot } else { raster.step });
    let hatched = hatch_depth + (0.5 * scan.hatch.spacing.0).min(shred);
    let inside_mm = hatched.max(hatch_depth + shred) + INSIDE_STEPS * raster.step;
    let outside_mm = (OUTSIDE_STEPS * raster.step).min(inside_mm);
    w.inset.measure(raster, outline, &Reach { inside: inside_mm, outside: outside_mm }, inside);
    let plane = w.inset.plane();
    let at_depth = |depth: f64, work: &mut Work| {
        if depth <= 0.0 {
            outline.to_vec()
        } else {
            contours(&plane, depth, shred, tolerance_mm, work)
        }
    };
    let passes: Vec<Vec<Contour>> =
        depths.iter().map(|depth| at_depth(*depth, &mut w.work)).collect();
    let region = at_depth(hatch_depth, &mut w.work);
    let wanted = |depth: f64| {
        let pass = depths.iter().rev().find(|pass| **pass + shred <= depth);
        depth <= hatched && pass.is_none_or(|pass| depth - pass > spot)
    };
    let mut centre_lines =
        ridge::centre_lines(&plane, hatched, &wanted, 0.5 * tolerance_mm, &mut w.ridge);
    let mut levels = vec![Level { contours: outline, depth_mm: 0.0, melted_mm: 0.0 }];
    for (contours, depth_mm) in passes.iter().zip(&depths) {
        levels.push(Level { contours, depth_mm: *depth_mm, melted_mm: spot });
    }
    levels.push(Level { contours: &region, depth_mm: hatch_depth, melted_mm: 0.0 });
    let size = 4.0 * (hatch_depth + scan.hatch.spacing.0);
    let (hatched, shortest) = (1.5 * scan.hatch.spacing.0, (0.5 * spot).max(1e-3));
    centre_lines.extend(pins::pins(&levels, &centre_lines, size, hatched, shortest));
    Passes { passes, centre_lines, region: Some(region) }
}

fn contours(
    plane: &Plane<'_>,
    depth: f64,
    shred: f64,
    tolerance_mm: f64,
    work: &mut Work,
) -> Vec<Contour> {
    let level = -depth as f32;
    let raster = plane.raster;
    let solid = |p: [f64; 2]| {
        let [i, j] = [0, 1].map(|a| ((p[a] - raster.origin[a]) / raster.step) as usize);
        let corners = [(i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1)];
        corners.iter().map(|&(i, j)| plane.at(i, j)).sum::<f32>() < 4.0 * level
    };
    let Work { trace, ring, rings } = work;
    trace::trace(plane, level, solid, trace, rings);
    ring::drop_shreds(plane, level, shred, rings);
    ring::contours(&raster, rings, tolerance_mm, None, ring)
}
