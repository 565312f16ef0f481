//! What an orbit holds.

use ossein_geom::{Grid, Implant, Point, Volume};
use ossein_segment::distance::squared;
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use super::frame::{OrbitError, OrbitFrame, OrbitPoints};

/// Beyond the lateral rim point by this an orbit has ended, mm.
const BESIDE_MM: f64 = 1.0;

/// Which grey values are the contents of an orbit, and which gaps its walls may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tissue {
    /// Bone begins here, HU.
    pub bone_hu: f64,
    /// Air ends here, HU: what ends an orbit where the bone over a sinus is too thin to be seen.
    pub air_hu: f64,
    /// Gaps in walls up to this width are closed: fissures, foramina, thin places, mm.
    pub gap_mm: f64,
}

impl Tissue {
    /// Whether a grey value is soft tissue.
    pub fn is_soft(&self, hu: f64) -> bool {
        hu > self.air_hu && hu < self.bone_hu
    }
}

/// Where an orbit ends in front, behind and beside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// The plane through lower, upper and lateral rim; its normal points into the orbit.
    pub front: Plane<Implant>,
    /// The optic canal; the plane through it at right angles to y ends the apex.
    pub canal: Point<Implant>,
    /// Away from the midline along x: 1 or -1.
    pub lateral: f64,
    /// The lateral rim along that, mm.
    pub lateral_mm: f64,
    /// Where the search begins: a third of the way from the rim to the apex.
    pub start: Point<Implant>,
}

impl Closing {
    /// From the points of an orbit.
    pub fn new(points: &OrbitPoints, frame: &OrbitFrame) -> Self {
        let on = |p| frame.placement.apply(p);
        let (rim, upper) = (on(points.rim), on(points.upper_rim));
        let (lateral, canal) = (on(points.lateral_rim), on(points.canal));
        let across = (upper - rim).cross(lateral - rim).unit();
        let normal = if across.y < 0.0 { -across } else { across };
        Self {
            front: Plane { point: rim, normal },
            canal,
            lateral: frame.lateral(),
            lateral_mm: lateral.x * frame.lateral(),
            start: rim.lerp(upper, 0.5).lerp(canal, 0.3),
        }
    }

    /// Whether a place lies between them.
    pub fn holds(&self, p: Point<Implant>) -> bool {
        let beside = p.x * self.lateral <= self.lateral_mm + BESIDE_MM;
        self.front.height_mm(p) >= 0.0 && p.y <= self.canal.y && beside
    }
}

/// The contents of an orbit as samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    /// Whether each sample belongs to it; x fastest.
    pub samples: Vec<bool>,
    /// Their volume, mL.
    pub volume_ml: f64,
}

/// What an orbit holds: the soft tissue between bone and air that hangs together with its middle,
/// closed in front by the plane of the rim, behind at the canal, and wherever a wall's gap is no
/// wider than allowed. `within` may bound it.
///
/// A ball of half the gap's width rolls within the soft tissue; what it reaches from the middle is
/// the orbit (a morphological opening). The planes cut only what it reached, so they round nothing.
///
/// # Errors
/// [`OrbitError::NoStart`] where its middle is no soft tissue.
pub fn inside(
    scan: &Volume<i16, Implant>,
    closing: &Closing,
    tissue: &Tissue,
    within: Option<&[bool]>,
) -> Result<Inside, OrbitError> {
    let grid = &scan.grid;
    let at = |n: usize| grid.center(grid.voxel(n));
    let allowed = |n: usize| within.is_none_or(|within| within[n]);
    let hu = scan.sample(closing.start);
    let Some(start) = grid.voxel_at(closing.start).filter(|_| tissue.is_soft(hu)) else {
        let what = if hu >= tissue.bone_hu { "bone" } else { "air" };
        return Err(OrbitError::NoStart { what, hu });
    };
    let soft: Vec<bool> = scan.values.iter().map(|&v| tissue.is_soft(f64::from(v))).collect();
    let hard: Vec<bool> = soft.iter().map(|soft| !soft).collect();
    let radius_2 = (0.5 * tissue.gap_mm).powi(2) as f32;
    let away = squared(&hard, grid.size, grid.spacing);
    let free = |n: usize| away[n] > radius_2 && allowed(n) && closing.holds(at(n));
    let reached = connected(grid, grid.index(start), &free);
    let near = squared(&reached, grid.size, grid.spacing);
    let own = |n: usize| near[n] <= radius_2 && soft[n] && allowed(n) && closing.holds(at(n));
    let samples: Vec<bool> = (0..soft.len()).map(own).collect();
    let count = samples.iter().filter(|own| **own).count();
    Ok(Inside { samples, volume_ml: count as f64 * grid.voxel_mm3() / 1000.0 })
}

/// The samples that hang together with `start` over sides.
fn connected(grid: &Grid<Implant>, start: usize, free: &dyn Fn(usize) -> bool) -> Vec<bool> {
    let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
    let mut found = vec![false; grid.voxel_count()];
    let mut open = vec![start];
    found[start] = true;
    while let Some(n) = open.pop() {
        let voxel = grid.voxel(n);
        for (a, stride) in strides.into_iter().enumerate() {
            let below = (voxel[a] > 0).then(|| n - stride);
            let above = (voxel[a] + 1 < grid.size[a]).then(|| n + stride);
            for other in below.into_iter().chain(above) {
                if !found[other] && free(other) {
                    found[other] = true;
                    open.push(other);
                }
            }
        }
    }
    found
}
