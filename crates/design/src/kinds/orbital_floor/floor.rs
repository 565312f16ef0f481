//! Two floors as heights over one raster: the broken one, and the other orbit's mirror image.

use ossein_anatomy::orbit::{Closing, Inside, Tissue};
use ossein_field::height::Raster;
use ossein_geom::{Grid, Implant, Point, Volume};
use serde::{Deserialize, Serialize};

/// From the lowest sample of an orbit down to its floor, mm at most.
const DOWN_MM: f64 = 4.0;
/// Distance between looks along a column, mm.
const LOOK_MM: f64 = 0.1;
/// Before the rim, bone is looked for from so high above it down to so far beneath it, mm.
const RIM_MM: [f64; 2] = [8.0, -8.0];
/// Own bone is looked for so far above and beneath the mirrored floor, mm.
const BESIDE_MM: f64 = 4.0;

/// One column over the floor; heights in the frame of the orbit, mm; none where there is no floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The other orbit's floor, mirrored.
    pub mirror: Option<f32>,
    /// The lowest of the broken orbit's contents.
    pub own: Option<f32>,
    /// The upper side of bone near the mirrored floor.
    pub bone: Option<f32>,
    /// Whether it lies behind the plane of the rim, within the mirrored orbit.
    pub within: bool,
    /// Whether it belongs to the defect.
    pub defect: bool,
}

/// The columns over the floor: a raster along x and y of the orbit's frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floors {
    /// x and y of the first, mm.
    pub origin: [f64; 2],
    /// Distance between them, mm.
    pub step_mm: f64,
    /// Counts along x and y.
    pub size: [usize; 2],
    /// `[y][x]`, x fastest.
    pub columns: Vec<Column>,
}

impl Floors {
    /// x and y of a column.
    pub fn at(&self, n: usize) -> [f64; 2] {
        let place = |a: usize, k: usize| self.origin[a] + k as f64 * self.step_mm;
        [place(0, n % self.size[0]), place(1, n / self.size[0])]
    }

    /// Area of a column, mm².
    pub fn cell_mm2(&self) -> f64 {
        self.step_mm * self.step_mm
    }

    /// A raster of values, one for each column.
    pub fn raster(&self, value: impl Fn(usize) -> f32) -> Raster {
        let values = (0..self.columns.len()).map(value).collect();
        Raster { origin: self.origin, step_mm: self.step_mm, size: self.size, values }
    }

    /// The columns beside one, over sides.
    pub fn beside(&self, n: usize) -> impl Iterator<Item = usize> {
        let [w, h] = self.size;
        let (i, j) = (n % w, n / w);
        let all = [
            (i > 0).then(|| n - 1),
            (i + 1 < w).then(|| n + 1),
            (j > 0).then(|| n - w),
            (j + 1 < h).then(|| n + w),
        ];
        all.into_iter().flatten()
    }

    /// Squared distance in mm² from every column to the nearest of a set.
    pub fn away_2(&self, set: &[bool]) -> Vec<f32> {
        let [w, h] = self.size;
        let step = self.step_mm;
        ossein_segment::distance::squared(set, [w, h, 1], [step, step, step])
    }

    /// The largest piece of a set that hangs together over sides.
    pub fn largest(&self, set: &[bool]) -> Vec<bool> {
        let mut left = set.to_vec();
        let mut best: Vec<usize> = Vec::new();
        for start in 0..set.len() {
            if !left[start] {
                continue;
            }
            left[start] = false;
            let mut piece = vec![start];
            let mut next = 0;
            while let Some(&n) = piece.get(next) {
                next += 1;
                for other in self.beside(n) {
                    if std::mem::take(&mut left[other]) {
                        piece.push(other);
                    }
                }
            }
            if piece.len() > best.len() {
                best = piece;
            }
        }
        let mut found = vec![false; set.len()];
        best.into_iter().for_each(|n| found[n] = true);
        found
    }
}

/// Two orbits on one grid: the broken one, and the other's mirror image.
pub(super) struct Pair<'a> {
    pub own: &'a Volume<i16, Implant>,
    pub mirror: &'a Volume<i16, Implant>,
    pub inside: [&'a Inside; 2],
    pub closing: &'a Closing,
    pub tissue: &'a Tissue,
}

/// Reads both floors.
pub(super) fn floors(pair: &Pair) -> Floors {
    let grid = &pair.own.grid;
    let [w, h, _] = grid.size;
    let columns = (0..w * h).map(|n| column(pair, [n % w, n / w])).collect();
    let origin = [grid.origin.x, grid.origin.y];
    Floors { origin, step_mm: grid.spacing[0], size: [w, h], columns }
}

fn column(pair: &Pair, [i, j]: [usize; 2]) -> Column {
    let grid = &pair.own.grid;
    let lowest = |inside: &Inside| {
        let own = |k: &usize| inside.samples[grid.index([i, j, *k])];
        (0..grid.size[2]).find(own).map(|k| grid.center([i, j, k]).z)
    };
    let [own_low, mirror_low] = pair.inside.map(lowest);
    let p = grid.center([i, j, 0]);
    let own = own_low.map(|z| floor_beneath(pair.own, pair.tissue, [p.x, p.y, z]) as f32);
    let within = mirror_low.is_some();
    let mirror = match mirror_low {
        Some(z) => Some(floor_beneath(pair.mirror, pair.tissue, [p.x, p.y, z]) as f32),
        None if before_rim(grid, pair.closing, [i, j]) => {
            bone_under(pair.mirror, pair.tissue, [p.x, p.y], RIM_MM).map(|z| z as f32)
        }
        None => None,
    };
    let bone = mirror.and_then(|z| {
        let z = f64::from(z);
        bone_under(pair.own, pair.tissue, [p.x, p.y], [z + BESIDE_MM, z - BESIDE_MM])
    });
    Column { mirror, own, bone: bone.map(|z| z as f32), within, defect: false }
}

/// Whether a column meets the rim's plane above its point's height, so that its floor lies before
/// the orbit.
fn before_rim(grid: &Grid<Implant>, closing: &Closing, [i, j]: [usize; 2]) -> bool {
    let p = grid.center([i, j, 0]);
    closing.front.height_mm(Point::new(p.x, p.y, closing.front.point.z)) < 1.0
}

/// Where a column, going down from soft tissue, meets bone or air, mm.
fn floor_beneath(scan: &Volume<i16, Implant>, tissue: &Tissue, [x, y, z]: [f64; 3]) -> f64 {
    let hu = |t: f64| scan.sample(Point::new(x, y, z - t));
    let (mut t, mut before) = (0.0, hu(0.0));
    while t < DOWN_MM {
        let next = hu(t + LOOK_MM);
        for limit in [tissue.bone_hu, tissue.air_hu] {
            if (before < limit) != (next < limit) {
                return z - t - LOOK_MM * (limit - before) / (next - before);
            }
        }
        (t, before) = (t + LOOK_MM, next);
    }
    z
}

/// The upper side of the first bone beneath a height; none where it begins in bone or finds none.
fn bone_under(
    scan: &Volume<i16, Implant>,
    tissue: &Tissue,
    [x, y]: [f64; 2],
    [from, to]: [f64; 2],
) -> Option<f64> {
    let hu = |z: f64| scan.sample(Point::new(x, y, z));
    let (mut z, mut before) = (from, hu(from));
    if before >= tissue.bone_hu {
        return None;
    }
    while z > to {
        let next = hu(z - LOOK_MM);
        if next >= tissue.bone_hu {
            return Some(z - LOOK_MM * (tissue.bone_hu - before) / (next - before));
        }
        (z, before) = (z - LOOK_MM, next);
    }
    None
}
