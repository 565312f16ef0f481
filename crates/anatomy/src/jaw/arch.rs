//! The curve through the middle of a jaw's bone, from condyle to condyle.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ossein_geom::{Grid, Job, Lps, Point, Vector, Volume};
use serde::{Deserialize, Serialize};

use super::JawError;
use super::landmarks::Landmarks;
use crate::SURFACE_LEVEL;

/// Voxels of the grid on which the way is sought, mm.
const VOXEL_MM: f64 = 1.0;
/// Bone so far under the surface is no better a way than less far, mm.
const DEPTH_MM_MAX: f64 = 8.0;
/// Distance between stations, mm.
const STEP_MM: f64 = 2.0;
/// A section is looked at so far around the way, mm.
const SECTION_MM: f64 = 24.0;
/// The way moves to the middle of a section by this at most, mm.
const SHIFT_MM_MAX: f64 = 8.0;
/// Half the length over which the curve is smoothed, mm.
const SMOOTH_MM: f64 = 8.0;
/// Stations to both sides that give the direction at one.
const COURSE_COUNT: usize = 3;
/// The curve ends so far under the top of a condyle, mm.
const CONDYLE_MM: f64 = 6.0;

/// A place along the jaw and the directions there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Station {
    /// Along the curve from the plane of symmetry, mm; positive to the left.
    pub along_mm: f64,
    /// The middle of the bone there.
    pub point: Point<Lps>,
    /// Unit, along the curve towards the left condyle.
    pub along: Vector<Lps>,
    /// Unit, out to cheek and lip.
    pub outward: Vector<Lps>,
    /// Unit, across both: to the teeth along the body, forward along the ramus.
    pub up: Vector<Lps>,
}

/// The curve through the middle of the bone, right to left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arch {
    /// Its stations, at most 2 mm apart.
    pub stations: Vec<Station>,
}

impl Arch {
    /// From the right condyle to the left one, mm from the chin: negative, positive.
    pub fn ends_mm(&self) -> [f64; 2] {
        let end = |s: Option<&Station>| s.map_or(0.0, |s| s.along_mm);
        [end(self.stations.first()), end(self.stations.last())]
    }

    /// The station so far along, between the ends.
    pub fn at(&self, along_mm: f64) -> Station {
        let after = self.stations.partition_point(|s| s.along_mm < along_mm);
        let last = self.stations.len() - 1;
        let (a, b) = (self.stations[after.clamp(1, last) - 1], self.stations[after.clamp(1, last)]);
        let t = ((along_mm - a.along_mm) / (b.along_mm - a.along_mm)).clamp(0.0, 1.0);
        let between = |v: Vector<Lps>, w: Vector<Lps>| v * (1.0 - t) + w * t;
        let along = between(a.along, b.along).unit();
        let side = between(a.outward, b.outward);
        let outward = (side - along * along.dot(side)).unit();
        Station {
            along_mm: a.along_mm + t * (b.along_mm - a.along_mm),
            point: a.point.lerp(b.point, t),
            along,
            outward,
            up: outward.cross(along),
        }
    }

    /// How far along the curve comes nearest to a point, and that distance, mm.
    pub fn nearest(&self, p: Point<Lps>) -> (f64, f64) {
        let mut best = (0.0, f64::INFINITY);
        for pair in self.stations.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let leg = b.point - a.point;
            let t = ((p - a.point).dot(leg) / leg.dot(leg).max(1e-12)).clamp(0.0, 1.0);
            let away = p.distance(a.point.lerp(b.point, t));
            if away < best.1 {
                best = (a.along_mm + t * (b.along_mm - a.along_mm), away);
            }
        }
        best
    }
}

/// The curve of a solid jaw.
pub(super) fn through(bone: &Volume<i16>, marks: &Landmarks, job: &Job) -> Result<Arch, JawError> {
    job.step(0, 1)?;
    let depth = depths(bone, marks);
    let frame = &marks.frame;
    let ends = marks.condyles.map(|p| nearest_bone(&depth, p - frame.up * CONDYLE_MM));
    let [Some(from), Some(to)] = ends else { return Err(JawError::Broken) };
    let way = way(&depth, from, to).ok_or(JawError::Broken)?;
    let rough = smoothed(&even(&way));
    let shift = |n: usize| {
        let shift = section_middle(bone, &rough, n) - rough[n];
        shift * (SHIFT_MM_MAX / shift.norm().max(SHIFT_MM_MAX))
    };
    // Moved evenly: neighbours stay in their order.
    let shifts: Vec<Point<Lps>> = (0..rough.len()).map(|n| Point::ORIGIN + shift(n)).collect();
    let shifts = smoothed(&shifts);
    let centred: Vec<Point<Lps>> =
        rough.iter().zip(&shifts).map(|(p, s)| *p + (*s - Point::ORIGIN)).collect();
    Ok(stations(&smoothed(&even(&centred)), marks))
}

/// Depth under the surface by chamfer distance, on a grid along the jaw's own axes; 0 outside.
fn depths(bone: &Volume<i16>, marks: &Landmarks) -> Volume<f32> {
    let frame = &marks.frame;
    let b = bone.grid.bounds();
    let corner = |n: usize| {
        let pick = |a: usize| if n >> a & 1 == 1 { b.max[a] } else { b.min[a] };
        frame.of(Point::new(pick(0), pick(1), pick(2)))
    };
    let corners: Vec<[f64; 3]> = (0..8).map(corner).collect();
    let low = [0, 1, 2].map(|a| corners.iter().map(|c| c[a]).fold(f64::INFINITY, f64::min));
    let high = [0, 1, 2].map(|a| corners.iter().map(|c| c[a]).fold(f64::NEG_INFINITY, f64::max));
    let low = low.map(|v| (v / VOXEL_MM).floor() * VOXEL_MM);
    let size = [0, 1, 2].map(|a| ((high[a] - low[a]) / VOXEL_MM).ceil() as usize + 2);
    let grid = Grid {
        origin: frame.point(low),
        axes: [frame.left, frame.posterior, frame.up],
        spacing: [VOXEL_MM; 3],
        size,
    };
    let inside = |n: usize| bone.sample(grid.center(grid.voxel(n))) >= SURFACE_LEVEL;
    let far = |n| if inside(n) { DEPTH_MM_MAX as f32 } else { 0.0 };
    let mut depth = Volume::new(grid.clone(), (0..grid.voxel_count()).map(far).collect());
    chamfer(&mut depth);
    depth
}

/// Lowers each value to the least of its neighbours' plus their distance, there and back.
fn chamfer(depth: &mut Volume<f32>) {
    let size = depth.grid.size;
    let steps: Vec<([i64; 3], f32)> =
        neighbours().into_iter().filter(|(d, _)| is_before(d)).collect();
    for turn in [1i64, -1] {
        let count = depth.values.len();
        for m in 0..count {
            let n = if turn > 0 { m } else { count - 1 - m };
            let voxel = depth.grid.voxel(n);
            let mut best = depth.values[n];
            for (d, far) in &steps {
                let at = [0, 1, 2].map(|a| voxel[a] as i64 + turn * d[a]);
                let inside = (0..3).all(|a| (0..size[a] as i64).contains(&at[a]));
                let there = if inside {
                    depth.values[depth.grid.index(at.map(|v| v as usize))]
                } else {
                    0.0
                };
                best = best.min(there + far * VOXEL_MM as f32);
            }
            depth.values[n] = best;
        }
    }
}

/// The 26 neighbours and how far they are, in voxels.
fn neighbours() -> Vec<([i64; 3], f32)> {
    let offsets = (0..27).map(|n| [n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1]);
    let far = |d: [i64; 3]| (d.iter().map(|v| (v * v) as f32).sum::<f32>()).sqrt();
    offsets.filter(|d| *d != [0; 3]).map(|d| (d, far(d))).collect()
}

fn is_before(d: &[i64; 3]) -> bool {
    d[2] < 0 || (d[2] == 0 && (d[1] < 0 || (d[1] == 0 && d[0] < 0)))
}

fn nearest_bone(depth: &Volume<f32>, p: Point<Lps>) -> Option<usize> {
    let inside = (0..depth.values.len()).filter(|&n| depth.values[n] > 0.0);
    let away = |n: usize| depth.grid.center(depth.grid.voxel(n)).distance(p);
    inside.min_by(|&a, &b| away(a).total_cmp(&away(b)))
}

/// The way through the bone that keeps deepest under its surface: each step costs its length over
/// the square of the depth.
fn way(depth: &Volume<f32>, from: usize, to: usize) -> Option<Vec<Point<Lps>>> {
    const SCALE: f32 = 4096.0;
    let size = depth.grid.size;
    let around = neighbours();
    let mut best = vec![u64::MAX; depth.values.len()];
    let mut before = vec![u32::MAX; depth.values.len()];
    let mut queue = BinaryHeap::new();
    best[from] = 0;
    queue.push(Reverse((0u64, from)));
    while let Some(Reverse((cost, n))) = queue.pop() {
        if n == to {
            break;
        }
        if cost > best[n] {
            continue;
        }
        let voxel = depth.grid.voxel(n);
        for (d, far) in &around {
            let at = [0, 1, 2].map(|a| voxel[a] as i64 + d[a]);
            if (0..3).any(|a| !(0..size[a] as i64).contains(&at[a])) {
                continue;
            }
            let m = depth.grid.index(at.map(|v| v as usize));
            let deep = depth.values[m];
            if deep <= 0.0 {
                continue;
            }
            let next = cost + (SCALE * far / (deep * deep)).max(1.0) as u64;
            if next < best[m] {
                best[m] = next;
                before[m] = n as u32;
                queue.push(Reverse((next, m)));
            }
        }
    }
    (best[to] < u64::MAX).then(|| {
        let mut way = vec![to];
        while let Some(&n) = way.last().filter(|&&n| n != from) {
            way.push(before[n] as usize);
        }
        way.reverse();
        way.into_iter().map(|n| depth.grid.center(depth.grid.voxel(n))).collect()
    })
}

/// Points about [`STEP_MM`] apart along a polyline.
fn even(points: &[Point<Lps>]) -> Vec<Point<Lps>> {
    let length: f64 = points.windows(2).map(|w| w[0].distance(w[1])).sum();
    let count = (length / STEP_MM).ceil().max(1.0) as usize;
    let step = length / count as f64;
    let (mut out, mut done, mut next) = (vec![points[0]], 0.0, step);
    for w in points.windows(2) {
        let leg = w[0].distance(w[1]);
        while leg > 0.0 && next <= done + leg + 1e-9 && out.len() < count {
            out.push(w[0].lerp(w[1], (next - done) / leg));
            next += step;
        }
        done += leg;
    }
    out.push(points[points.len() - 1]);
    out
}

/// Each point as the mean of those around it, as many on both sides.
fn smoothed(points: &[Point<Lps>]) -> Vec<Point<Lps>> {
    let half = (SMOOTH_MM / STEP_MM) as usize;
    let mean = |n: usize| {
        let reach = half.min(n).min(points.len() - 1 - n);
        let (mut sum, mut total) = (Vector::new(0.0, 0.0, 0.0), 0.0);
        for (m, p) in points.iter().enumerate().take(n + reach + 1).skip(n - reach) {
            let weight = (reach + 1 - m.abs_diff(n)) as f64;
            sum += (*p - Point::ORIGIN) * weight;
            total += weight;
        }
        Point::ORIGIN + sum * (1.0 / total)
    };
    (0..points.len()).map(mean).collect()
}

/// The middle of the bone's section across the way at one of its points: of the piece that comes
/// nearest to it.
fn section_middle(bone: &Volume<i16>, way: &[Point<Lps>], n: usize) -> Point<Lps> {
    let (before, after) = (way[n.saturating_sub(2)], way[(n + 2).min(way.len() - 1)]);
    let along = (after - before).unit();
    let x = along.any_perpendicular();
    let y = along.cross(x);
    let half = (SECTION_MM / VOXEL_MM) as i64;
    let side = (2 * half + 1) as usize;
    let at = |m: usize| {
        let (i, j) = ((m % side) as i64 - half, (m / side) as i64 - half);
        way[n] + x * (i as f64 * VOXEL_MM) + y * (j as f64 * VOXEL_MM)
    };
    let within = |m: usize| at(m).distance(way[n]) <= SECTION_MM;
    let is_bone = |m: usize| within(m) && bone.sample(at(m)) >= SURFACE_LEVEL;
    let mut open: Vec<bool> = (0..side * side).map(is_bone).collect();
    let first = (0..open.len())
        .filter(|&m| open[m])
        .min_by(|&a, &b| at(a).distance(way[n]).total_cmp(&at(b).distance(way[n])));
    let Some(first) = first else { return way[n] };
    let mut piece = vec![first];
    open[first] = false;
    let mut next = 0;
    while next < piece.len() {
        let (i, j) = (piece[next] % side, piece[next] / side);
        let beside = [
            (i > 0).then(|| piece[next] - 1),
            (i + 1 < side).then(|| piece[next] + 1),
            (j > 0).then(|| piece[next] - side),
            (j + 1 < side).then(|| piece[next] + side),
        ];
        for m in beside.into_iter().flatten() {
            if std::mem::take(&mut open[m]) {
                piece.push(m);
            }
        }
        next += 1;
    }
    let sum = piece.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, &m| s + (at(m) - way[n]));
    way[n] + sum * (1.0 / piece.len() as f64)
}

/// Lengths and directions along the curve.
fn stations(points: &[Point<Lps>], marks: &Landmarks) -> Arch {
    let frame = &marks.frame;
    let last = points.len() - 1;
    let mut lengths = vec![0.0];
    for w in points.windows(2) {
        lengths.push(lengths[lengths.len() - 1] + w[0].distance(w[1]));
    }
    // Where the curve crosses the plane of symmetry.
    let x = |n: usize| frame.of(points[n])[0];
    let cross = (0..last).find(|&n| x(n) <= 0.0 && x(n + 1) > 0.0).unwrap_or(last / 2);
    let part = (-x(cross) / (x(cross + 1) - x(cross))).clamp(0.0, 1.0);
    let zero = lengths[cross] + part * (lengths[cross + 1] - lengths[cross]);
    let along = |n: usize| {
        let reach = COURSE_COUNT.min(n.max(1)).min((last - n).max(1));
        (points[(n + reach).min(last)] - points[n.saturating_sub(reach)]).unit()
    };
    let mut outward: Vec<Vector<Lps>> = vec![Vector::new(0.0, 0.0, 0.0); points.len()];
    // From the chin to both ends: along the body out is level; up the ramus it is carried on.
    let towards_ends = (0..=cross).rev().chain(cross + 1..=last);
    for n in towards_ends {
        let t = along(n);
        let level = t.cross(frame.up);
        let before = if n <= cross { n + 1 } else { n - 1 };
        let own = level.norm() > 0.6 || n == cross || n == cross + 1;
        let side = if own { level } else { outward[before] };
        outward[n] = (side - t * t.dot(side)).unit();
    }
    let station = |n: usize| Station {
        along_mm: lengths[n] - zero,
        point: points[n],
        along: along(n),
        outward: outward[n],
        up: outward[n].cross(along(n)),
    };
    Arch { stations: (0..points.len()).map(station).collect() }
}
