//! The outline of a vertebral body: a closed sheet around its middle.
//!
//! Rays leave the middle in all directions. Along each, a cost says where the bone may end: it
//! falls where bright turns dark and rises behind a first clear edge. The cheapest smooth sheet
//! ([`crate::sheet`]) bridges the pedicles and narrow discs, where no edge is seen. Middle, axis
//! and size are taken from the sheet, and the search is repeated from there.

use ossein_geom::{Lps, Point, Vector, Volume, float};

use crate::expected::BodySize;
use crate::sheet::{SheetShape, cheapest};

/// Directions around the axis.
const AROUND: usize = 72;
/// Rows from the caudal to the cranial pole.
const ROWS: usize = 37;
/// Heights per ray, in steps of the expected radius.
const DEPTH: usize = 84;
const RATIO_MIN: f64 = 0.45;
const RATIO_STEP: f64 = 0.015;
/// How square the expected shape is: 2 is an ellipsoid.
const SQUARENESS: i32 = 6;
const ROUND_COUNT: usize = 4;
/// The first rounds are soft and find place and size, the last are stiff against noise.
const SOFT_ROUND_COUNT: usize = 3;
/// Cost of a step between neighbours, and of the greatest.
pub const SOFT: [f32; 2] = [0.11, 1.5];
const STIFF: [f32; 2] = [0.11, 5.0];
/// Contrast that counts as one full edge, in HU.
const EDGE_HU: f64 = 250.0;

/// Where a body lies, and how large it is.
#[derive(Clone, Copy, Debug)]
pub struct BodyFrame {
    /// Middle of the body.
    pub center: Point<Lps>,
    /// Unit, to the patient's left.
    pub left: Vector<Lps>,
    /// Unit, to the back.
    pub posterior: Vector<Lps>,
    /// Unit, to the head.
    pub axis: Vector<Lps>,
    /// Half of width, depth and height in mm.
    pub half: [f64; 3],
}

/// A closed surface around a middle: one radius per direction.
#[derive(Clone, Debug)]
pub struct Star {
    /// The frame in which the directions are given.
    pub frame: BodyFrame,
    /// `[row][around]`: radius in mm.
    radius: Vec<f64>,
    /// `[row][around]`: how clear the edge is there, 1 for a full one.
    clear: Vec<f64>,
    /// Mean cost of the sheet: lower is better.
    pub cost: f64,
}

impl BodyFrame {
    /// A frame around `center` with the axis towards `axis`; left is as near to LPS x as may be.
    pub fn new(center: Point<Lps>, axis: Vector<Lps>, size: &BodySize, scale: f64) -> Self {
        let half = [size.width_mm(), size.depth_mm(), size.posterior_height_mm];
        let mut frame = Self {
            center,
            left: Vector::new(1.0, 0.0, 0.0),
            posterior: Vector::new(0.0, 1.0, 0.0),
            axis,
            half: half.map(|h| 0.5 * scale * h),
        };
        frame.turn_to(axis, frame.left);
        frame
    }

    /// Takes a new axis, and as left the part of `left` at right angles to it.
    pub fn turn_to(&mut self, axis: Vector<Lps>, left: Vector<Lps>) {
        self.axis = axis.unit();
        let level = left - self.axis * self.axis.dot(left);
        let usable = level.norm() > 1e-3;
        self.left = if usable { level.unit() } else { self.axis.any_perpendicular() };
        self.posterior = self.axis.cross(self.left);
    }

    /// Coordinates to the left, the back and the head, in mm from the middle.
    pub fn local(&self, p: Point<Lps>) -> [f64; 3] {
        let d = p - self.center;
        [self.left.dot(d), self.posterior.dot(d), self.axis.dot(d)]
    }

    /// The point at coordinates to the left, the back and the head.
    pub fn point(&self, at: [f64; 3]) -> Point<Lps> {
        self.center + self.left * at[0] + self.posterior * at[1] + self.axis * at[2]
    }

    /// Radius of the expected shape in a direction.
    fn expected_radius(&self, direction: [f64; 3]) -> f64 {
        let [x, y, z] = [0, 1, 2].map(|a| direction[a] / self.half[a]);
        let across = (x * x + y * y).sqrt();
        let sum = across.powi(SQUARENESS) + z.abs().powi(SQUARENESS);
        1.0 / float::pow(sum, 1.0 / f64::from(SQUARENESS))
    }
}

/// Direction of a column, in the frame of the body.
fn direction(row: usize, around: usize) -> [f64; 3] {
    let polar = (row as f64 + 0.5) / ROWS as f64 * std::f64::consts::PI;
    let turn = around as f64 / AROUND as f64 * std::f64::consts::TAU;
    let (sin, cos) = float::sin_cos(polar);
    [sin * float::cos(turn), sin * float::sin(turn), -cos]
}

impl Star {
    /// Radius in the direction of a local point, linear between columns.
    fn radius_towards(&self, at: [f64; 3]) -> f64 {
        let across = (at[0] * at[0] + at[1] * at[1]).sqrt();
        let polar = float::atan2(across, -at[2]) / std::f64::consts::PI * ROWS as f64 - 0.5;
        let turn = float::atan2(at[1], at[0]) / std::f64::consts::TAU * AROUND as f64;
        let turn = if turn < 0.0 { turn + AROUND as f64 } else { turn };
        let polar = polar.clamp(0.0, ROWS as f64 - 1.0);
        let (r0, a0) = ((polar as usize).min(ROWS - 2), turn as usize);
        let (fr, fa) = (polar - r0 as f64, turn - a0 as f64);
        let at = |r: usize, a: usize| self.radius[r * AROUND + a % AROUND];
        (1.0 - fr) * ((1.0 - fa) * at(r0, a0) + fa * at(r0, a0 + 1))
            + fr * ((1.0 - fa) * at(r0 + 1, a0) + fa * at(r0 + 1, a0 + 1))
    }

    /// How far outside a point lies along its ray, in mm; negative inside.
    pub fn outside_mm(&self, p: Point<Lps>) -> f64 {
        let at = self.frame.local(p);
        let distance = (at[0] * at[0] + at[1] * at[1] + at[2] * at[2]).sqrt();
        distance - self.radius_towards(at)
    }

    /// The greatest radius in mm.
    pub fn reach_mm(&self) -> f64 {
        self.radius.iter().copied().fold(0.0, f64::max)
    }

    /// Surface points in local coordinates, with direction weights (solid angles).
    fn points(&self) -> impl Iterator<Item = ([f64; 3], f64)> + '_ {
        self.radius.iter().enumerate().map(|(n, r)| {
            let d = direction(n / AROUND, n % AROUND);
            let sine = (1.0 - d[2] * d[2]).max(0.0).sqrt();
            (d.map(|c| c * r), sine)
        })
    }

    /// Part of an end face where a clear edge was seen; `up` takes the cranial one.
    pub fn clear_fraction(&self, up: bool) -> f64 {
        let (mut clear, mut all) = (0.0, 0.0);
        for (n, (p, weight)) in self.points().enumerate() {
            if self.frame.on_cap(p) && (p[2] > 0.0) == up {
                all += weight;
                clear += if self.clear[n] > 0.25 { weight } else { 0.0 };
            }
        }
        clear / f64::max(all, 1e-9)
    }

    /// Middle and outward normal of an end face; `up` takes the cranial one.
    pub fn cap(&self, up: bool) -> (Point<Lps>, Vector<Lps>) {
        let [a, b, c] = cap_plane(self, up);
        let f = &self.frame;
        let normal = (f.axis - f.left * a - f.posterior * b).unit();
        (f.point([0.0, 0.0, c]), if up { normal } else { -normal })
    }

    fn centroid(&self) -> [f64; 3] {
        let (mut sum, mut all) = ([0.0; 3], 0.0);
        for (p, weight) in self.points() {
            let r = (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
            for a in 0..3 {
                sum[a] += weight * r * r * r * p[a] / 4.0;
            }
            all += weight * r * r * r / 3.0;
        }
        sum.map(|s| s / all)
    }
}

impl BodyFrame {
    /// Whether a surface point lies on the inner part of an end face.
    fn on_cap(&self, p: [f64; 3]) -> bool {
        let across = (p[0] / self.half[0]).powi(2) + (p[1] / self.half[1]).powi(2);
        across < 0.5 && p[2].abs() > 0.5 * self.half[2]
    }
}

/// Outlines the body around `start` in the blurred grey values `hu`.
///
/// `limits` bounds the half sizes: no less and no more than these parts of the first guess.
pub fn outline(hu: &Volume<f32>, start: BodyFrame, limits: [f64; 2]) -> Star {
    let mut star = search(hu, start, SOFT);
    for round in 1..ROUND_COUNT {
        let frame = refit(&star, &start, limits);
        star = search(hu, frame, if round < SOFT_ROUND_COUNT { SOFT } else { STIFF });
    }
    star
}

/// One search from a frame.
pub fn search(hu: &Volume<f32>, frame: BodyFrame, stiffness: [f32; 2]) -> Star {
    let mut costs = vec![0f32; AROUND * ROWS * DEPTH];
    let mut edges = vec![0f32; AROUND * ROWS * DEPTH];
    for column in 0..AROUND * ROWS {
        let at = column * DEPTH..(column + 1) * DEPTH;
        let d = direction(column / AROUND, column % AROUND);
        ray_costs(hu, &frame, d, &mut costs[at.clone()], &mut edges[at]);
    }
    let shape = SheetShape {
        around: AROUND,
        rows: ROWS,
        depth: DEPTH,
        step_cost: stiffness[0],
        step_cost_max: stiffness[1],
    };
    let heights = cheapest(&costs, &shape);
    let mut star = Star { frame, radius: Vec::new(), clear: Vec::new(), cost: 0.0 };
    for (column, height) in heights.iter().enumerate() {
        let d = direction(column / AROUND, column % AROUND);
        star.radius.push((RATIO_MIN + RATIO_STEP * height) * frame.expected_radius(d));
        let near = column * DEPTH + (height.round() as usize).min(DEPTH - 1);
        star.clear.push(f64::from(edges[near]));
        let sine = (1.0 - d[2] * d[2]).max(0.0).sqrt();
        star.cost += f64::from(costs[near]) * sine;
    }
    star.cost /= (AROUND * ROWS) as f64;
    star
}

/// Costs along one ray, and the strength of the edge at each height.
fn ray_costs(
    hu: &Volume<f32>,
    frame: &BodyFrame,
    direction: [f64; 3],
    costs: &mut [f32],
    edges: &mut [f32],
) {
    const SAMPLE_MM: f64 = 0.4;
    let expected = frame.expected_radius(direction);
    let reach = (RATIO_MIN + RATIO_STEP * DEPTH as f64) * expected + 3.0;
    let count = (reach / SAMPLE_MM) as usize + 2;
    let mut sums = Vec::with_capacity(count + 1);
    sums.push(0.0);
    for n in 0..count {
        let at = frame.point(direction.map(|c| c * n as f64 * SAMPLE_MM));
        let value = hu.sample(at).clamp(-100.0, 900.0);
        sums.push(sums[n] + value);
    }
    let mean = |from_mm: f64, to_mm: f64| {
        let at = |mm: f64| {
            let x = (mm / SAMPLE_MM + 0.5).clamp(0.0, count as f64);
            let low = (x as usize).min(count - 1);
            sums[low] + (sums[low + 1] - sums[low]) * (x - low as f64)
        };
        (at(to_mm) - at(from_mm)) / ((to_mm - from_mm) / SAMPLE_MM)
    };
    let mut passed = 0.0f64;
    let step_mm = RATIO_STEP * expected;
    let lag = (2.0 / step_mm).ceil() as usize;
    for n in 0..DEPTH {
        let ratio = RATIO_MIN + RATIO_STEP * n as f64;
        let r = ratio * expected;
        let edge = (mean(r - 1.6, r - 0.1) - mean(r + 0.1, r + 1.6)) / EDGE_HU;
        edges[n] = edge as f32;
        if n >= lag {
            passed = passed.max(f64::from(edges[n - lag]));
        }
        let away = (ratio - 1.0) * (ratio - 1.0);
        let dark = ((60.0 - mean(r - 2.0, r - 0.5)) / EDGE_HU).clamp(0.0, 1.0);
        let cost = -edge.clamp(-0.5, 1.2) + 0.6 * passed.clamp(0.0, 1.2) + 1.5 * away + dark;
        costs[n] = cost as f32;
    }
}

/// The frame that a sheet shows: its middle, the mean normal of its end faces, its half sizes.
fn refit(star: &Star, start: &BodyFrame, limits: [f64; 2]) -> BodyFrame {
    let mut frame = star.frame;
    let up = cap_plane(star, true);
    let down = cap_plane(star, false);
    let mid = star.centroid();
    frame.center = frame.point(mid);
    let normal = |plane: [f64; 3]| {
        let f = &star.frame;
        (f.axis - f.left * plane[0] - f.posterior * plane[1]).unit()
    };
    let axis = normal(up) + normal(down);
    let left = frame.left;
    frame.turn_to(axis, left);
    frame.half[2] = 0.5 * (up[2] - down[2]);
    let mut wide = Vec::new();
    let mut deep = Vec::new();
    for (p, _) in star.points() {
        let q = [p[0] - mid[0], p[1] - mid[1], p[2] - mid[2]];
        if q[2].abs() > 0.6 * frame.half[2] {
            continue;
        }
        let (x, y) = (q[0] / frame.half[0], q[1] / frame.half[1]);
        let across = (x * x + y * y).sqrt();
        if x.abs() > 0.85 * across {
            wide.push(across);
        } else if y.abs() > 0.85 * across {
            deep.push(across);
        }
    }
    frame.half[0] *= middle(&mut wide).unwrap_or(1.0);
    frame.half[1] *= middle(&mut deep).unwrap_or(1.0);
    for a in 0..3 {
        frame.half[a] = frame.half[a].clamp(limits[0] * start.half[a], limits[1] * start.half[a]);
    }
    frame
}

fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Plane `z = a x + b y + c` through an end face, by least squares with trimming.
fn cap_plane(star: &Star, up: bool) -> [f64; 3] {
    let on = |p: &[f64; 3]| star.frame.on_cap(*p) && (p[2] > 0.0) == up;
    let mut points: Vec<([f64; 3], f64)> = star.points().filter(|(p, _)| on(p)).collect();
    let fallback = [0.0, 0.0, if up { star.frame.half[2] } else { -star.frame.half[2] }];
    let mut plane = fallback;
    for _ in 0..3 {
        let Some(fitted) = crate::plane::fit(points.iter().copied()) else { return fallback };
        plane = fitted;
        let off = |p: &[f64; 3]| (p[2] - plane[0] * p[0] - plane[1] * p[1] - plane[2]).abs();
        let mut all: Vec<f64> = points.iter().map(|(p, _)| off(p)).collect();
        let limit = 2.5 * middle(&mut all).unwrap_or(0.0) + 0.1;
        points.retain(|(p, _)| off(p) <= limit);
    }
    plane
}
