//! Tabs on the bone around, and the screws in them.

use std::f64::consts::TAU;

use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::primitive::Capsule;
use ossein_geom::{Choices, Implant, Point, Vector, float};
use serde::{Deserialize, Serialize};

use super::plate::Ground;
use crate::screws::countersunk;

/// Least thread in bone, mm.
const THREAD_MM_MIN: f64 = 3.0;
/// Bone is left between a screw's tip and the dura, mm.
const TIP_MM: f64 = 0.5;
/// A tab is rooted in the plate so many times its width inside the edge.
const ROOT: f64 = 1.0;

/// A screw through a tab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TabScrew {
    /// Name in reports.
    pub id: String,
    /// Middle of its hole on the bone.
    pub point: Point<Implant>,
    /// Into the bone; unit.
    pub direction: Vector<Implant>,
    /// Bone along it, mm.
    pub bone_mm: f64,
    /// Thread, mm.
    pub length_mm: f64,
}

/// Tabs, the holes in them, and their screws.
pub(super) struct Fixation {
    pub tabs: Vec<Solid<Implant>>,
    pub holes: Vec<Solid<Implant>>,
    pub screws: Vec<TabScrew>,
    /// From root to screw of every tab, seen along the axis.
    paths: Vec<[[f64; 2]; 2]>,
    half_width_mm: f64,
}

impl Fixation {
    /// How far a place lies from the nearest tab, seen along the axis, mm.
    pub fn away_mm(&self, p: [f64; 2]) -> f64 {
        let away = |[a, b]: &[[f64; 2]; 2]| {
            let (d, q) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
            let length2 = (d[0] * d[0] + d[1] * d[1]).max(f64::MIN_POSITIVE);
            let t = ((d[0] * q[0] + d[1] * q[1]) / length2).clamp(0.0, 1.0);
            float::hypot(q[0] - t * d[0], q[1] - t * d[1]) - self.half_width_mm
        };
        self.paths.iter().map(away).fold(f64::INFINITY, f64::min)
    }
}

/// Height and slope of a surface.
fn surface(raster: &Raster, x: f64, y: f64) -> (f64, Vector<Implant>) {
    const H: f64 = 1.0;
    let z = raster.at(x, y);
    let dx = (raster.at(x + H, y) - raster.at(x - H, y)) / (2.0 * H);
    let dy = (raster.at(x, y + H) - raster.at(x, y - H)) / (2.0 * H);
    (z, Vector::new(-dx, -dy, 1.0).unit())
}

/// Tabs evenly around the hole, as seen from its axis.
pub(super) fn fixation(ground: &Ground, choices: &Choices) -> Fixation {
    let number = |key: &str| choices.number(key);
    let count = choices.whole("implant.tab_count").max(0) as usize;
    let half_width = 0.5 * number("implant.tab_width_mm");
    let mut made = Fixation {
        tabs: Vec::new(),
        holes: Vec::new(),
        screws: Vec::new(),
        paths: Vec::new(),
        half_width_mm: half_width,
    };
    let thickness = number("implant.tab_thickness_mm");
    for n in 0..count {
        let (s, c) = float::sin_cos(TAU * (n as f64 + 0.5) / count as f64);
        let edge = ground.edge_along([c, s]);
        let out = edge + number("implant.gap_mm") + number("implant.screw_edge_mm");
        let at = |r: f64| {
            let (z, _) = surface(&ground.outer, r * c, r * s);
            Point::new(r * c, r * s, z)
        };
        let root = (edge - ROOT * 2.0 * half_width).max(0.0);
        let ends = (at(root), at(out));
        made.paths.push([[root * c, root * s], [out * c, out * s]]);
        let along = |from: Point<Implant>, to: Point<Implant>| -> Solid<Implant> {
            Box::new(Capsule { from, to, radius_mm: half_width })
        };
        // In two pieces, so that it follows the curve of the head.
        let middle = at(0.5 * (root + out));
        let path = Union::new(vec![along(ends.0, middle), along(middle, ends.1)]);
        let top = Terrain::new(ground.raised(thickness), false);
        let under = Terrain::new(ground.raised(-0.5 * thickness), false);
        let slab = Intersection(vec![Box::new(path), Box::new(top)]);
        let free = ground.bone_and(number("implant.tab_clearance_mm"));
        let cut = Union::new(vec![Box::new(under), free]);
        made.tabs.push(Box::new(Difference { from: Box::new(slab), cut: Box::new(cut) }));
        let (_, normal) = surface(&ground.outer, out * c, out * s);
        let point = ends.1;
        let diameters = [number("implant.screw_diameter_mm"), number("implant.screw_head_mm")];
        made.holes.extend(countersunk(point, normal, thickness, diameters));
        let bone_mm = ground.bone_along(point, -normal);
        let longest = (bone_mm - TIP_MM).min(number("implant.screw_length_mm"));
        made.screws.push(TabScrew {
            id: format!("S{}", n + 1),
            point,
            direction: -normal,
            bone_mm,
            length_mm: longest.floor().max(0.0),
        });
    }
    made
}

/// Least thread that holds, mm.
pub(super) const fn thread_mm_min() -> f64 {
    THREAD_MM_MIN
}
