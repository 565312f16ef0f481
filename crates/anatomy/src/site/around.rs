//! Bone around a planned implant: how much of it is covered, how thick the plates beside it are,
//! how much bone is left under its end.

use ossein_geom::{Lps, Point, Vector, Volume, float};
use serde::{Deserialize, Serialize};

use super::{Bore, Stuff};

/// Directions around an implant.
const DIRECTION_COUNT: usize = 48;
/// Distance between looks along a ray, mm.
const LOOK_MM: f64 = 0.1;
/// Distance between levels, mm.
const LEVEL_MM: f64 = 0.5;
/// Bone this near to the surface touches it: half a voxel, mm.
const TOUCH_MM: f64 = 0.3;
/// Gaps in bone up to this are marrow, mm.
const MARROW_MM: f64 = 0.8;
/// Bone is looked for so far beside an implant and under it, mm.
const REACH_MM: f64 = 15.0;
/// Directions this near to straight across the arch count as a side, degrees.
const SIDE_DEG: f64 = 35.0;
/// Plates are judged from so far under the neck, mm.
const UNDER_NECK_MM: f64 = 1.0;
/// From this share on a level is covered.
const COVERED: f64 = 0.5;

/// A level of an implant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Under the neck, mm.
    pub depth_mm: f64,
    /// Share of the directions in which bone touches it.
    pub covered: f64,
    /// The thinnest wall of bone to the cheek's and the tongue's side, mm; 0 where there is none,
    /// none where a tooth stands there.
    pub plate_mm: [Option<f64>; 2],
}

/// Bone around an implant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoneAround {
    /// Level by level, from the neck down.
    pub levels: Vec<Level>,
    /// Share of its side that bone touches.
    pub covered: f64,
    /// From the neck to the first level that is covered by half, mm; none where no level is.
    pub bare_mm: Option<f64>,
    /// The thinnest plate to the cheek's and the tongue's side from 1 mm under the neck, mm.
    pub plate_mm: [Option<f64>; 2],
    /// At which depths.
    pub plate_depth_mm: [Option<f64>; 2],
    /// Bone straight under its end, mm; up to 15 mm is looked at.
    pub below_mm: f64,
    /// Whether bone surrounds its end.
    pub apex_covered: bool,
}

struct Looks<'a> {
    site: &'a Volume<Stuff>,
    bore: &'a Bore,
    x: Vector<Lps>,
    y: Vector<Lps>,
}

impl Looks<'_> {
    fn stuff(&self, p: Point<Lps>) -> Stuff {
        self.site.grid.voxel_at(p).map_or(Stuff::Free, |voxel| self.site.at(voxel))
    }

    fn out(&self, n: usize) -> Vector<Lps> {
        let (s, c) = float::sin_cos(std::f64::consts::TAU * n as f64 / DIRECTION_COUNT as f64);
        self.x * c + self.y * s
    }

    fn radius(&self, depth: f64) -> f64 {
        let [neck, end] = self.bore.radius_mm;
        neck + (end - neck) * depth / self.bore.length_mm
    }

    fn touches(&self, n: usize, depth: f64) -> bool {
        let (middle, out, r) = (self.bore.at(depth), self.out(n), self.radius(depth));
        let count = (TOUCH_MM / LOOK_MM).round() as usize;
        (0..=count).any(|m| self.stuff(middle + out * (r + m as f64 * LOOK_MM)) == Stuff::Bone)
    }

    /// Thickness of bone from a place on, gaps of marrow counted in.
    fn thickness(&self, from: Point<Lps>, out: Vector<Lps>) -> f64 {
        let count = (REACH_MM / LOOK_MM) as usize;
        let mut last = 0.0;
        for m in 0..count {
            let mm = (m as f64 + 0.5) * LOOK_MM;
            match self.stuff(from + out * mm) {
                Stuff::Bone => last = mm + 0.5 * LOOK_MM,
                Stuff::Canal | Stuff::Tooth => break,
                _ if mm - last > MARROW_MM => break,
                _ => {}
            }
        }
        last
    }

    /// The wall of bone in a direction, beyond an empty socket if there is one.
    fn wall(&self, n: usize, depth: f64) -> Option<f64> {
        let (middle, out, r) = (self.bore.at(depth), self.out(n), self.radius(depth));
        let at = |mm: f64| middle + out * (r + mm);
        let count = (REACH_MM / LOOK_MM) as usize;
        let stuff = |m: usize| self.stuff(at((m as f64 + 0.5) * LOOK_MM));
        let socket = (0..count).take_while(|&m| stuff(m) == Stuff::Socket).count();
        let near = (MARROW_MM / LOOK_MM) as usize;
        match (socket..socket + near).find(|&m| stuff(m) != Stuff::Free) {
            Some(m) if stuff(m) == Stuff::Tooth => None,
            Some(m) if stuff(m) == Stuff::Bone => Some(self.thickness(at(m as f64 * LOOK_MM), out)),
            _ => Some(0.0),
        }
    }

    fn level(&self, depth: f64) -> Level {
        let covered = (0..DIRECTION_COUNT).filter(|&n| self.touches(n, depth)).count();
        let side = |angle: f64| {
            let near = |n: &usize| {
                let d = (360.0 * *n as f64 / DIRECTION_COUNT as f64 - angle).abs();
                d.min(360.0 - d) <= SIDE_DEG
            };
            let walls = (0..DIRECTION_COUNT).filter(near).map(|n| self.wall(n, depth));
            walls.flatten().min_by(f64::total_cmp)
        };
        Level {
            depth_mm: depth,
            covered: covered as f64 / DIRECTION_COUNT as f64,
            plate_mm: [side(90.0), side(270.0)],
        }
    }
}

/// Looks around an implant; `outward` points to cheek or lip.
pub fn bone_around(site: &Volume<Stuff>, bore: &Bore, outward: Vector<Lps>) -> BoneAround {
    let y = (outward - bore.along * bore.along.dot(outward)).unit();
    let looks = Looks { site, bore, x: y.cross(-bore.along), y };
    let count = (bore.length_mm / LEVEL_MM).round().max(1.0) as usize;
    let depth = |n: usize| bore.length_mm * (n as f64 + 0.5) / count as f64;
    let levels: Vec<Level> = (0..count).map(|n| looks.level(depth(n))).collect();
    let covered = levels.iter().map(|l| l.covered).sum::<f64>() / count as f64;
    let bare = levels.iter().position(|l| l.covered >= COVERED);
    let thinnest = |side: usize| {
        let deep = levels.iter().filter(|l| l.depth_mm >= UNDER_NECK_MM);
        let some = deep.filter_map(|l| Some((l.plate_mm[side]?, l.depth_mm)));
        some.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let plates = [thinnest(0), thinnest(1)];
    let end = bore.apex();
    BoneAround {
        covered,
        bare_mm: bare.map(|n| bore.length_mm * n as f64 / count as f64),
        plate_mm: plates.map(|p| p.map(|(mm, _)| mm)),
        plate_depth_mm: plates.map(|p| p.map(|(_, depth)| depth)),
        below_mm: looks.thickness(end, bore.along),
        apex_covered: levels.last().is_some_and(|l| l.covered >= COVERED),
        levels,
    }
}

/// Whether a body runs through some stuff: places inside it, a quarter of a millimetre apart.
pub fn runs_through(site: &Volume<Stuff>, bore: &Bore, what: Stuff) -> bool {
    const STEP_MM: f64 = 0.25;
    let x = bore.along.any_perpendicular();
    let y = bore.along.cross(x);
    let radius = bore.radius_mm[0].max(bore.radius_mm[1]);
    let reach = (radius / STEP_MM).ceil() as i64;
    (0..=(bore.length_mm / STEP_MM) as usize).any(|k| {
        let middle = bore.at(k as f64 * STEP_MM);
        (-reach..=reach).any(|j| {
            (-reach..=reach).any(|i| {
                let p = middle + x * (i as f64 * STEP_MM) + y * (j as f64 * STEP_MM);
                let voxel = site.grid.voxel_at(p);
                bore.distance(p) < 0.0 && voxel.is_some_and(|v| site.at(v) == what)
            })
        })
    })
}
