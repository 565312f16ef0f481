//! The bone around a hole in the vault, looked at along the axis by which the plate goes in.

use ossein_field::height::Raster;
use ossein_geom::{Implant, Lps, Point, Rigid, Volume};
use rayon::prelude::*;

/// Bone is looked for this far above and beneath where the vault's ball has it, mm.
const WINDOW_MM: [f64; 2] = [14.0, 20.0];
/// Distance between looks down a column, mm.
const LOOK_MM: f64 = 0.4;
/// Marrow between the tables is bridged up to this depth, mm.
const MARROW_MM: f64 = 4.0;
/// The skull is nowhere thicker than this, mm.
const WALL_MM: f64 = 16.0;

/// Bone as columns see it: from above, along -z.
pub(super) struct Bed<'a> {
    /// The skull alone, HU.
    pub skull: &'a Volume<i16>,
    /// Where bone begins, HU.
    pub level_hu: f64,
    /// From the implant to the patient.
    pub to_patient: Rigid<Implant, Lps>,
    /// Radius of the vault's ball, mm; its middle lies beneath the origin.
    pub radius_mm: f64,
    /// Radius of bone that is taken out around the axis, mm; 0 for none.
    pub cut_mm: f64,
}

/// Outer and inner surface of the bone in a column: heights in mm.
pub(super) type Column = [f64; 2];

impl Bed<'_> {
    /// The ball's height over a place; as steep as 60 degrees, and on from there in a straight line.
    pub fn ball(&self, x: f64, y: f64) -> f64 {
        let r = self.radius_mm;
        let away = x.hypot(y);
        let edge = 0.866 * r;
        let under = |a: f64| (r * r - a * a).sqrt() - r;
        if away < edge { under(away) } else { under(edge) - 1.732 * (away - edge) }
    }

    /// The bone in a column, if there is any near the vault.
    pub fn column(&self, x: f64, y: f64) -> Option<Column> {
        if x.hypot(y) < self.cut_mm {
            return None;
        }
        let value = |z: f64| {
            let p = self.to_patient.apply(Point::new(x, y, z));
            let scanned = self.skull.grid.bounds().contains(p);
            if scanned { self.skull.sample(p) - self.level_hu } else { -self.level_hu.abs() - 1.0 }
        };
        let middle = self.ball(x, y);
        let (mut z, end) = (middle + WINDOW_MM[0], middle - WINDOW_MM[1]);
        let mut before = value(z);
        let outer = loop {
            if z < end {
                return None;
            }
            let here = value(z - LOOK_MM);
            if here >= 0.0 {
                let part = if before < 0.0 { before / (before - here) } else { 0.0 };
                break z - LOOK_MM * part;
            }
            (z, before) = (z - LOOK_MM, here);
        };
        let (mut lowest, mut z) = (outer, outer);
        let mut before = 0.0;
        while outer - z < WALL_MM && lowest - z < MARROW_MM {
            let here = value(z - LOOK_MM);
            if here >= 0.0 {
                lowest = z - LOOK_MM;
            } else if before >= 0.0 && here < 0.0 {
                lowest = z - LOOK_MM * before / (before - here);
            }
            (z, before) = (z - LOOK_MM, here);
        }
        Some([outer, lowest])
    }

    /// Columns over a square of half width `reach_mm`, `step_mm` apart.
    pub fn columns(&self, reach_mm: f64, step_mm: f64) -> Columns {
        let half = (reach_mm / step_mm).ceil() as usize;
        let side = 2 * half + 1;
        let at = |n: usize| (n as f64 - half as f64) * step_mm;
        let found: Vec<Option<Column>> = (0..side * side)
            .into_par_iter()
            .map(|n| self.column(at(n % side), at(n / side)))
            .collect();
        Columns { half, side, step_mm, found }
    }
}

/// Columns on a square raster about the axis.
pub(super) struct Columns {
    half: usize,
    side: usize,
    step_mm: f64,
    /// The bone in each.
    pub found: Vec<Option<Column>>,
}

impl Columns {
    /// Where a column stands.
    pub fn place(&self, n: usize) -> [f64; 2] {
        let at = |n: usize| (n as f64 - self.half as f64) * self.step_mm;
        [at(n % self.side), at(n / self.side)]
    }

    /// Which columns have no bone and hang together with the axis: the hole. None where bone
    /// stands at the axis itself and all around it.
    pub fn hole(&self) -> Vec<bool> {
        let middle = self.half * self.side + self.half;
        let near = |n: &usize| {
            let [x, y] = self.place(*n);
            self.found[*n].is_none() && x.hypot(y) < 6.0 * self.step_mm
        };
        let open = |n: usize| self.found[n].is_none();
        let start = if open(middle) { Some(middle) } else { (0..self.found.len()).find(near) };
        connected(self.side, start, open)
    }

    /// A raster on the columns' places.
    pub fn raster(&self, value: impl Fn(usize) -> f64) -> Raster {
        let low = -(self.half as f64) * self.step_mm;
        Raster {
            origin: [low; 2],
            step_mm: self.step_mm,
            size: [self.side; 2],
            values: (0..self.found.len()).map(|n| value(n) as f32).collect(),
        }
    }
}

/// The places of a square raster that hang together with `start` over sides.
pub(super) fn connected(
    side: usize,
    start: Option<usize>,
    belongs: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut inside = vec![false; side * side];
    let mut open: Vec<usize> = start.into_iter().collect();
    for &n in &open {
        inside[n] = true;
    }
    while let Some(n) = open.pop() {
        let (i, j) = (n % side, n / side);
        let beside = [
            (i > 0).then(|| n - 1),
            (i + 1 < side).then(|| n + 1),
            (j > 0).then(|| n - side),
            (j + 1 < side).then(|| n + side),
        ];
        for other in beside.into_iter().flatten() {
            if !inside[other] && belongs(other) {
                inside[other] = true;
                open.push(other);
            }
        }
    }
    inside
}

/// Signed distance to the edge of a set of places, negative inside; smoothed over the raster's own
/// steps.
pub(super) fn signed(inside: &[bool], raster: &Raster) -> Raster {
    let [side, _] = raster.size;
    let at = |n: usize| {
        let step = |k: usize| k as f64 * raster.step_mm;
        [raster.origin[0] + step(n % side), raster.origin[1] + step(n / side)]
    };
    let mut edges: Vec<[f64; 2]> = Vec::new();
    for n in 0..inside.len() {
        let beside = [(n % side + 1 < side).then(|| n + 1), Some(n + side)];
        for other in beside.into_iter().flatten().filter(|&o| o < inside.len()) {
            if inside[n] != inside[other] {
                let (a, b) = (at(n), at(other));
                edges.push([0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])]);
            }
        }
    }
    let distance = |n: usize| {
        let p = at(n);
        let d2 = |e: &[f64; 2]| (p[0] - e[0]).powi(2) + (p[1] - e[1]).powi(2);
        let nearest = edges.iter().map(d2).fold(f64::INFINITY, f64::min).sqrt().min(1e6);
        (if inside[n] { -nearest } else { nearest }) as f32
    };
    let values: Vec<f32> = (0..inside.len()).into_par_iter().map(distance).collect();
    let mut smooth = Raster { values, ..raster.clone() };
    for _ in 0..2 {
        smooth.values = blurred(&smooth.values, side);
    }
    smooth
}

/// The mean over each place and its eight neighbours.
fn blurred(values: &[f32], side: usize) -> Vec<f32> {
    let mean = |n: usize| {
        let (i, j) = (n % side, n / side);
        let (mut sum, mut count) = (0.0f32, 0.0f32);
        for b in j.saturating_sub(1)..=(j + 1).min(values.len() / side - 1) {
            for a in i.saturating_sub(1)..=(i + 1).min(side - 1) {
                sum += values[b * side + a];
                count += 1.0;
            }
        }
        sum / count
    };
    (0..values.len()).map(mean).collect()
}
