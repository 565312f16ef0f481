//! An end face of a vertebral body: rim plane, outline, heights.

use ossein_geom::{Lps, Point, Vector, Volume, float};

use crate::types::{Endplate, HeightMap};

/// Distance between height samples.
const STEP_MM: f64 = 0.5;
/// How far from the plane the bone surface is looked for, inwards and outwards.
const INWARD_MM: f64 = 6.0;
const OUTWARD_MM: f64 = 3.5;
const MARCH_MM: f64 = 0.25;
/// The end face ends where its normal is more than about 50 degrees off the plane's.
const FACING_MIN: f64 = 0.64;
/// Directions of the outline.
pub const AROUND: usize = 72;
const ROUND_COUNT: usize = 4;
/// The rim: from this part of the outline's radius to that.
const RIM: [f64; 2] = [0.72, 0.94];
/// Rim points farther than this many median deviations off are spurs, and do not count.
const SPUR_RATIO: f64 = 3.0;

/// A plane with axes to the left and to the back.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    pub center: Point<Lps>,
    pub normal: Vector<Lps>,
    pub u: Vector<Lps>,
    pub v: Vector<Lps>,
}

impl Plane {
    /// A plane through `center`; `u` and `v` are `left` and `posterior` brought into it.
    pub fn new(
        center: Point<Lps>,
        normal: Vector<Lps>,
        left: Vector<Lps>,
        posterior: Vector<Lps>,
    ) -> Self {
        let normal = normal.unit();
        let u = (left - normal * normal.dot(left)).unit();
        let v = normal.cross(u);
        let v = if v.dot(posterior) < 0.0 { -v } else { v };
        Self { center, normal, u, v }
    }

    pub fn point(&self, u: f64, v: f64, height: f64) -> Point<Lps> {
        self.center + self.u * u + self.v * v + self.normal * height
    }
}

/// Outermost height at which the bone ends above (u, v), and how much it faces outwards there.
fn height(field: &Volume<f32>, plane: &Plane, u: f64, v: f64) -> Option<(f64, f64)> {
    let count = ((INWARD_MM + OUTWARD_MM) / MARCH_MM) as usize;
    let at = |n: usize| OUTWARD_MM - n as f64 * MARCH_MM;
    let value = |h: f64| field.sample(plane.point(u, v, h));
    let mut above = value(at(0));
    if above < 0.0 {
        return None;
    }
    for n in 1..=count {
        let here = value(at(n));
        // A sliver is not the end face: there must be bone 1 mm below its top.
        if here < 0.0 && value(at(n) - 0.75) < 0.0 {
            let h = at(n) + MARCH_MM * here / (here - above);
            return Some((h, facing(field, plane, plane.point(u, v, h))));
        }
        above = if here < 0.0 { above.max(1e-3) } else { here };
    }
    None
}

/// Cosine between the surface's normal and the plane's.
fn facing(field: &Volume<f32>, plane: &Plane, p: Point<Lps>) -> f64 {
    const STEP: f64 = 0.6;
    let slope = |d: Vector<Lps>| field.sample(p + d * STEP) - field.sample(p - d * STEP);
    let (n, u, v) = (slope(plane.normal), slope(plane.u), slope(plane.v));
    n / (n * n + u * u + v * v).sqrt().max(1e-9)
}

/// Distance of the outline in every direction from the plane's middle, in mm.
fn outline(field: &Volume<f32>, plane: &Plane, reach_mm: f64) -> [f64; AROUND] {
    const STEP: f64 = 0.25;
    let mut radii = [0.0; AROUND];
    for (n, radius) in radii.iter_mut().enumerate() {
        let (sin, cos) = direction(n);
        let mut missed = 0;
        for step in 1..=(reach_mm / STEP) as usize {
            let r = step as f64 * STEP;
            let on = height(field, plane, r * cos, r * sin)
                .is_some_and(|(h, facing)| facing > FACING_MIN && h.abs() < INWARD_MM - 1.0);
            // Pits of spongy bone and noise interrupt the face; its edge does not come back.
            missed = if on { 0 } else { missed + 1 };
            if on {
                *radius = r;
            }
            if missed > 8 {
                break;
            }
        }
    }
    smoothed(&radii)
}

fn direction(n: usize) -> (f64, f64) {
    float::sin_cos(n as f64 / AROUND as f64 * std::f64::consts::TAU)
}

/// Median of five, then mean of three, around.
fn smoothed(radii: &[f64; AROUND]) -> [f64; AROUND] {
    let mut medians = [0.0; AROUND];
    for n in 0..AROUND {
        let mut near = [0usize, 1, 2, 3, 4].map(|m| radii[(n + AROUND + m - 2) % AROUND]);
        near.sort_by(f64::total_cmp);
        medians[n] = near[2];
    }
    let mut out = [0.0; AROUND];
    for n in 0..AROUND {
        let at = |m: usize| medians[(n + AROUND + m - 1) % AROUND];
        out[n] = (at(0) + at(1) + at(2)) / 3.0;
    }
    out
}

fn radius_towards(radii: &[f64; AROUND], u: f64, v: f64) -> f64 {
    let turn = float::atan2(v, u) / std::f64::consts::TAU * AROUND as f64;
    let turn = if turn < 0.0 { turn + AROUND as f64 } else { turn };
    let (low, part) = (turn as usize, turn - turn.floor());
    radii[low % AROUND] * (1.0 - part) + radii[(low + 1) % AROUND] * part
}

/// Heights of the rim as points (u, v, height).
fn rim_points(field: &Volume<f32>, plane: &Plane, radii: &[f64; AROUND]) -> Vec<[f64; 3]> {
    let mut points = Vec::new();
    for (n, radius) in radii.iter().enumerate() {
        let (sin, cos) = direction(n);
        for step in 0..5 {
            let r = radius * (RIM[0] + (RIM[1] - RIM[0]) * f64::from(step) / 4.0);
            if let Some((h, _)) = height(field, plane, r * cos, r * sin) {
                points.push([r * cos, r * sin, h]);
            }
        }
    }
    points
}

/// Plane `height = a u + b v + c` through points, spurs left out, and its root mean square error.
fn fit(mut points: Vec<[f64; 3]>) -> Option<([f64; 3], f64)> {
    let mut plane = crate::linear::plane_of_most(&points)?;
    for _ in 0..3 {
        let off = |p: &[f64; 3]| p[2] - plane[0] * p[0] - plane[1] * p[1] - plane[2];
        let mut all: Vec<f64> = points.iter().map(|p| off(p).abs()).collect();
        all.sort_by(f64::total_cmp);
        let limit = SPUR_RATIO * all[all.len() / 2] + 0.1;
        points.retain(|p| off(p).abs() <= limit);
        plane = crate::linear::plane(&points)?;
    }
    let square = |p: &[f64; 3]| {
        let d = p[2] - plane[0] * p[0] - plane[1] * p[1] - plane[2];
        d * d
    };
    let rms = (points.iter().map(square).sum::<f64>() / points.len().max(1) as f64).sqrt();
    Some((plane, rms))
}

/// Measures the end face near `start`; `None` if less than a face is there.
pub fn measure(field: &Volume<f32>, start: Plane, reach_mm: f64) -> Option<Endplate> {
    let (left, posterior) = (start.u, start.v);
    let mut plane = start;
    let mut radii = [0.0; AROUND];
    let mut rms = 0.0;
    for round in 0..ROUND_COUNT {
        radii = outline(field, &plane, reach_mm);
        let (area, center) = area_and_center(&radii);
        if area < 20.0 {
            return None;
        }
        let points = rim_points(field, &plane, &radii);
        if points.len() < 3 * AROUND {
            return None;
        }
        let (slope, error) = fit(points)?;
        rms = error;
        if round + 1 == ROUND_COUNT {
            break;
        }
        let height = slope[0] * center[0] + slope[1] * center[1] + slope[2];
        let middle = plane.point(center[0], center[1], height);
        let normal = plane.normal - plane.u * slope[0] - plane.v * slope[1];
        plane = Plane::new(middle, normal, left, posterior);
    }
    Some(describe(field, &plane, &radii, rms))
}

fn area_and_center(radii: &[f64; AROUND]) -> (f64, [f64; 2]) {
    let polygon = polygon(radii);
    let (mut area, mut u, mut v) = (0.0, 0.0, 0.0);
    for (n, a) in polygon.iter().enumerate() {
        let b = polygon[(n + 1) % AROUND];
        let cross = a[0] * b[1] - b[0] * a[1];
        area += 0.5 * cross;
        u += (a[0] + b[0]) * cross / 6.0;
        v += (a[1] + b[1]) * cross / 6.0;
    }
    let safe = area.max(1e-9);
    (area, [u / safe, v / safe])
}

fn polygon(radii: &[f64; AROUND]) -> Vec<[f64; 2]> {
    let corner = |(n, r): (usize, &f64)| {
        let (sin, cos) = direction(n);
        [r * cos, r * sin]
    };
    radii.iter().enumerate().map(corner).collect()
}

fn describe(field: &Volume<f32>, plane: &Plane, radii: &[f64; AROUND], rms: f64) -> Endplate {
    let outline = polygon(radii);
    let extent = |a: usize| {
        let least = outline.iter().map(|p| p[a]).fold(f64::INFINITY, f64::min);
        let most = outline.iter().map(|p| p[a]).fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    };
    let (u, v) = (extent(0), extent(1));
    let heights = height_map(field, plane, radii, [u, v]);
    let concavity_mm = concavity(&heights, radii);
    Endplate {
        center: plane.center,
        normal: plane.normal,
        u: plane.u,
        v: plane.v,
        rim_width_mm: rim_width(&heights, radii, concavity_mm),
        heights,
        outline,
        width_mm: u.1 - u.0,
        depth_mm: v.1 - v.0,
        area_mm2: area_and_center(radii).0,
        concavity_mm,
        fit_rms_mm: rms,
    }
}

fn height_map(
    field: &Volume<f32>,
    plane: &Plane,
    radii: &[f64; AROUND],
    extents: [(f64, f64); 2],
) -> HeightMap {
    let origin = extents.map(|e| (e.0 / STEP_MM).floor() * STEP_MM);
    let size = [0, 1].map(|a| ((extents[a].1 - origin[a]) / STEP_MM).ceil() as usize + 1);
    let mut heights_mm = vec![f32::NAN; size[0] * size[1]];
    for (n, value) in heights_mm.iter_mut().enumerate() {
        let u = origin[0] + (n % size[0]) as f64 * STEP_MM;
        let v = origin[1] + (n / size[0]) as f64 * STEP_MM;
        // One step beyond the outline, so that the rim can be interpolated.
        if (u * u + v * v).sqrt() <= radius_towards(radii, u, v) + STEP_MM
            && let Some((h, _)) = height(field, plane, u, v)
        {
            *value = h as f32;
        }
    }
    HeightMap { origin, step_mm: STEP_MM, size, heights_mm }
}

/// Depth of the deepest smoothed point, away from the edge.
fn concavity(heights: &HeightMap, radii: &[f64; AROUND]) -> f64 {
    let mut deepest = 0.0f64;
    for j in 1..heights.size[1].saturating_sub(1) {
        for i in 1..heights.size[0].saturating_sub(1) {
            let u = heights.origin[0] + i as f64 * STEP_MM;
            let v = heights.origin[1] + j as f64 * STEP_MM;
            if (u * u + v * v).sqrt() > 0.85 * radius_towards(radii, u, v) {
                continue;
            }
            let mut sum = 0.0;
            for m in 0..9 {
                let at = (j + m / 3 - 1) * heights.size[0] + i + m % 3 - 1;
                sum += f64::from(heights.heights_mm[at]) / 9.0;
            }
            if sum.is_finite() {
                deepest = deepest.max(-sum);
            }
        }
    }
    deepest
}

/// Mean distance from the outline inwards to where half of the concavity is reached.
fn rim_width(heights: &HeightMap, radii: &[f64; AROUND], concavity_mm: f64) -> f64 {
    let mut sum = 0.0;
    for (n, radius) in radii.iter().enumerate() {
        let (sin, cos) = direction(n);
        let mut r = *radius;
        while r > 0.0 {
            let deep = heights.sample(r * cos, r * sin).is_some_and(|h| h < -0.5 * concavity_mm);
            // The rounding at the outer edge is as low as the floor, and is not the floor.
            if deep && r < 0.9 * radius {
                break;
            }
            r -= 0.25;
        }
        sum += radius - r.max(0.0);
    }
    sum / AROUND as f64
}
