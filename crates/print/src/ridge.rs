//! Centre lines of walls that are too thin for a contour on each side and hatch between them.
//!
//! The distance to the contours of a wall grows from both sides and meets in a crease along its
//! middle. Along a row or column of samples a crease shows as a kink, placed by the straight runs
//! on both sides of it. Creases that run into convex corners turn less and are left out.

use crate::plane::{Plane, Raster};
use crate::ring;

/// Least kink, as a share of the sharpest there is: a wall that shows less along the rows shows
/// more along the columns.
const KINK_MIN: f32 = 0.66;
/// How far apart along their lines two neighbouring kinks may lie, in steps.
const LINK_STEPS: f64 = 1.3;
/// Gradients on both sides of a wall's middle face each other at more than 120 degrees.
const FACING_COSINE: f32 = -0.5;
/// How far off its cell edge the straight runs may place a kink, in steps.
const SLACK: f32 = 0.02;
/// Kinks of a row and of a column this many steps apart are of one wall.
const SAME_STEPS: f64 = 0.75;
/// Ends of lines this many steps apart belong together.
const JOIN_STEPS: f64 = 1.8;
const NONE: u32 = u32::MAX;

/// The middle of a thin wall, as an open line.
#[derive(Clone, Debug, PartialEq)]
pub struct CentreLine {
    /// x and y in mm.
    pub points: Vec<[f64; 2]>,
    /// Narrowest place of the wall, mm; its ends, where corners come near, are left out.
    pub width_mm_min: f64,
}

impl CentreLine {
    /// Length of the line, mm.
    pub fn length_mm(&self) -> f64 {
        let edge = |p: &[[f64; 2]]| {
            let d = [p[1][0] - p[0][0], p[1][1] - p[0][1]];
            (d[0] * d[0] + d[1] * d[1]).sqrt()
        };
        self.points.windows(2).map(edge).sum()
    }
}

/// A kink between two samples.
#[derive(Clone, Copy)]
struct Kink {
    p: [f64; 2],
    /// Axis along which the samples lie.
    axis: usize,
    /// Their row or column: a line goes on in the next one.
    line: u32,
    depth: f64,
    /// How sharp it is, in mm.
    bend: f32,
    links: [u32; 2],
}

impl Kink {
    /// A sample or two off, a kink is found again, less sharp: of two on one line that lie within
    /// a step the sharper stays.
    fn settle(self, last: Option<&mut Kink>, step: f64) -> Option<Kink> {
        match last {
            Some(last)
                if last.line == self.line && self.p[self.axis] - last.p[self.axis] < step =>
            {
                if self.bend > last.bend {
                    *last = self;
                }
                None
            }
            _ => Some(self),
        }
    }
}

/// Memory that is used again from layer to layer.
#[derive(Default)]
pub(crate) struct RidgeScratch {
    /// Kinks along the rows, then along the columns, each in order of its line and its place on it.
    kinks: Vec<Kink>,
    in_columns: Vec<Kink>,
    /// Where the kinks of each row end.
    row_ends: Vec<u32>,
    column_ends: Vec<u32>,
    /// The last kink of each column.
    column_last: Vec<u32>,
    marks: Vec<u8>,
}

/// What is looked for.
struct Wanted<'a> {
    depth_max: f32,
    at_depth: &'a dyn Fn(f64) -> bool,
}

/// Lines along the creases of `plane` whose depth `at_depth` asks for, to `tolerance_mm`; none is
/// deeper than `depth_max`.
pub(crate) fn centre_lines(
    plane: &Plane<'_>,
    depth_max: f64,
    at_depth: &dyn Fn(f64) -> bool,
    tolerance_mm: f64,
    s: &mut RidgeScratch,
) -> Vec<CentreLine> {
    let [ni, nj] = plane.raster.size;
    let wanted = Wanted { depth_max: depth_max as f32, at_depth };
    s.kinks.clear();
    s.in_columns.clear();
    s.column_last.clear();
    s.column_last.resize(ni, NONE);
    s.marks.clear();
    s.marks.resize(ni.next_multiple_of(8), 0);
    s.row_ends.clear();
    s.row_ends.push(0);
    for j in 1..nj.saturating_sub(2) {
        in_row(plane, j, &wanted, s);
        s.row_ends.push(s.kinks.len() as u32);
        in_columns(plane, j, &wanted, s);
    }
    let row_kinks = s.kinks.len();
    once(&plane.raster, &s.kinks, &s.row_ends, &mut s.in_columns);
    by_column(s, ni);
    let reach = LINK_STEPS * plane.raster.step;
    link(&mut s.kinks, 0..row_kinks, reach);
    let all = s.kinks.len();
    link(&mut s.kinks, row_kinks..all, reach);
    let chains = joined(&chains(&s.kinks), &s.kinks, JOIN_STEPS * plane.raster.step);
    chains.all().map(|chain| line(&s.kinks, chain, tolerance_mm)).collect()
}

/// Where a kink lies between the middle two of four samples, and its depth.
#[inline(always)]
fn kink([a, b, c, e]: [f32; 4], wanted: &Wanted<'_>) -> Option<(f32, f64)> {
    let (before, after) = (b - a, e - c);
    let at = (b - c + after) / (after - before);
    let depth = f64::from(-(b + before * at));
    ((-SLACK..1.0 + SLACK).contains(&at) && depth > 0.0 && (wanted.at_depth)(depth))
        .then_some((at.clamp(0.0, 1.0), depth))
}

/// Whether two unit gradients face each other: one component of each, and the sign of the other.
#[inline(always)]
fn facing(along: [f32; 2], across: [f32; 2]) -> bool {
    let part = |v: f32| (1.0 - v * v).max(0.0).sqrt();
    let other = part(along[0]) * part(along[1]);
    along[0] * along[1] + if across[0] * across[1] < 0.0 { -other } else { other } < FACING_COSINE
}

/// Takes out the kinks of columns beside which a row has one: walls near 45 degrees show in both.
/// `row_ends` says where the kinks of each row end.
fn once(raster: &Raster, rows: &[Kink], row_ends: &[u32], columns: &mut Vec<Kink>) {
    let reach = SAME_STEPS * raster.step;
    let met = |p: [f64; 2]| {
        let row = ((p[1] - raster.origin[1]) / raster.step).floor().max(0.0) as usize;
        [row, row + 1].iter().any(|&line| {
            let end = |line: usize| row_ends.get(line).map_or(rows.len(), |&end| end as usize);
            let row = &rows[if line == 0 { 0 } else { end(line - 1) }..end(line)];
            let near = row[row.partition_point(|k| k.p[0] < p[0] - reach)..].iter();
            let mut near = near.take_while(|k| k.p[0] < p[0] + reach);
            near.any(|k| (k.p[0] - p[0]).powi(2) + (k.p[1] - p[1]).powi(2) < reach * reach)
        })
    };
    columns.retain(|k| !met(k.p));
}

/// Places of the marks that are set.
fn marked(marks: &[u8], mut visit: impl FnMut(usize)) {
    for (group, eight) in marks.chunks_exact(8).enumerate() {
        let mut word = u64::from_le_bytes(eight.try_into().expect("eight marks"));
        while word != 0 {
            let n = word.trailing_zeros() as usize / 8;
            word &= !(0xFF << (8 * n));
            visit(8 * group + n);
        }
    }
}

/// Kinks along a row of samples: on the upper edges of the row of cells below it.
fn in_row(plane: &Plane<'_>, j: usize, wanted: &Wanted<'_>, s: &mut RidgeScratch) {
    let (ni, step) = (plane.raster.size[0], plane.raster.step as f32);
    let row = plane.row(j);
    let n = ni - 3;
    let four = [&row[..n], &row[1..n + 1], &row[2..n + 2], &row[3..]];
    mark(four, 2.0 * KINK_MIN * step, wanted.depth_max, &mut s.marks[..n]);
    s.marks[n..].fill(0);
    let (under, over) = (plane.row(j - 1), plane.row(j + 1));
    let RidgeScratch { kinks, marks, .. } = s;
    marked(marks, |left| {
        let v = [row[left], row[left + 1], row[left + 2], row[left + 3]];
        let Some((at, depth)) = kink(v, wanted) else { return };
        let across = [over[left] - under[left], over[left + 3] - under[left + 3]];
        if facing([(v[1] - v[0]) / step, (v[3] - v[2]) / step], across) {
            let mut p = plane.raster.point(left + 1, j);
            p[0] += plane.raster.step * f64::from(at);
            let bend = v[0] - v[1] - v[2] + v[3];
            let kink = Kink { p, axis: 0, line: j as u32, depth, bend, links: [NONE; 2] };
            let kept = kink.settle(kinks.last_mut(), plane.raster.step);
            kinks.extend(kept);
        }
    });
}

/// Kinks along the columns, between rows `j` and `j + 1`.
fn in_columns(plane: &Plane<'_>, j: usize, wanted: &Wanted<'_>, s: &mut RidgeScratch) {
    let (ni, step) = (plane.raster.size[0], plane.raster.step as f32);
    let rows: [&[f32]; 4] = [j - 1, j, j + 1, j + 2].map(|j| plane.row(j));
    mark(rows, 2.0 * KINK_MIN * step, wanted.depth_max, &mut s.marks[..ni]);
    s.marks[0] = 0;
    s.marks[ni - 1..].fill(0);
    let RidgeScratch { in_columns, column_last, marks, .. } = s;
    marked(marks, |i| {
        let v = std::array::from_fn(|n| rows[n][i]);
        let Some((at, depth)) = kink(v, wanted) else { return };
        let across = [rows[0][i + 1] - rows[0][i - 1], rows[3][i + 1] - rows[3][i - 1]];
        if facing([(v[1] - v[0]) / step, (v[3] - v[2]) / step], across) {
            let mut p = plane.raster.point(i, j);
            p[1] += plane.raster.step * f64::from(at);
            let bend = v[0] - v[1] - v[2] + v[3];
            let kink = Kink { p, axis: 1, line: i as u32, depth, bend, links: [NONE; 2] };
            let last = in_columns.get_mut(column_last[i] as usize);
            if let Some(kept) = kink.settle(last, plane.raster.step) {
                column_last[i] = in_columns.len() as u32;
                in_columns.push(kept);
            }
        }
    });
}

/// Marks where four samples in a row bend upwards in their middle, not too deep.
fn mark([a, b, c, e]: [&[f32]; 4], limit: f32, depth_max: f32, marks: &mut [u8]) {
    let n = marks.len();
    let (a, b, c, e) = (&a[..n], &b[..n], &c[..n], &e[..n]);
    for i in 0..n {
        let low = if b[i] < c[i] { b[i] } else { c[i] };
        let bend = a[i] - b[i] - c[i] + e[i] > limit;
        marks[i] = u8::from(bend & (low < 0.0) & (low > -depth_max));
    }
}

/// Appends the kinks of the columns, column by column.
fn by_column(s: &mut RidgeScratch, column_count: usize) {
    s.column_ends.clear();
    s.column_ends.resize(column_count + 1, s.kinks.len() as u32);
    for kink in &s.in_columns {
        s.column_ends[kink.line as usize + 1] += 1;
    }
    let first = s.kinks.len() as u32;
    for n in 0..column_count {
        s.column_ends[n + 1] += s.column_ends[n] - first;
    }
    let Some(&any) = s.in_columns.first() else { return };
    s.kinks.resize(s.kinks.len() + s.in_columns.len(), any);
    for kink in &s.in_columns {
        let place = &mut s.column_ends[kink.line as usize];
        s.kinks[*place as usize] = *kink;
        *place += 1;
    }
}

/// Links each kink of `range` to the one on the next line that lies within `reach` along it.
fn link(kinks: &mut [Kink], range: std::ops::Range<usize>, reach: f64) {
    let (mut a, mut b) = (range.start, range.start);
    while a < range.end {
        let (line, axis) = (kinks[a].line, kinks[a].axis);
        while b < range.end && kinks[b].line <= line {
            b += 1;
        }
        if b == range.end {
            break;
        }
        if kinks[b].line > line + 1 {
            a += 1;
            continue;
        }
        let gap = kinks[b].p[axis] - kinks[a].p[axis];
        if gap.abs() <= reach {
            kinks[a].links[1] = b as u32;
            kinks[b].links[0] = a as u32;
            b += 1;
            a += 1;
        } else if gap > 0.0 {
            a += 1;
        } else {
            b += 1;
        }
        // The other line may be over while this one goes on, and the other way round.
        if b < range.end && a < range.end && kinks[a].line == line && kinks[b].line != line + 1 {
            a = next_line(kinks, a, range.end);
        }
    }
}

fn next_line(kinks: &[Kink], mut at: usize, end: usize) -> usize {
    let line = kinks[at].line;
    while at < end && kinks[at].line == line {
        at += 1;
    }
    at
}

/// Kinks one after the other along each of many lines.
#[derive(Default)]
struct Chains {
    kinks: Vec<u32>,
    /// Where each line ends.
    ends: Vec<u32>,
}

impl Chains {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, n: usize) -> &[u32] {
        let first = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        &self.kinks[first..self.ends[n] as usize]
    }

    fn all(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|n| self.get(n))
    }

    /// Ends a line; one of fewer than `least` kinks is left out.
    fn end(&mut self, least: usize) {
        let first = self.ends.last().map_or(0, |&end| end as usize);
        if self.kinks.len() < first + least {
            self.kinks.truncate(first);
        } else {
            self.ends.push(self.kinks.len() as u32);
        }
    }

    /// Kink number `back` from the first (`e` even) or from the last (`e` odd) of line `e / 2`.
    fn kink_at(&self, e: usize, back: usize) -> u32 {
        let chain = self.get(e / 2);
        if e.is_multiple_of(2) { chain[back] } else { chain[chain.len() - 1 - back] }
    }
}

/// Kinks in the order of their lines: open ones from end to end, then rings.
fn chains(kinks: &[Kink]) -> Chains {
    let mut seen = vec![false; kinks.len()];
    let mut chains = Chains::default();
    for rings in [false, true] {
        for start in 0..kinks.len() {
            let open = kinks[start].links.contains(&NONE);
            if seen[start] || open == rings {
                continue;
            }
            let mut at = start as u32;
            loop {
                seen[at as usize] = true;
                chains.kinks.push(at);
                let ahead = |id: &u32| *id != NONE && !seen[*id as usize];
                match kinks[at as usize].links.into_iter().find(ahead) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            if rings {
                chains.kinks.push(start as u32);
            }
            chains.end(1);
        }
    }
    chains
}

/// Joins chains end to end where a gap of at most `reach` parts them, nearest first.
fn joined(chains: &Chains, kinks: &[Kink], reach: f64) -> Chains {
    let place = |e: usize| kinks[chains.kink_at(e, 0) as usize].p;
    // Whether a line runs on in direction `d` beyond one of its ends, which lies at `p`.
    let ahead = |e: usize, p: [f64; 2], d: [f64; 2]| {
        let back = chains.get(e / 2).len().min(4) - 1;
        let q = kinks[chains.kink_at(e, back) as usize].p;
        let u = [p[0] - q[0], p[1] - q[1]];
        let along = u[0] * d[0] + u[1] * d[1];
        back == 0
            || along * along > 0.5 * (u[0] * u[0] + u[1] * u[1]) * (d[0] * d[0] + d[1] * d[1])
                && along > 0.0
    };
    let closed = |c: &[u32]| c.len() > 1 && c[0] == c[c.len() - 1];
    let open = (0..chains.len()).filter(|&n| !closed(chains.get(n)));
    let mut ends: Vec<_> = open.flat_map(|n| [2 * n, 2 * n + 1]).map(|e| (place(e), e)).collect();
    ends.sort_unstable_by(|a, b| a.0[1].total_cmp(&b.0[1]).then(a.1.cmp(&b.1)));
    let mut pairs = Vec::new();
    for (n, &(p, a)) in ends.iter().enumerate() {
        for &(q, b) in ends[n + 1..].iter().take_while(|(q, _)| q[1] - p[1] <= reach) {
            let d = [q[0] - p[0], q[1] - p[1]];
            if d[0].abs() > reach || a / 2 == b / 2 {
                continue;
            }
            let gap = (d[0] * d[0] + d[1] * d[1]).sqrt();
            if gap <= reach && ahead(a, p, d) && ahead(b, q, [-d[0], -d[1]]) {
                pairs.push((gap, a.min(b), a.max(b)));
            }
        }
    }
    pairs.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut partner = vec![usize::MAX; 2 * chains.len()];
    let mut group: Vec<usize> = (0..chains.len()).collect();
    for (_, a, b) in pairs {
        let (ga, gb) = (root(&mut group, a / 2), root(&mut group, b / 2));
        if partner[a] == usize::MAX && partner[b] == usize::MAX && ga != gb {
            (partner[a], partner[b]) = (b, a);
            group[gb] = ga;
        }
    }
    walk(chains, &partner)
}

fn root(group: &mut [usize], mut at: usize) -> usize {
    while group[at] != at {
        group[at] = group[group[at]];
        at = group[at];
    }
    at
}

/// The chains in one go from end to end, each where its partner left off.
fn walk(chains: &Chains, partner: &[usize]) -> Chains {
    let mut done = vec![false; chains.len()];
    let mut out = Chains::default();
    for start in 0..partner.len() {
        if done[start / 2] || partner[start] != usize::MAX {
            continue;
        }
        let mut at = start;
        loop {
            done[at / 2] = true;
            let chain = chains.get(at / 2);
            if at % 2 == 0 {
                out.kinks.extend(chain);
            } else {
                out.kinks.extend(chain.iter().rev());
            }
            match partner[at ^ 1] {
                usize::MAX => break,
                next => at = next,
            }
        }
        out.end(2);
    }
    out
}

fn line(kinks: &[Kink], chain: &[u32], tolerance_mm: f64) -> CentreLine {
    let of = |id: &u32| &kinks[*id as usize];
    let points = ring::open(chain.iter().map(|id| (of(id).p, of(id).axis)), tolerance_mm);
    let depth = chain.iter().map(|id| of(id).depth).fold(0.0, f64::max);
    let end = |id: Option<&u32>| id.map_or([f64::NAN; 2], |id| of(id).p);
    let ends = [end(chain.first()), end(chain.last())];
    // Within a wall's width of an end the corners are nearer than the sides.
    let away = |p: [f64; 2]| {
        ends.iter().all(|e| ((p[0] - e[0]).powi(2) + (p[1] - e[1]).powi(2)).sqrt() > 2.0 * depth)
    };
    let inner = chain.iter().map(of).filter(|kink| away(kink.p));
    let narrowest = inner.map(|kink| kink.depth).fold(depth, f64::min);
    CentreLine { points, width_mm_min: 2.0 * narrowest }
}
