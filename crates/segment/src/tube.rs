//! The spinal canal: a tube along a curve behind the bodies.
//!
//! Slices at right angles to the curve, 1 mm apart; in each, rays from the middle end where soft
//! tissue turns to bone. One smooth sheet ([`crate::sheet`]) over all slices and directions
//! bridges the gaps between the arches and the foramina; the middles are then moved to the middle
//! of what was found, and the search is repeated.

use ossein_geom::{Lps, Point, Vector, Volume, float};
use rayon::prelude::*;

use crate::body::{BodyFrame, Star};
use crate::sheet::{SheetShape, cheapest};

/// Directions around the curve.
pub const AROUND: usize = 48;
const DEPTH: usize = 64;
const RADIUS_MIN_MM: f64 = 3.0;
const RADIUS_STEP_MM: f64 = 0.25;
const ROUND_COUNT: usize = 3;
const EDGE_HU: f64 = 300.0;
/// Brightness from which a voxel may be bone, in HU.
const BONE_HU: f64 = 190.0;
/// Half of the sagittal diameter of a canal (facts D1.9), in mm.
pub const EXPECTED_RADIUS_MM: f64 = 8.0;

/// The nearest slice is first looked for among every sixth.
const COARSE: usize = 6;

/// One slice across the canal.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Middle of the canal.
    pub center: Point<Lps>,
    /// Unit, to the patient's left.
    pub left: Vector<Lps>,
    /// Unit, to the back.
    pub posterior: Vector<Lps>,
    /// Unit, to the head.
    pub axis: Vector<Lps>,
}

/// The canal: slices from cranial to caudal and the distance of its wall in each.
#[derive(Clone, Debug)]
pub struct Tube {
    /// Cranial to caudal, about 1 mm apart.
    pub slices: Vec<Slice>,
    /// `[slice][direction]`, mm, from left over posterior.
    pub wall_mm: Vec<f64>,
}

/// A point seen from the canal.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Distance from the curve in mm.
    pub radius_mm: f64,
    /// Offset to the patient's left in mm.
    pub left_mm: f64,
    /// Offset to the back in mm.
    pub posterior_mm: f64,
    /// Distance of the wall straight in front of the curve in this slice, in mm.
    pub front_mm: f64,
    /// Distance outside the wall, along the ray, in mm; negative inside.
    pub outside_mm: f64,
}

/// Slices 1 mm apart behind `frames` (cranial to caudal), `margin_mm` longer at either end.
pub fn path(frames: &[BodyFrame], scale: f64, margin_mm: [f64; 2]) -> Vec<Slice> {
    let behind = |f: &BodyFrame| f.point([0.0, f.half[1] + EXPECTED_RADIUS_MM * scale, 0.0]);
    let mut stations: Vec<(Point<Lps>, Vector<Lps>, Vector<Lps>)> =
        frames.iter().map(|f| (behind(f), f.axis, f.left)).collect();
    let (first, last) = (stations[0], stations[stations.len() - 1]);
    stations.insert(0, (first.0 + first.1 * margin_mm[0], first.1, first.2));
    stations.push((last.0 - last.1 * margin_mm[1], last.1, last.2));
    let mut slices = Vec::new();
    for pair in stations.windows(2) {
        let ((p, ta, la), (q, tb, lb)) = (pair[0], pair[1]);
        let length = p.distance(q);
        let count = length.round().max(1.0) as usize;
        for n in 0..count {
            let t = n as f64 / count as f64;
            let (axis, left) = (ta * (1.0 - t) + tb * t, la * (1.0 - t) + lb * t);
            slices.push(slice(hermite(p, q, ta * -length, tb * -length, t), axis, left));
        }
    }
    let end = stations[stations.len() - 1];
    slices.push(slice(end.0, end.1, end.2));
    slices
}

fn hermite(p: Point<Lps>, q: Point<Lps>, a: Vector<Lps>, b: Vector<Lps>, t: f64) -> Point<Lps> {
    let (t2, t3) = (t * t, t * t * t);
    let way = q - p;
    p + way * (3.0 * t2 - 2.0 * t3) + a * (t3 - 2.0 * t2 + t) + b * (t3 - t2)
}

fn slice(center: Point<Lps>, axis: Vector<Lps>, left: Vector<Lps>) -> Slice {
    let axis = axis.unit();
    let left = (left - axis * axis.dot(left)).unit();
    Slice { center, left, posterior: axis.cross(left), axis }
}

/// Finds the canal along `slices` in the blurred grey values; bodies are closed to it.
pub fn find(hu: &Volume<f32>, mut slices: Vec<Slice>, bodies: &[&Star]) -> Tube {
    let mut wall_mm = Vec::new();
    for round in 0..ROUND_COUNT {
        wall_mm = search(hu, &slices, bodies);
        if round + 1 < ROUND_COUNT {
            recenter(&mut slices, &wall_mm);
        }
    }
    Tube { slices, wall_mm }
}

fn turn(around: usize) -> (f64, f64) {
    let angle = around as f64 / AROUND as f64 * std::f64::consts::TAU;
    (float::cos(angle), float::sin(angle))
}

fn search(hu: &Volume<f32>, slices: &[Slice], bodies: &[&Star]) -> Vec<f64> {
    let bodies: Vec<(&Star, f64)> = bodies.iter().map(|&b| (b, b.reach_mm())).collect();
    let mut costs = vec![0f32; slices.len() * AROUND * DEPTH];
    costs.par_chunks_exact_mut(DEPTH).enumerate().with_min_len(AROUND).for_each(|(n, costs)| {
        let slice = &slices[n / AROUND];
        let (cos, sin) = turn(n % AROUND);
        ray_costs(hu, slice, slice.left * cos + slice.posterior * sin, &bodies, costs);
    });
    let shape = SheetShape {
        around: AROUND,
        rows: slices.len(),
        depth: DEPTH,
        step_cost: 0.12,
        step_cost_max: 0.8,
    };
    let heights = cheapest(&costs, &shape);
    heights.iter().map(|h| RADIUS_MIN_MM + RADIUS_STEP_MM * h).collect()
}

fn ray_costs(
    hu: &Volume<f32>,
    slice: &Slice,
    direction: Vector<Lps>,
    bodies: &[(&Star, f64)],
    costs: &mut [f32],
) {
    let count = DEPTH + 20;
    let mut sums = vec![0.0];
    let mut bright = vec![0.0];
    for n in 0..count {
        let p = slice.center + direction * (n as f64 * RADIUS_STEP_MM);
        let closed = bodies
            .iter()
            .any(|(b, reach_mm)| p.distance(b.frame.center) < *reach_mm && b.outside_mm(p) < 0.0);
        let seen = hu.sample(p).clamp(-50.0, 700.0);
        let value = if closed { f64::max(seen, 500.0) } else { seen };
        sums.push(sums[n] + value);
        bright.push(bright[n] + ((value - BONE_HU) / EDGE_HU).clamp(0.0, 1.0) * RADIUS_STEP_MM);
    }
    let low = (RADIUS_MIN_MM / RADIUS_STEP_MM) as usize;
    for (n, cost) in costs.iter_mut().enumerate() {
        let at = n + low;
        let inner = (sums[at] - sums[at - 6]) / 6.0;
        let outer = (sums[at + 6] - sums[at]) / 6.0;
        let edge = ((outer - inner) / EDGE_HU).clamp(-0.3, 1.2);
        let radius = RADIUS_MIN_MM + RADIUS_STEP_MM * n as f64;
        let away = radius / EXPECTED_RADIUS_MM - 1.0;
        *cost = (-edge + 0.8 * bright[at] + 0.35 * away * away) as f32;
    }
}

/// Moves each slice to the middle of what was found, smoothly along the curve.
fn recenter(slices: &mut [Slice], wall_mm: &[f64]) {
    let shift = |n: usize| {
        let (mut left, mut back, mut all) = (0.0, 0.0, 0.0);
        for around in 0..AROUND {
            let r = wall_mm[n * AROUND + around];
            let (cos, sin) = turn(around);
            left += r * r * r * cos / 3.0;
            back += r * r * r * sin / 3.0;
            all += r * r / 2.0;
        }
        [left / all, back / all]
    };
    let shifts: Vec<[f64; 2]> = (0..slices.len()).map(shift).collect();
    const WINDOW: usize = 6;
    for n in 0..slices.len() {
        let near = &shifts[n.saturating_sub(WINDOW)..(n + WINDOW + 1).min(shifts.len())];
        let mean = |a: usize| near.iter().map(|s| s[a]).sum::<f64>() / near.len() as f64;
        let (left, back) = (slices[n].left, slices[n].posterior);
        slices[n].center = slices[n].center + left * mean(0) + back * mean(1);
    }
    let centers: Vec<Point<Lps>> = slices.iter().map(|s| s.center).collect();
    for n in 0..slices.len() {
        let (above, below) = (n.saturating_sub(WINDOW), (n + WINDOW).min(slices.len() - 1));
        let axis = centers[above] - centers[below];
        if axis.norm() > 1.0 {
            slices[n] = slice(centers[n], axis, slices[n].left);
        }
    }
}

impl Tube {
    /// A point as seen from the nearest slice; `None` beyond the ends or far off.
    pub fn see(&self, p: Point<Lps>, reach_mm: f64) -> Option<Seen> {
        let mut best = (f64::INFINITY, 0);
        let mut visit = |n: usize| {
            let d = p - self.slices[n].center;
            let distance = d.dot(d);
            if distance < best.0 {
                best = (distance, n);
            }
        };
        (0..self.slices.len()).step_by(COARSE).for_each(&mut visit);
        visit(self.slices.len() - 1);
        let near = best.1;
        let (low, high) = (near.saturating_sub(COARSE), (near + COARSE).min(self.slices.len() - 1));
        for n in low..=high {
            let d = p - self.slices[n].center;
            let distance = d.dot(d);
            if distance < best.0 {
                best = (distance, n);
            }
        }
        let slice = &self.slices[best.1];
        let d = p - slice.center;
        let along = slice.axis.dot(d);
        let beyond =
            (best.1 == 0 && along > 1.0) || (best.1 + 1 == self.slices.len() && along < -1.0);
        if best.0 > reach_mm * reach_mm || beyond {
            return None;
        }
        let (left_mm, posterior_mm) = (slice.left.dot(d), slice.posterior.dot(d));
        let radius_mm = (left_mm * left_mm + posterior_mm * posterior_mm).sqrt();
        let outside_mm = radius_mm - self.wall_towards(best.1, left_mm, posterior_mm);
        let front_mm = self.wall_towards(best.1, 0.0, -1.0);
        Some(Seen { radius_mm, left_mm, posterior_mm, front_mm, outside_mm })
    }

    fn wall_towards(&self, slice: usize, left_mm: f64, posterior_mm: f64) -> f64 {
        let angle = float::atan2(posterior_mm, left_mm) / std::f64::consts::TAU * AROUND as f64;
        let angle = if angle < 0.0 { angle + AROUND as f64 } else { angle };
        let (low, part) = (angle as usize, angle - angle.floor());
        let at = |a: usize| self.wall_mm[slice * AROUND + a % AROUND];
        at(low) * (1.0 - part) + at(low + 1) * part
    }
}
