//! From rings of crossings to contours: crossings moved onto the field, bends and corners between
//! them found again, and points dropped where straight runs allow it.
//!
//! A contour drops a point only where the chord that replaces it still passes the cell edge on
//! which the point lies. Each cell edge is passed by one ring alone, so that chords keep to their
//! own cells and no two of them ever cross.

use ossein_geom::Contour;

use crate::plane::{Plane, Raster};
use crate::trace::{Crossing, EDGE_MARGIN, Rings};

/// Signed distance at any point of the plane, less the level that is traced.
pub(crate) type Probe<'a> = &'a dyn Fn([f64; 2]) -> f64;

/// Shares of the tolerance: crossings off the field, bends between them, dropped points.
const CROSSING_SHARE: f64 = 0.2;
const BEND_SHARE: f64 = 0.2;
const CHORD_SHARE: f64 = 0.45;
/// Length times turn over the height of the bow that may hide between two crossings: 16 on a
/// circle, with room for uneven ones.
const BOW_FACTOR: f64 = 8.0;
/// A corner is taken where it is this much nearer to the field's zero than the chord's middle.
const CORNER_GAIN: f64 = 0.25;
/// Steps to bring a crossing onto the field.
const REFINE_STEPS_MAX: usize = 6;

/// A point of a ring, and how far along a cell edge a chord may pass beside it.
#[derive(Clone, Copy)]
struct Vertex {
    p: [f64; 2],
    /// Both ends of the gate; the point itself where it must stay.
    gate: [[f64; 2]; 2],
    stays: bool,
}

/// Memory that is used again from plane to plane.
#[derive(Default)]
pub(crate) struct RingScratch {
    points: Vec<[f64; 2]>,
    vertices: Vec<Vertex>,
}

/// The rings as contours within `tolerance_mm` of the level.
pub(crate) fn contours(
    plane: &Plane<'_>,
    level: f32,
    rings: &mut Rings,
    tolerance_mm: f64,
    probe: Option<Probe<'_>>,
    scratch: &mut RingScratch,
) -> Vec<Contour> {
    if let Some(probe) = probe {
        refine(plane, level, rings, CROSSING_SHARE * tolerance_mm, probe);
    }
    let mut contours = Vec::with_capacity(rings.ends.len());
    let mut first = 0;
    for &end in &rings.ends {
        let ring = &rings.crossings[first..end as usize];
        first = end as usize;
        let RingScratch { points, vertices } = scratch;
        points.clear();
        points.extend(ring.iter().map(|c| place(&plane.raster, *c)));
        vertices.clear();
        gates(
            &plane.raster,
            ring,
            points,
            CHORD_SHARE * tolerance_mm,
            probe,
            tolerance_mm,
            vertices,
        );
        contours.push(Contour { points: dropped(vertices) });
    }
    contours
}

#[inline(always)]
fn place(raster: &Raster, crossing: Crossing) -> [f64; 2] {
    let (i, j, axis) = crossing.edge();
    let part = f64::from(crossing.fraction);
    let (x, y) = if axis == 0 { (part, 0.0) } else { (0.0, part) };
    let [left, low] = raster.origin;
    [left + raster.step * (i as f64 + x), low + raster.step * (j as f64 + y)]
}

/// Moves those crossings onto the field that a straight line between samples may have missed by
/// more than `tolerance`, judged by second differences.
fn refine(plane: &Plane<'_>, level: f32, rings: &mut Rings, tolerance: f64, probe: Probe<'_>) {
    let raster = plane.raster;
    let limit = (8.0 * tolerance) as f32;
    for crossing in &mut rings.crossings {
        let (i, j, axis) = crossing.edge();
        let along = if axis == 0 { i } else { j };
        if along == 0 || along + 2 >= raster.size[axis] {
            continue;
        }
        let v = if axis == 0 {
            let row = plane.row(j);
            [row[i - 1], row[i], row[i + 1], row[i + 2]]
        } else {
            [plane.at(i, j - 1), plane.at(i, j), plane.at(i, j + 1), plane.at(i, j + 2)]
        };
        let bend = (v[0] - 2.0 * v[1] + v[2]).abs().max((v[1] - 2.0 * v[2] + v[3]).abs());
        if bend <= limit {
            continue;
        }
        let start = raster.point(i, j);
        let at = |fraction: f64| {
            let mut p = start;
            p[axis] += raster.step * fraction;
            probe(p)
        };
        let ends = [f64::from(v[1] - level), f64::from(v[2] - level)];
        let found = root(at, ends, f64::from(crossing.fraction), tolerance);
        crossing.fraction = (found as f32).clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN);
    }
}

/// Zero of `f` between 0 and 1 from its values at both ends and a first guess (Illinois rule).
fn root(f: impl Fn(f64) -> f64, ends: [f64; 2], guess: f64, tolerance: f64) -> f64 {
    let (mut a, mut b, [mut fa, mut fb]) = (0.0, 1.0, ends);
    let mut at = guess;
    let mut last = 0;
    for _ in 0..REFINE_STEPS_MAX {
        let value = f(at);
        if value.abs() <= tolerance {
            break;
        }
        if (value < 0.0) == (fa < 0.0) {
            (a, fa) = (at, value);
            fb *= if last == 1 { 0.5 } else { 1.0 };
            last = 1;
        } else {
            (b, fb) = (at, value);
            fa *= if last == 2 { 0.5 } else { 1.0 };
            last = 2;
        }
        if fa == fb {
            break;
        }
        at = (a - fa * (b - a) / (fb - fa)).clamp(a, b);
    }
    at
}

/// The vertices of one ring with their gates, and between them the corners and bends that the
/// cells hide.
fn gates(
    raster: &Raster,
    ring: &[Crossing],
    points: &[[f64; 2]],
    half_width: f64,
    probe: Option<Probe<'_>>,
    tolerance: f64,
    vertices: &mut Vec<Vertex>,
) {
    let n = points.len();
    let margin = f64::from(EDGE_MARGIN) * raster.step;
    for (k, crossing) in ring.iter().enumerate() {
        let p = points[k];
        let (_, _, axis) = crossing.edge();
        // From the point to both ends of its gate, along the cell edge.
        let part = f64::from(crossing.fraction) * raster.step;
        let back = half_width.min(part - margin).max(0.0);
        let forth = half_width.min(raster.step - margin - part).max(0.0);
        let gate = if axis == 0 {
            [[p[0] - back, p[1]], [p[0] + forth, p[1]]]
        } else {
            [[p[0], p[1] - back], [p[0], p[1] + forth]]
        };
        vertices.push(Vertex { p, gate, stays: crossing.stays() });
        let at = |k: usize| points[if k < n { k } else { k - n }];
        let (a, q) = (points[if k == 0 { n - 1 } else { k - 1 }], at(k + 1));
        let b = if k + 2 < n { points[k + 2] } else { points[(k + 2) % n] };
        if n < 4 || crossing.stays() || !turns([a, p, q, b], BEND_SHARE * tolerance) {
            continue;
        }
        if let Some(hidden) = hidden(raster, [a, p, q, b], probe, tolerance, || straight(points, k))
        {
            vertices.push(Vertex { p: hidden, gate: [hidden; 2], stays: true });
        }
    }
}

/// Whether the ring turns so much around its middle segment that more than `limit` may hide there.
#[inline(always)]
fn turns([a, p, q, b]: [[f64; 2]; 4], limit: f64) -> bool {
    let (u, v, w) = (sub(p, a), sub(b, q), sub(q, p));
    let turn = cross(u, v);
    let least = BOW_FACTOR * limit;
    dot(u, v) <= 0.0 || turn * turn * dot(w, w) > least * least * dot(u, u) * dot(v, v)
}

/// The point between `p` and `q` that the straight segment leaves out, if it lies farther off than
/// the tolerance allows: the corner where both neighbours meet, or a point of the bend.
fn hidden(
    raster: &Raster,
    [a, p, q, b]: [[f64; 2]; 4],
    probe: Option<Probe<'_>>,
    tolerance: f64,
    straight: impl Fn() -> bool,
) -> Option<[f64; 2]> {
    let middle = [0.5 * (p[0] + q[0]), 0.5 * (p[1] + q[1])];
    let cell = [0, 1].map(|n| ((middle[n] - raster.origin[n]) / raster.step).floor());
    let inside = |r: [f64; 2]| {
        (0..2).all(|n| {
            let at = (r[n] - raster.origin[n]) / raster.step - cell[n];
            at > 0.0 && at < 1.0
        })
    };
    let corner = meeting(a, p, q, b).filter(|r| inside(*r));
    let Some(probe) = probe else {
        return corner.filter(|_| straight());
    };
    let off = probe(middle);
    if off.abs() <= BEND_SHARE * tolerance {
        return None;
    }
    if let Some(corner) = corner
        && probe(corner).abs() < CORNER_GAIN * off.abs()
    {
        return Some(corner);
    }
    let across = [q[1] - p[1], p[0] - q[0]];
    let length = dot(across, across).sqrt();
    let on = |d: f64| [0, 1].map(|n| middle[n] - across[n] / length * d);
    let second = probe(on(off));
    let slope = (off - second) / off;
    let bend = on(off / if slope.abs() > 0.1 { slope } else { 1.0 });
    (inside(bend) && probe(bend).abs() < off.abs()).then_some(bend)
}

/// Whether both neighbours of segment `k` run straight on for one segment more.
fn straight(points: &[[f64; 2]], k: usize) -> bool {
    let n = points.len();
    let at = |d: usize| points[(k + n + d - 2) % n];
    let aligned = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
        let (u, v) = (sub(b, a), sub(c, b));
        cross(u, v).abs() <= 1e-3 * (dot(u, u) * dot(v, v)).sqrt() && dot(u, v) > 0.0
    };
    n >= 6 && aligned(at(0), at(1), at(2)) && aligned(at(3), at(4), at(5))
}

/// Where the lines through `a`, `p` and through `b`, `q` meet, beyond `p` and before `q`.
fn meeting(a: [f64; 2], p: [f64; 2], q: [f64; 2], b: [f64; 2]) -> Option<[f64; 2]> {
    let (u, v, gap) = (sub(p, a), sub(q, b), sub(q, p));
    let det = cross(u, v);
    if det.abs() < 1e-12 {
        return None;
    }
    let (s, t) = (cross(gap, v) / det, cross(gap, u) / det);
    (s > 0.0 && t > 0.0).then(|| [p[0] + s * u[0], p[1] + s * u[1]])
}

/// Leaves out rings that never get `depth_mm` below `level`: the shreds of a wall that is just
/// about as thick as the level is deep.
pub(crate) fn drop_shreds(plane: &Plane<'_>, level: f32, depth_mm: f64, rings: &mut Rings) {
    let limit = level - depth_mm as f32;
    let mut kept = 0;
    let (mut first, mut ends) = (0, Vec::with_capacity(rings.ends.len()));
    for &end in &rings.ends {
        let ring = first..end as usize;
        first = end as usize;
        let deep = rings.crossings[ring.clone()].iter().any(|crossing| {
            let (i, j, axis) = crossing.edge();
            inner(plane, i, j, axis) < limit
        });
        if deep {
            rings.crossings.copy_within(ring.clone(), kept);
            kept += ring.len();
            ends.push(kept as u32);
        }
    }
    rings.crossings.truncate(kept);
    rings.ends = ends;
}

/// How low it gets along the line of samples through a crossing, up to two samples away; where it
/// falls and rises again between two of them, where both slopes would meet.
fn inner(plane: &Plane<'_>, i: usize, j: usize, axis: usize) -> f32 {
    let [along, size] = [if axis == 0 { i } else { j }, plane.raster.size[axis]];
    let sample = |n: usize| if axis == 0 { plane.at(n, j) } else { plane.at(i, n) };
    let (first, end) = (along.saturating_sub(2), (along + 4).min(size));
    let lowest = (along.saturating_sub(1)..(along + 3).min(size)).map(sample);
    let apex = (first..end.saturating_sub(3)).map(|n| {
        let [a, b, c, e] = [0, 1, 2, 3].map(|m| sample(n + m));
        let (before, after) = (b - a, e - c);
        let at = (b - c + after) / (after - before);
        let bends = before < 0.0 && after > 0.0 && (0.0..=1.0).contains(&at);
        if bends { b + before * at } else { b }
    });
    lowest.chain(apex).fold(f32::INFINITY, f32::min)
}

/// Drops each vertex whose gate the chord from the last kept one still passes.
fn dropped(vertices: &[Vertex]) -> Vec<[f64; 2]> {
    let n = vertices.len();
    let mut kept = Vec::with_capacity(n / 2 + 4);
    let first = vertices.iter().position(|v| v.stays).unwrap_or(0);
    let at = |k: usize| &vertices[if first + k < n { first + k } else { first + k - n }];
    kept.push(at(0).p);
    let mut from = at(0).p;
    let mut wedge = Wedge::default();
    let mut last = 0;
    let mut k = 1;
    while k <= n {
        let vertex = at(k);
        if last + 1 < k && !wedge.holds(sub(vertex.p, from)) {
            last = k - 1;
            from = at(last).p;
            kept.push(from);
            wedge = Wedge::default();
            continue;
        }
        if vertex.stays && k < n {
            last = k;
            from = vertex.p;
            kept.push(from);
            wedge = Wedge::default();
        } else {
            wedge.narrow(sub(vertex.gate[0], from), sub(vertex.gate[1], from));
        }
        k += 1;
    }
    if kept.len() < 3 {
        return vertices.iter().map(|v| v.p).collect();
    }
    kept
}

/// An open line that drops points while it stays within `tolerance_mm` of each along its axis.
pub(crate) fn open(
    points: impl Iterator<Item = ([f64; 2], usize)>,
    tolerance_mm: f64,
) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::new();
    let mut wedge = Wedge::default();
    let mut last: Option<([f64; 2], usize)> = None;
    for (p, axis) in points {
        let Some(&from) = kept.last() else {
            kept.push(p);
            continue;
        };
        let mut base = from;
        if let Some((l, _)) = last
            && !wedge.holds(sub(p, from))
        {
            kept.push(l);
            base = l;
            wedge = Wedge::default();
        }
        let (mut low, mut high) = (p, p);
        low[axis] -= tolerance_mm;
        high[axis] += tolerance_mm;
        wedge.narrow(sub(low, base), sub(high, base));
        last = Some((p, axis));
    }
    kept.extend(last.map(|(p, _)| p));
    kept
}

/// The directions of chords that pass every gate so far.
#[derive(Default)]
struct Wedge {
    /// Rightmost and leftmost direction; none before the first gate.
    bounds: Option<[[f64; 2]; 2]>,
}

impl Wedge {
    #[inline(always)]
    fn holds(&self, d: [f64; 2]) -> bool {
        self.bounds.is_none_or(|[right, left]| cross(right, d) >= 0.0 && cross(d, left) >= 0.0)
    }

    #[inline(always)]
    fn narrow(&mut self, a: [f64; 2], b: [f64; 2]) {
        let (right, left) = if cross(a, b) >= 0.0 { (a, b) } else { (b, a) };
        self.bounds = Some(match self.bounds {
            None => [right, left],
            Some([r, l]) => [
                if cross(r, right) > 0.0 { right } else { r },
                if cross(left, l) > 0.0 { left } else { l },
            ],
        });
    }
}

#[inline(always)]
fn sub(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

#[inline(always)]
fn cross(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}
