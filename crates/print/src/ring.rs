//! From rings of crossings to contours: crossings moved onto the field, bends and corners between
//! them found again, and points dropped where straight runs allow it.
//!
//! A contour drops a point only where the chord that replaces it still passes the cell edge on
//! which the point lies. Each cell edge is passed by one ring alone, so that chords keep to their
//! own cells and no two of them ever cross.

use std::ops::Range;

use ossein_geom::{Contour, RootSearch};

use crate::between::{LINE, zero};
use crate::plane::{Plane, Raster};
use crate::trace::{Crossing, EDGE_MARGIN, Rings};

/// Signed distances at points of the plane, less the level that is traced.
pub(crate) type Probe<'a> = &'a dyn Fn(&[[f64; 2]]) -> Vec<f64>;

/// Shares of the tolerance: what a probe may err, crossings off the field, bends between them,
/// dropped points.
pub(crate) const PROBE_SHARE: f64 = 0.15;
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

/// Points that are held twice, before the first and after the last of a ring.
const BEFORE: usize = 2;
const AFTER: usize = 3;

/// Memory that is used again from ring to ring.
#[derive(Default)]
pub(crate) struct RingScratch {
    /// Places of the crossings: the last two, all, and the first three again.
    x: Vec<f64>,
    y: Vec<f64>,
    /// 1 where the ring turns so much around the way from a crossing to the next one that
    /// something may hide there.
    turns: Vec<u8>,
    /// Points that the cells hide, with the numbers of the crossings before them.
    hidden: Vec<(usize, [f64; 2])>,
    /// Where a chord may pass each crossing. Made before chords are laid: those branch in ways hard
    /// to foresee, and should wait for nothing.
    gates: Vec<Gate>,
    kept: Vec<[f64; 2]>,
}

/// The rings as contours within `tolerance_mm` of the level.
pub(crate) fn contours(
    raster: &Raster,
    rings: &Rings,
    tolerance_mm: f64,
    probe: Option<Probe<'_>>,
    scratch: &mut RingScratch,
) -> Vec<Contour> {
    let mut contours = Vec::with_capacity(rings.ends.len());
    let mut first = 0;
    for &end in &rings.ends {
        let ring = &rings.crossings[first..end as usize];
        first = end as usize;
        scratch.place(raster, ring, CHORD_SHARE * tolerance_mm);
        scratch.find_hidden(raster, probe, tolerance_mm);
        contours.push(Contour { points: scratch.dropped() });
    }
    contours
}

/// Moves those crossings onto the field that a straight line between samples may have missed by
/// more than `tolerance`, judged by second differences.
pub(crate) fn refine(
    plane: &Plane<'_>,
    level: f32,
    crossings: &mut [Crossing],
    tolerance_mm: f64,
    probe: Probe<'_>,
) {
    let raster = plane.raster;
    let tolerance = CROSSING_SHARE * tolerance_mm;
    let limit = (8.0 * tolerance) as f32;
    let told = PROBE_SHARE * tolerance_mm;
    let mut searches = Vec::new();
    for (n, crossing) in crossings.iter_mut().enumerate() {
        let (i, j, axis) = crossing.edge();
        let (along, size) = (if axis == 0 { i } else { j }, raster.size[axis]);
        if along < 2 || along + 3 >= size {
            continue;
        }
        let line: [f32; LINE] = if axis == 0 {
            let row = &plane.row(j)[i - 2..][..LINE];
            std::array::from_fn(|d| row[d])
        } else {
            plane.column(i, j - 2)
        };
        let line = line.map(|v| v - level);
        let [_, a, b, c, d, _] = line;
        let bend = (a - 2.0 * b + c).abs().max((b - 2.0 * c + d).abs());
        if bend <= limit {
            continue;
        }
        match zero(line, crossing.fraction, told) {
            Some(fraction) => crossing.fraction = fraction.clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN),
            None => {
                let ends = [b, c].map(f64::from);
                searches.push((n, RootSearch::new(ends, f64::from(crossing.fraction))));
            }
        }
    }
    for _ in 0..REFINE_STEPS_MAX {
        let place = |(n, search): &(usize, RootSearch)| {
            let (i, j, axis) = crossings[*n].edge();
            let mut p = raster.point(i, j);
            p[axis] += raster.step * search.at();
            p
        };
        let places: Vec<_> = searches.iter().map(place).collect();
        let mut values = probe(&places).into_iter();
        searches.retain_mut(|(n, search)| {
            let value = values.next().unwrap_or_default();
            let goes_on = value.abs() > tolerance && search.narrow(value);
            crossings[*n].fraction = (search.at() as f32).clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN);
            goes_on
        });
        if searches.is_empty() {
            break;
        }
    }
}

impl RingScratch {
    /// Finds the places of the crossings and where chords may pass them.
    fn place(&mut self, raster: &Raster, ring: &[Crossing], half_width: f64) {
        let n = ring.len();
        let Self { x, y, gates, .. } = self;
        x.resize(n + BEFORE + AFTER, 0.0);
        y.resize(n + BEFORE + AFTER, 0.0);
        gates.resize(n, Gate::default());
        let margin = f64::from(EDGE_MARGIN) * raster.step;
        let places = x[BEFORE..].iter_mut().zip(&mut y[BEFORE..]);
        for ((crossing, (x, y)), gate) in ring.iter().zip(places).zip(gates) {
            let (i, j, axis) = crossing.edge();
            let part = f64::from(crossing.fraction);
            let (part_x, part_y) = if axis == 0 { (part, 0.0) } else { (0.0, part) };
            *x = raster.origin[0] + raster.step * (i as f64 + part_x);
            *y = raster.origin[1] + raster.step * (j as f64 + part_y);
            // From the point to both ends of its gate, along the cell edge.
            let part = part * raster.step;
            let back = -half_width.min(part - margin).max(0.0);
            let forth = half_width.min(raster.step - margin - part).max(0.0);
            let (right, left) = if crossing.first_solid() { (forth, back) } else { (back, forth) };
            let end = |by: f64| if axis == 0 { [*x + by, *y] } else { [*x, *y + by] };
            *gate = Gate { right: end(right), left: end(left), stays: crossing.stays() };
        }
        for places in [x, y] {
            for d in 0..BEFORE {
                places[d] = places[BEFORE + (n * BEFORE + d - BEFORE) % n];
            }
            for d in 0..AFTER {
                places[BEFORE + n + d] = places[BEFORE + d % n];
            }
        }
    }

    #[inline(always)]
    fn point(&self, k: usize) -> [f64; 2] {
        [self.x[k + BEFORE], self.y[k + BEFORE]]
    }

    /// Finds the corners and bends between the crossings that the cells hide.
    fn find_hidden(&mut self, raster: &Raster, probe: Option<Probe<'_>>, tolerance: f64) {
        let n = self.gates.len();
        self.hidden.clear();
        if n < 4 {
            return;
        }
        self.find_turns(n, BEND_SHARE * tolerance);
        let six = |k: usize| std::array::from_fn(|d| [self.x[k + d], self.y[k + d]]);
        let hiding = (0..n).filter(|&k| self.turns[k] != 0 && !self.gates[k].stays);
        let ways = hiding.map(|k| Way { crossing: k, six: six(k) });
        match probe {
            Some(probe) => {
                self.hidden.extend(hidden(raster, &ways.collect::<Vec<_>>(), probe, tolerance));
            }
            None if n >= 6 => {
                let straight = ways.filter(|way| straight(way.six));
                let corner = |way: Way| Some((way.crossing, corner(raster, way.six)?));
                self.hidden.extend(straight.filter_map(corner));
            }
            None => {}
        }
    }

    /// Marks where more than `limit` may hide beside a way.
    fn find_turns(&mut self, n: usize, limit: f64) {
        let [ax, px, qx, bx] = [1, 2, 3, 4].map(|d| &self.x[d..d + n]);
        let [ay, py, qy, by] = [1, 2, 3, 4].map(|d| &self.y[d..d + n]);
        let least = (BOW_FACTOR * limit) * (BOW_FACTOR * limit);
        self.turns.clear();
        self.turns.resize(n, 0);
        for (k, turns) in self.turns.iter_mut().enumerate() {
            let (u, v, w) = (
                [px[k] - ax[k], py[k] - ay[k]],
                [bx[k] - qx[k], by[k] - qy[k]],
                [qx[k] - px[k], qy[k] - py[k]],
            );
            let turn = cross(u, v);
            let hides = turn * turn * dot(w, w) > least * dot(u, u) * dot(v, v);
            *turns = u8::from((dot(u, v) <= 0.0) | hides);
        }
    }

    /// The ring without each crossing whose gate the chord from the last kept one still passes.
    fn dropped(&mut self) -> Vec<[f64; 2]> {
        let n = self.gates.len();
        let staying = self.gates.iter().position(|g| g.stays).unwrap_or(n);
        let first = self.hidden.first().map_or(staying, |&(k, _)| k.min(staying)) % n;
        let starts_hidden = self.hidden.first().is_some_and(|&(k, _)| k < staying);
        let start = if starts_hidden { self.hidden[0].1 } else { self.point(first) };
        self.kept.clear();
        self.kept.push(start);
        let mut chord = Chord { from: start, last: start, wedge: Wedge::OPEN };
        let mut hidden = usize::from(starts_hidden);
        let mut at = first + 1;
        while hidden < self.hidden.len() {
            let (k, p) = self.hidden[hidden];
            chord = self.run(chord, at..k + 1);
            chord = chord.to(p, &mut self.kept);
            (at, hidden) = (k + 1, hidden + 1);
        }
        chord = self.run(chord, at..n);
        chord = self.run(chord, 0..first + usize::from(starts_hidden));
        if !chord.wedge.holds(sub(start, chord.from)) {
            self.kept.push(chord.last);
        }
        if self.kept.len() < 3 { self.whole(n) } else { self.kept.as_slice().to_vec() }
    }

    /// Lays chords along the crossings of `part`. On its own, so that the wedge stays in registers.
    #[inline(never)]
    fn run(&mut self, chord: Chord, part: Range<usize>) -> Chord {
        let Chord { mut from, mut last, mut wedge } = chord;
        let (x, y) = (&self.x[BEFORE..][part.clone()], &self.y[BEFORE..][part.clone()]);
        for ((&x, &y), gate) in x.iter().zip(y).zip(&self.gates[part]) {
            let p = [x, y];
            if !wedge.holds(sub(p, from)) {
                from = last;
                self.kept.push(from);
                wedge = Wedge::OPEN;
            }
            last = p;
            if gate.stays {
                from = p;
                self.kept.push(from);
                wedge = Wedge::OPEN;
            } else {
                wedge.narrow(sub(gate.right, from), sub(gate.left, from));
            }
        }
        Chord { from, last, wedge }
    }

    /// Every crossing and every hidden point.
    fn whole(&self, n: usize) -> Vec<[f64; 2]> {
        let mut points: Vec<_> = (0..n).map(|k| self.point(k)).collect();
        for &(k, p) in self.hidden.iter().rev() {
            points.insert(k + 1, p);
        }
        points
    }
}

/// Where a chord may pass a crossing: between these places on the open and on the solid side.
#[derive(Clone, Copy, Default)]
struct Gate {
    right: [f64; 2],
    left: [f64; 2],
    stays: bool,
}

/// A chord from the last kept point on.
struct Chord {
    from: [f64; 2],
    /// The last point that it passes.
    last: [f64; 2],
    wedge: Wedge,
}

impl Chord {
    /// The chord from a point that must stay.
    fn to(self, p: [f64; 2], kept: &mut Vec<[f64; 2]>) -> Self {
        if !self.wedge.holds(sub(p, self.from)) {
            kept.push(self.last);
        }
        kept.push(p);
        Self { from: p, last: p, wedge: Wedge::OPEN }
    }
}

/// A way from a crossing to the next one, the middle of five.
struct Way {
    crossing: usize,
    six: [[f64; 2]; 6],
}

impl Way {
    fn middle(&self) -> [f64; 2] {
        let [_, _, p, q, _, _] = self.six;
        [0.5 * (p[0] + q[0]), 0.5 * (p[1] + q[1])]
    }

    /// The point at this distance from the middle, to the right.
    fn beside(&self, distance: f64) -> [f64; 2] {
        let ([_, _, p, q, _, _], middle) = (self.six, self.middle());
        let across = [q[1] - p[1], p[0] - q[0]];
        let length = dot(across, across).sqrt();
        [0, 1].map(|n| middle[n] - across[n] / length * distance)
    }
}

/// The points that straight ways leave out, where those lie farther off than the tolerance allows,
/// with the crossings before them: corners where both neighbours meet, or points of bends.
fn hidden(
    raster: &Raster,
    ways: &[Way],
    probe: Probe<'_>,
    tolerance: f64,
) -> Vec<(usize, [f64; 2])> {
    let middles: Vec<_> = ways.iter().map(Way::middle).collect();
    let offs = probe(&middles).into_iter();
    let mut open: Vec<(&Way, f64)> = ways.iter().zip(offs).collect();
    open.retain(|(_, off)| off.abs() > BEND_SHARE * tolerance);
    let mut found = Vec::new();
    let corners: Vec<_> = open.iter().map(|(way, _)| corner(raster, way.six)).collect();
    let told: Vec<_> = corners.iter().flatten().copied().collect();
    let (mut told, mut corners) = (probe(&told).into_iter(), corners.into_iter());
    open.retain(|(way, off)| {
        let corner = corners.next().flatten();
        let near = |_: &[f64; 2]| told.next().is_some_and(|v| v.abs() < CORNER_GAIN * off.abs());
        let corner = corner.filter(near);
        found.extend(corner.map(|corner| (way.crossing, corner)));
        corner.is_none()
    });
    let seconds: Vec<_> = open.iter().map(|(way, off)| way.beside(*off)).collect();
    let bend = |((way, off), second): (&(&Way, f64), f64)| {
        let slope = (off - second) / off;
        way.beside(off / if slope.abs() > 0.1 { slope } else { 1.0 })
    };
    let bends: Vec<_> = open.iter().zip(probe(&seconds)).map(bend).collect();
    for (((way, off), bend), left) in open.iter().zip(&bends).zip(probe(&bends)) {
        if in_cell(raster, way.middle(), *bend) && left.abs() < off.abs() {
            found.push((way.crossing, *bend));
        }
    }
    found.sort_unstable_by_key(|(crossing, _)| *crossing);
    found
}

/// The corner where the neighbours of the middle way meet, inside its cell.
fn corner(raster: &Raster, [_, a, p, q, b, _]: [[f64; 2]; 6]) -> Option<[f64; 2]> {
    let middle = [0.5 * (p[0] + q[0]), 0.5 * (p[1] + q[1])];
    meeting(a, p, q, b).filter(|r| in_cell(raster, middle, *r))
}

/// Whether `r` lies in the cell of `middle`.
fn in_cell(raster: &Raster, middle: [f64; 2], r: [f64; 2]) -> bool {
    (0..2).all(|n| {
        let cell = ((middle[n] - raster.origin[n]) / raster.step).floor();
        let at = (r[n] - raster.origin[n]) / raster.step - cell;
        at > 0.0 && at < 1.0
    })
}

/// Whether six points run straight before and after the way between the middle two.
fn straight([a, b, c, d, e, f]: [[f64; 2]; 6]) -> bool {
    let aligned = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
        let (u, v) = (sub(b, a), sub(c, b));
        let turn = cross(u, v);
        turn * turn <= 1e-6 * dot(u, u) * dot(v, v) && dot(u, v) > 0.0
    };
    aligned(a, b, c) && aligned(d, e, f)
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
            gets_below(plane, i, j, axis, limit)
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

/// Whether it gets below `limit` along the line of samples through a crossing, up to two samples
/// away; where it falls and rises again between two of them, where both slopes would meet.
fn gets_below(plane: &Plane<'_>, i: usize, j: usize, axis: usize, limit: f32) -> bool {
    let [along, size] = [if axis == 0 { i } else { j }, plane.raster.size[axis]];
    let (first, end) = (along.saturating_sub(2), (along + 4).min(size));
    let mut samples = [f32::INFINITY; 6];
    for (sample, n) in samples.iter_mut().zip(first..end) {
        *sample = if axis == 0 { plane.at(n, j) } else { plane.at(i, n) };
    }
    let samples = &samples[..end - first];
    let near = along.saturating_sub(1) - first..(along + 3).min(size) - first;
    samples[near].iter().any(|&v| v < limit)
        || samples.windows(4).any(|four| {
            let (before, after) = (four[1] - four[0], four[3] - four[2]);
            let at = (four[1] - four[2] + after) / (after - before);
            let bends = before < 0.0 && after > 0.0 && (0.0..=1.0).contains(&at);
            bends && four[1] + before * at < limit
        })
}

/// An open line that drops points while it stays within `tolerance_mm` of each along its axis.
pub(crate) fn open(
    points: impl Iterator<Item = ([f64; 2], usize)>,
    tolerance_mm: f64,
) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::with_capacity(8);
    let mut wedge = Wedge::OPEN;
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
            wedge = Wedge::OPEN;
        }
        let (mut low, mut high) = (p, p);
        low[axis] -= tolerance_mm;
        high[axis] += tolerance_mm;
        let (low, high) = (sub(low, base), sub(high, base));
        if cross(low, high) >= 0.0 {
            wedge.narrow(low, high)
        } else {
            wedge.narrow(high, low)
        }
        last = Some((p, axis));
    }
    kept.extend(last.map(|(p, _)| p));
    kept
}

/// The directions of chords that pass every gate so far.
#[derive(Clone, Copy)]
struct Wedge {
    /// The rightmost and the leftmost direction; no length before the first gate.
    right: [f64; 2],
    left: [f64; 2],
    open: bool,
}

impl Wedge {
    const OPEN: Self = Self { right: [0.0; 2], left: [0.0; 2], open: true };

    #[inline(always)]
    fn holds(&self, d: [f64; 2]) -> bool {
        (cross(self.right, d) >= 0.0) & (cross(d, self.left) >= 0.0)
    }

    #[inline(always)]
    fn narrow(&mut self, right: [f64; 2], left: [f64; 2]) {
        let keeps_right = !(self.open | (cross(self.right, right) > 0.0));
        let keeps_left = !(self.open | (cross(left, self.left) > 0.0));
        self.right = select(keeps_right, self.right, right);
        self.left = select(keeps_left, self.left, left);
        self.open = false;
    }
}

/// One of two points, without a branch: which one is hard to foresee.
#[inline(always)]
fn select(first: bool, a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let mask = u64::from(first).wrapping_neg();
    [0, 1].map(|n| f64::from_bits(a[n].to_bits() & mask | b[n].to_bits() & !mask))
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
