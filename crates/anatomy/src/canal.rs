//! The spinal canal as a tube: middle line, walls, distances.

use ossein_geom::{Lps, Point, Vector, Volume, float};
use ossein_segment::{CANAL, Segmentation};

use crate::types::{AnatomyError, Canal};

/// Directions of the wall in a slice.
const AROUND: usize = 36;
const STEP_MM: f64 = 1.0;
const REACH_MM: f64 = 18.0;
const MARCH_MM: f64 = 0.25;
const SLICE_COUNT_MAX: usize = 1000;
/// The curve is smoothed over this many slices to either side.
const WINDOW: usize = 4;

/// Frame of a body, as far as the canal needs it.
#[derive(Clone, Copy, Debug)]
pub struct Station {
    pub centroid: Point<Lps>,
    pub axis: Vector<Lps>,
    pub left: Vector<Lps>,
}

/// Mean of the canal's voxels level with a body, if there are any.
pub fn beside(
    segmentation: &Segmentation,
    centroid: Point<Lps>,
    axis: Vector<Lps>,
) -> Option<Point<Lps>> {
    const HALF_SLAB_MM: f64 = 2.0;
    let labels = &segmentation.labels;
    let (mut sum, mut count) = (Vector::new(0.0, 0.0, 0.0), 0.0);
    for (n, &label) in labels.values.iter().enumerate() {
        if label != CANAL {
            continue;
        }
        let d = labels.grid.center(labels.grid.voxel(n)) - centroid;
        if axis.dot(d).abs() < HALF_SLAB_MM && d.norm() < 45.0 {
            sum += d;
            count += 1.0;
        }
    }
    (count > 8.0).then(|| centroid + sum * (1.0 / count))
}

/// Traces the canal along the bodies.
///
/// # Errors
/// [`AnatomyError::NoCanal`].
pub fn trace(segmentation: &Segmentation, stations: &[Station]) -> Result<Canal, AnatomyError> {
    let mask = mask(segmentation).ok_or(AnatomyError::NoCanal)?;
    let mut knots: Vec<(Point<Lps>, Vector<Lps>)> = Vec::new();
    for s in stations {
        if let Some(p) = beside(segmentation, s.centroid, s.axis) {
            knots.push((p, s.left));
        }
    }
    let Some(&first) = stations.first() else { return Err(AnatomyError::NoCanal) };
    if knots.is_empty() {
        return Err(AnatomyError::NoCanal);
    }
    let last = stations[stations.len() - 1];
    let top = extended(&mask, knots[0].0, first.axis);
    let bottom = extended(&mask, knots[knots.len() - 1].0, -last.axis);
    knots.insert(0, (top, first.left));
    knots.push((bottom, last.left));
    let mut line = sampled(&knots);
    for _ in 0..3 {
        recenter(&mask, &mut line);
    }
    line.retain(|(p, _)| mask.sample(*p) > 0.5);
    if line.len() < 3 {
        return Err(AnatomyError::NoCanal);
    }
    Ok(walls(&mask, &line))
}

/// The canal's voxels as 0 and 1 with free space around.
fn mask(segmentation: &Segmentation) -> Option<Volume<f32>> {
    let labels = &segmentation.labels;
    let mut low = labels.grid.size;
    let mut high = [0usize; 3];
    for (n, &label) in labels.values.iter().enumerate() {
        if label == CANAL {
            let voxel = labels.grid.voxel(n);
            for a in 0..3 {
                low[a] = low[a].min(voxel[a]);
                high[a] = high[a].max(voxel[a]);
            }
        }
    }
    if low[0] > high[0] {
        return None;
    }
    let mut grid = labels.grid.clone();
    grid.origin = labels.grid.point(low.map(|n| n as f64 - 2.0));
    grid.size = [0, 1, 2].map(|a| high[a] - low[a] + 5);
    let value = |n: usize| {
        let voxel = grid.voxel(n);
        let inside = (0..3).all(|a| {
            let at = (voxel[a] + low[a]).checked_sub(2);
            at.is_some_and(|at| at < labels.grid.size[a])
        });
        let source = [0, 1, 2].map(|a| (voxel[a] + low[a]).saturating_sub(2));
        if inside && labels.at(source) == CANAL { 1f32 } else { 0f32 }
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Some(Volume::new(grid, values))
}

/// The last point of the canal on a straight way from `start`.
fn extended(mask: &Volume<f32>, start: Point<Lps>, way: Vector<Lps>) -> Point<Lps> {
    let mut end = start;
    for n in 1..60 {
        let p = start + way * f64::from(n);
        if mask.sample(p) > 0.5 {
            end = p;
        }
    }
    end
}

fn sampled(knots: &[(Point<Lps>, Vector<Lps>)]) -> Vec<(Point<Lps>, Vector<Lps>)> {
    let mut line = Vec::new();
    for pair in knots.windows(2) {
        let length = pair[0].0.distance(pair[1].0);
        let count = (length / STEP_MM).round() as usize;
        for n in 0..count.min(SLICE_COUNT_MAX) {
            let part = n as f64 / count as f64;
            let left = pair[0].1 * (1.0 - part) + pair[1].1 * part;
            line.push((pair[0].0.lerp(pair[1].0, part), left.unit()));
        }
    }
    line.push(knots[knots.len() - 1]);
    line
}

fn tangent(line: &[(Point<Lps>, Vector<Lps>)], n: usize) -> Vector<Lps> {
    let (a, b) = (n.saturating_sub(WINDOW), (n + WINDOW).min(line.len() - 1));
    (line[a].0 - line[b].0).unit()
}

/// Unit vectors to the left and to the back across the canal.
fn across(axis: Vector<Lps>, left: Vector<Lps>) -> (Vector<Lps>, Vector<Lps>) {
    let left = (left - axis * axis.dot(left)).unit();
    (left, axis.cross(left))
}

fn wall(mask: &Volume<f32>, center: Point<Lps>, way: Vector<Lps>) -> f64 {
    let mut before = mask.sample(center);
    for n in 1..=(REACH_MM / MARCH_MM) as usize {
        let value = mask.sample(center + way * (n as f64 * MARCH_MM));
        if value <= 0.5 {
            if before <= 0.5 {
                return 0.0;
            }
            return (n as f64 - 1.0 + (before - 0.5) / (before - value)) * MARCH_MM;
        }
        before = value;
    }
    REACH_MM
}

fn turn(n: usize) -> (f64, f64) {
    float::sin_cos(n as f64 / AROUND as f64 * std::f64::consts::TAU)
}

/// Moves every slice's middle to the middle of its section, smoothly.
fn recenter(mask: &Volume<f32>, line: &mut [(Point<Lps>, Vector<Lps>)]) {
    let shift = |n: usize| {
        let (left, back) = across(tangent(line, n), line[n].1);
        let (mut sum, mut all) = (Vector::new(0.0, 0.0, 0.0), 0.0);
        for around in 0..AROUND {
            let (sin, cos) = turn(around);
            let way = left * cos + back * sin;
            let r = wall(mask, line[n].0, way);
            sum += way * (r * r * r / 3.0);
            all += r * r / 2.0;
        }
        if all > 1.0 { sum * (1.0 / all) } else { Vector::new(0.0, 0.0, 0.0) }
    };
    let shifts: Vec<Vector<Lps>> = (0..line.len()).map(shift).collect();
    for n in 0..line.len() {
        let near = &shifts[n.saturating_sub(WINDOW)..(n + WINDOW + 1).min(shifts.len())];
        let sum = near.iter().fold(Vector::new(0.0, 0.0, 0.0), |a, &b| a + b);
        line[n].0 = line[n].0 + sum * (1.0 / near.len() as f64);
    }
}

fn walls(mask: &Volume<f32>, line: &[(Point<Lps>, Vector<Lps>)]) -> Canal {
    let mut canal = Canal {
        centerline: Vec::new(),
        radius_mm: Vec::new(),
        left: Vec::new(),
        posterior: Vec::new(),
        wall_mm: Vec::new(),
    };
    for n in 0..line.len() {
        let (left, back) = across(tangent(line, n), line[n].1);
        let walls: Vec<f64> = (0..AROUND)
            .map(|m| {
                let (sin, cos) = turn(m);
                wall(mask, line[n].0, left * cos + back * sin)
            })
            .collect();
        canal.centerline.push(line[n].0);
        canal.radius_mm.push(inscribed(&walls));
        canal.left.push(left);
        canal.posterior.push(back);
        canal.wall_mm.push(walls);
    }
    canal
}

fn corners(walls: &[f64]) -> Vec<[f64; 2]> {
    let corner = |(n, r): (usize, &f64)| {
        let (sin, cos) = float::sin_cos(n as f64 / walls.len() as f64 * std::f64::consts::TAU);
        [r * cos, r * sin]
    };
    walls.iter().enumerate().map(corner).collect()
}

/// Distance from `p` to the closed polygon's edge.
fn to_polygon(polygon: &[[f64; 2]], p: [f64; 2]) -> f64 {
    let mut least = f64::INFINITY;
    for (n, a) in polygon.iter().enumerate() {
        let b = polygon[(n + 1) % polygon.len()];
        let (d, q) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        let length = d[0] * d[0] + d[1] * d[1];
        let t =
            if length > 0.0 { ((q[0] * d[0] + q[1] * d[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
        let e = [q[0] - t * d[0], q[1] - t * d[1]];
        least = least.min(e[0] * e[0] + e[1] * e[1]);
    }
    least.sqrt()
}

/// Radius of the largest disc inside a section, its middle within 3 mm of the section's.
fn inscribed(walls: &[f64]) -> f64 {
    let polygon = corners(walls);
    let mut best = 0.0f64;
    for j in -6..=6 {
        for i in -6..=6 {
            let p = [f64::from(i) * 0.5, f64::from(j) * 0.5];
            if is_inside(walls, p) {
                best = best.max(to_polygon(&polygon, p));
            }
        }
    }
    best
}

fn is_inside(walls: &[f64], p: [f64; 2]) -> bool {
    let count = walls.len();
    let angle = float::atan2(p[1], p[0]) / std::f64::consts::TAU * count as f64;
    let angle = if angle < 0.0 { angle + count as f64 } else { angle };
    let (low, part) = (angle as usize, angle - angle.floor());
    let r = walls[low % count] * (1.0 - part) + walls[(low + 1) % count] * part;
    p[0] * p[0] + p[1] * p[1] < r * r
}

/// Whether an offset along the axis (towards the head) leads out of the canal at its end.
fn beyond_end(n: usize, count: usize, along: f64) -> bool {
    if n == 0 { along > 0.0 } else { n + 1 == count && along < 0.0 }
}

/// The inside of a canal, made ready to measure distances.
pub struct CanalSolid<'a> {
    canal: &'a Canal,
    /// The wall of each slice as a polygon across it.
    sections: Vec<Vec<[f64; 2]>>,
    /// Farthest wall of each slice, mm.
    reach_mm: Vec<f64>,
}

impl Canal {
    /// The canal, made ready to measure distances.
    pub fn solid(&self) -> CanalSolid<'_> {
        let farthest = |walls: &Vec<f64>| walls.iter().copied().fold(0.0, f64::max);
        CanalSolid {
            canal: self,
            sections: self.wall_mm.iter().map(|walls| corners(walls)).collect(),
            reach_mm: self.wall_mm.iter().map(farthest).collect(),
        }
    }
}

impl CanalSolid<'_> {
    /// Distance from the canal's surface in mm, negative inside; infinite where no canal was
    /// traced.
    ///
    /// The distance to the nearest wall of any slice; slices are about 1 mm apart, so it is at
    /// most 0.13 mm too large 1 mm from the wall, and less farther away. Beyond the ends, the
    /// canal is taken as closed at its last slice.
    pub fn distance_mm(&self, point: Point<Lps>) -> f64 {
        let line = &self.canal.centerline;
        // The slice that p stands in, and the one whose middle is nearest.
        let (mut level, mut first) = ((f64::INFINITY, 0), (f64::INFINITY, 0));
        for (n, middle) in line.iter().enumerate() {
            let d = point - *middle;
            let along = self.canal.left[n].cross(self.canal.posterior[n]).dot(d).abs();
            if along < level.0 && d.norm() < 2.0 * REACH_MM {
                level = (along, n);
            }
            if d.norm() < first.0 {
                first = (d.norm(), n);
            }
        }
        if first.0 == f64::INFINITY {
            return f64::INFINITY;
        }
        let mut least = self.to_section(first.1, point);
        for (n, middle) in line.iter().enumerate() {
            if (point - *middle).norm() - self.reach_mm[n] <= least {
                least = least.min(self.to_section(n, point));
            }
        }
        let within = level.0 <= STEP_MM && self.is_in_section(level.1, point);
        if within { -least } else { least }
    }

    /// Place of `point` across a slice, and along it towards the head.
    fn across(&self, n: usize, point: Point<Lps>) -> ([f64; 2], f64) {
        let d = point - self.canal.centerline[n];
        let (left, back) = (self.canal.left[n], self.canal.posterior[n]);
        ([left.dot(d), back.dot(d)], left.cross(back).dot(d))
    }

    fn is_in_section(&self, n: usize, point: Point<Lps>) -> bool {
        is_inside(&self.canal.wall_mm[n], self.across(n, point).0)
    }

    /// Distance to the wall of a slice.
    fn to_section(&self, n: usize, point: Point<Lps>) -> f64 {
        let (p, along) = self.across(n, point);
        // Straight above an end face, the way leads along the axis.
        if beyond_end(n, self.sections.len(), along) && is_inside(&self.canal.wall_mm[n], p) {
            return along.abs();
        }
        let aside = to_polygon(&self.sections[n], p);
        (aside * aside + along * along).sqrt()
    }
}
