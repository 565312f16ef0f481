//! Exact distances for many samples at once: triangles are gathered for a cube of samples, thinned
//! on the way down to cubes of 2³ samples, and then measured eight samples at a time.

use std::ops::{Add, Mul, Neg, Sub};

use super::tree::{FLAT, Tree, cross, dot, sub};

/// Samples that are measured together: a cube of 2³.
pub const LANES: usize = 8;
/// Samples along the edge of the largest cube for which triangles are gathered at once.
const UNIT: usize = 16;
/// A cube with more leaves near it is split first.
const GATHER_MAX: usize = 4096;
/// Lengths up to this, in mm, are measured in single precision: rounding stays below 1e-5 mm.
const SINGLE_MM: f64 = 24.0;

/// A number of either precision.
pub trait Real:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Send
{
    /// Rounds.
    fn of(v: f64) -> Self;
    /// `self · a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;
    /// Rounds to single.
    fn single(self) -> f32;
}

impl Real for f32 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v as f32
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn single(self) -> f32 {
        self
    }
}
impl Real for f64 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn single(self) -> f32 {
        self as f32
    }
}

/// Eight numbers that go through the same arithmetic.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Lanes<T>([T; LANES]);

impl<T: Real> Lanes<T> {
    #[inline(always)]
    fn all(v: f64) -> Self {
        Self([T::of(v); LANES])
    }
    #[inline(always)]
    fn each(f: impl Fn(usize) -> T) -> Self {
        let mut out = [T::of(0.0); LANES];
        for l in 0..LANES {
            out[l] = f(l);
        }
        Self(out)
    }
    #[inline(always)]
    fn less(self, b: T) -> Self {
        Self::each(|l| self.0[l] - b)
    }
    #[inline(always)]
    fn times(self, b: Self) -> Self {
        Self::each(|l| self.0[l] * b.0[l])
    }
    /// `self - t · e`.
    #[inline(always)]
    fn less_times(self, t: Self, e: T) -> Self {
        Self::each(|l| (-t.0[l]).fma(e, self.0[l]))
    }
    #[inline(always)]
    fn dot(v: &[Self; 3], w: [T; 3]) -> Self {
        Self::each(|l| v[2].0[l].fma(w[2], v[1].0[l].fma(w[1], v[0].0[l] * w[0])))
    }
    #[inline(always)]
    fn square(v: &[Self; 3]) -> Self {
        let [x, y, z] = v;
        Self::each(|l| z.0[l].fma(z.0[l], y.0[l].fma(y.0[l], x.0[l] * x.0[l])))
    }
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        Self::each(|l| if b.0[l] < self.0[l] { b.0[l] } else { self.0[l] })
    }
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        Self::each(|l| if b.0[l] > self.0[l] { b.0[l] } else { self.0[l] })
    }
    /// The lower of both where `depth` is at least `limit`, else `self`.
    #[inline(always)]
    fn min_where(self, b: Self, depth: Self, limit: T) -> Self {
        Self::each(|l| {
            let b = if depth.0[l] >= limit { b.0[l] } else { self.0[l] };
            if b < self.0[l] { b } else { self.0[l] }
        })
    }
    #[inline(always)]
    fn largest(&self) -> T {
        let v = &self.0;
        let pick = |a: T, b: T| if a > b { a } else { b };
        let half = [pick(v[0], v[4]), pick(v[1], v[5]), pick(v[2], v[6]), pick(v[3], v[7])];
        pick(pick(half[0], half[2]), pick(half[1], half[3]))
    }
}

/// A triangle ready to be measured.
#[derive(Clone, Copy)]
struct Plate<T> {
    corner: [[T; 3]; 3],
    /// Edges from each corner to the next.
    edge: [[T; 3]; 3],
    /// Edges over their squared lengths.
    along: [[T; 3]; 3],
    /// In the plane, at right angles to the edges, inwards.
    inward: [[T; 3]; 3],
    normal: [T; 3],
    /// What the projections on `inward` must exceed to be inside; infinite for a flat triangle.
    inside: T,
}

impl<T: Real> Plate<T> {
    fn new(corners: [[f64; 3]; 3], origin: [f64; 3]) -> Self {
        let v = corners.map(|c| sub(c, origin));
        let edge = [sub(v[1], v[0]), sub(v[2], v[1]), sub(v[0], v[2])];
        let length2 = edge.map(|e| dot(e, e));
        let normal = cross(edge[0], sub(v[2], v[0]));
        let norm = dot(normal, normal).sqrt();
        let longest2 = length2[0].max(length2[1]).max(length2[2]);
        let flat = norm <= FLAT * longest2;
        let normal = normal.map(|n| if flat { 0.0 } else { n / norm });
        let scale = |e: [f64; 3], s: f64| e.map(|x| if s > 0.0 { x / s } else { 0.0 });
        let along = [0, 1, 2].map(|i| scale(edge[i], length2[i]).map(T::of));
        Self {
            corner: v.map(|c| c.map(T::of)),
            edge: edge.map(|e| e.map(T::of)),
            along,
            inward: edge.map(|e| cross(normal, e).map(T::of)),
            normal: normal.map(T::of),
            inside: T::of(if flat { f64::INFINITY } else { 0.0 }),
        }
    }

    /// Lowers `best2` to the squared distances from eight points.
    #[inline(always)]
    fn measure(&self, p: &[Lanes<T>; 3], best2: &mut Lanes<T>) {
        let (zero, one) = (Lanes::all(0.0), Lanes::all(1.0));
        let mut least = Lanes::all(f64::INFINITY);
        let mut nearest2 = *best2;
        let mut height = zero;
        for i in 0..3 {
            let (c, e) = (self.corner[i], self.edge[i]);
            let v = [p[0].less(c[0]), p[1].less(c[1]), p[2].less(c[2])];
            let t = Lanes::dot(&v, self.along[i]).max(zero).min(one);
            let r = [v[0].less_times(t, e[0]), v[1].less_times(t, e[1]), v[2].less_times(t, e[2])];
            nearest2 = nearest2.min(Lanes::square(&r));
            least = least.min(Lanes::dot(&v, self.inward[i]));
            if i == 0 {
                height = Lanes::dot(&v, self.normal);
            }
        }
        *best2 = nearest2.min_where(height.times(height), least, self.inside);
    }
}

/// Balls around triangles, each about a point of its triangle, and which triangle it is.
#[derive(Default, Clone)]
struct Balls {
    center: [Vec<f32>; 3],
    radius: Vec<f32>,
    plate: Vec<u32>,
    /// Distance from the cube's middle to the ball's.
    away: Vec<f32>,
}

impl Balls {
    fn clear(&mut self) {
        self.center.iter_mut().for_each(Vec::clear);
        self.radius.clear();
        self.plate.clear();
    }

    fn push(&mut self, center: [f32; 3], radius: f32, plate: u32) {
        for a in 0..3 {
            self.center[a].push(center[a]);
        }
        self.radius.push(radius);
        self.plate.push(plate);
    }

    /// Fills `away`; returns the least distance, rounded up, and where it is.
    fn measure(&mut self, c: [f32; 3]) -> (f32, usize) {
        let n = self.radius.len();
        self.away.resize(n, 0.0);
        let (x, y, z) = (&self.center[0][..n], &self.center[1][..n], &self.center[2][..n]);
        for (t, away) in self.away[..n].iter_mut().enumerate() {
            let d = [x[t] - c[0], y[t] - c[1], z[t] - c[2]];
            *away = d[0].mul_add(d[0], d[1].mul_add(d[1], d[2] * d[2])).sqrt();
        }
        let mut least = (f32::INFINITY, 0);
        for (t, &away) in self.away.iter().enumerate() {
            least = if away < least.0 { (away, t) } else { least };
        }
        least
    }
}

/// Which distances are wanted, in mm: others may be left at the nearest end.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Below this, only that it is below matters.
    pub low: f64,
    /// Above this, only that it is above matters.
    pub high: f64,
}

/// A box of samples.
#[derive(Clone, Copy)]
pub struct Samples {
    /// First sample.
    pub origin: [f64; 3],
    /// Distances between samples, mm.
    pub step: [f64; 3],
    /// Sample counts.
    pub size: [usize; 3],
}

/// Reusable memory of one thread.
#[derive(Default)]
pub struct Scratch {
    single: Bench<f32>,
    double: Bench<f64>,
    leaves: Vec<u32>,
}

#[derive(Default)]
struct Bench<T> {
    plates: Vec<Plate<T>>,
    /// One list for each size of cube on the way down.
    balls: [Balls; 4],
}

/// A cube of samples inside a box of them.
#[derive(Clone, Copy)]
struct Cube {
    first: [usize; 3],
    edge: usize,
}

/// Writes the distance to the nearest triangle of `tree` for each sample, x fastest.
///
/// A distance outside `wanted` is only known to lie on its side of it.
pub fn distances(
    tree: &Tree,
    samples: &Samples,
    wanted: Wanted,
    scratch: &mut Scratch,
    values: &mut [f32],
) {
    let longest = samples.size.into_iter().max().unwrap_or(0);
    let cube = Cube { first: [0; 3], edge: longest.next_power_of_two().max(2) };
    Work { tree, samples, wanted }.gather(cube, scratch, values);
}

struct Work<'a> {
    tree: &'a Tree,
    samples: &'a Samples,
    wanted: Wanted,
}

impl Work<'_> {
    /// Middle of a cube and its half edges.
    fn place(&self, cube: Cube) -> ([f64; 3], [f64; 3]) {
        let s = self.samples;
        let half = s.step.map(|step| 0.5 * (cube.edge - 1) as f64 * step);
        let middle = [0, 1, 2].map(|a| s.origin[a] + s.step[a] * cube.first[a] as f64 + half[a]);
        (middle, half)
    }

    fn children(&self, cube: Cube) -> impl Iterator<Item = Cube> + use<'_> {
        let edge = cube.edge / 2;
        (0..8)
            .map(move |n: usize| {
                let first = [0, 1, 2].map(|a| cube.first[a] + edge * (n >> a & 1));
                Cube { first, edge }
            })
            .filter(|c| (0..3).all(|a| c.first[a] < self.samples.size[a]))
    }

    fn fill(&self, cube: Cube, value: f32, values: &mut [f32]) {
        let [ni, nj, _] = self.samples.size;
        let end = [0, 1, 2].map(|a| (cube.first[a] + cube.edge).min(self.samples.size[a]));
        for k in cube.first[2]..end[2] {
            for j in cube.first[1]..end[1] {
                values[(k * nj + j) * ni..][cube.first[0]..end[0]].fill(value);
            }
        }
    }

    /// Whether no sample within `reach` of a place at `least` to `most` can be wanted; fills it.
    fn skipped(&self, cube: Cube, least: f64, most: f64, reach: f64, values: &mut [f32]) -> bool {
        if least - reach > self.wanted.high {
            self.fill(cube, (least - reach).min(f64::from(f32::MAX)) as f32, values);
            return true;
        }
        if most + reach < self.wanted.low {
            self.fill(cube, (most + reach) as f32, values);
            return true;
        }
        false
    }

    /// Collects what can be nearest to a sample of `cube`, or splits it.
    fn gather(&self, cube: Cube, scratch: &mut Scratch, values: &mut [f32]) {
        let (middle, half) = self.place(cube);
        let reach = dot(half, half).sqrt();
        let mut radius = self.wanted.high;
        if cube.edge > UNIT || radius > 2.0 * reach {
            let bound = self.wanted.high + reach;
            let nearest = self.tree.nearest2(middle, bound * bound * (1.0 + 1e-9)).sqrt();
            if self.skipped(cube, nearest, nearest, reach, values) {
                return;
            }
            radius = radius.min(nearest + reach);
        }
        let split = |scratch: &mut Scratch, values: &mut [f32]| {
            self.children(cube).for_each(|child| self.gather(child, scratch, values));
        };
        if cube.edge > UNIT {
            return split(scratch, values);
        }
        let radius = radius * (1.0 + 1e-6);
        let (low, high) = (sub(middle, half), [0, 1, 2].map(|a| middle[a] + half[a]));
        scratch.leaves.clear();
        let leaves = &mut scratch.leaves;
        self.tree.for_each_leaf_near(low, high, radius, |leaf| leaves.push(leaf as u32));
        if scratch.leaves.len() > GATHER_MAX {
            if cube.edge > 2 {
                return split(scratch, values);
            }
            return self.one_by_one(cube, values);
        }
        let largest = scratch.leaves.iter().flat_map(|&l| self.tree.leaf(l as usize)).fold(
            0.0f64,
            |largest, t| {
                let far = self.tree.triangle(t).map(|c| sub(c, middle));
                far.iter().flatten().fold(largest, |l, v| l.max(v.abs()))
            },
        );
        let Scratch { single, double, leaves } = scratch;
        // What single precision may lose in the middles of the balls and of the cubes.
        let slack = 1e-6 * (largest + reach);
        if largest <= SINGLE_MM {
            self.unit(cube, middle, slack, leaves, single, values);
        } else {
            self.unit(cube, middle, slack, leaves, double, values);
        }
    }

    fn one_by_one(&self, cube: Cube, values: &mut [f32]) {
        let s = self.samples;
        for n in 0..8usize {
            let at = [0, 1, 2].map(|a| cube.first[a] + (n >> a & 1));
            if (0..3).all(|a| at[a] < s.size[a]) {
                let p = [0, 1, 2].map(|a| s.origin[a] + s.step[a] * at[a] as f64);
                let bound = self.wanted.high * (1.0 + 1e-9);
                let d2 = self.tree.nearest2(p, bound * bound);
                values[(at[2] * s.size[1] + at[1]) * s.size[0] + at[0]] = d2.sqrt() as f32;
            }
        }
    }

    /// Prepares the triangles of `leaves` about `origin`, then goes down.
    fn unit<T: Real>(
        &self,
        cube: Cube,
        origin: [f64; 3],
        slack: f64,
        leaves: &[u32],
        bench: &mut Bench<T>,
        values: &mut [f32],
    ) {
        bench.plates.clear();
        let Bench { plates, balls } = bench;
        balls[0].clear();
        for t in leaves.iter().flat_map(|&leaf| self.tree.leaf(leaf as usize)) {
            let corners = self.tree.triangle(t);
            let [a, b, c] = corners.map(|v| sub(v, origin));
            let middle = [0, 1, 2].map(|i| ((a[i] + b[i] + c[i]) / 3.0) as f32);
            let about = |v: [f64; 3]| {
                let r = sub(v, middle.map(f64::from));
                dot(r, r)
            };
            let radius = about(a).max(about(b)).max(about(c)).sqrt();
            balls[0].push(middle, (radius + slack) as f32, plates.len() as u32);
            plates.push(Plate::new(corners, origin));
        }
        self.descend(cube, origin, slack as f32, plates, balls, values);
    }

    /// Thins the balls of the parent to those that can be nearest to a sample of `cube`.
    fn descend<T: Real>(
        &self,
        cube: Cube,
        origin: [f64; 3],
        slack: f32,
        plates: &[Plate<T>],
        balls: &mut [Balls],
        values: &mut [f32],
    ) {
        let (middle, half) = self.place(cube);
        let reach = dot(half, half).sqrt() as f32 * 1.000_001;
        let c = sub(middle, origin).map(|v| v as f32);
        let (here, below) = balls.split_first_mut().expect("one list of balls a level");
        let (most, nearest) = here.measure(c);
        let mut least = f32::INFINITY;
        for (&away, &radius) in here.away.iter().zip(&here.radius) {
            let near = away - radius;
            least = if near < least { near } else { least };
        }
        let (low, high) = (f64::from(least - slack), f64::from(most + slack));
        if self.skipped(cube, low, high, f64::from(reach), values) {
            return;
        }
        if cube.edge == 2 {
            return self.cell(cube, origin, plates, here, nearest, values);
        }
        let limit = (most + 2.0 * reach).min(self.wanted.high as f32 + reach) + slack;
        let next = &mut below[0];
        next.clear();
        for t in 0..here.radius.len() {
            if here.away[t] - here.radius[t] <= limit {
                let center = [here.center[0][t], here.center[1][t], here.center[2][t]];
                next.push(center, here.radius[t], here.plate[t]);
            }
        }
        for child in self.children(cube) {
            self.descend(child, origin, slack, plates, below, values);
        }
    }

    /// Measures the eight samples of a cube against all that can be nearest.
    fn cell<T: Real>(
        &self,
        cube: Cube,
        origin: [f64; 3],
        plates: &[Plate<T>],
        balls: &Balls,
        nearest: usize,
        values: &mut [f32],
    ) {
        let s = self.samples;
        let place = |a: usize, l: usize| {
            let at = cube.first[a] + (l >> a & 1);
            T::of(s.origin[a] + s.step[a] * at as f64 - origin[a])
        };
        let points: [Lanes<T>; 3] = std::array::from_fn(|a| Lanes::each(|l| place(a, l)));
        let (_, half) = self.place(cube);
        let reach = dot(half, half).sqrt() as f32 * 1.0001;
        let mut best2 = Lanes::all(1e30);
        plates[balls.plate[nearest] as usize].measure(&points, &mut best2);
        let limit = best2.largest().single().sqrt() * 1.000_01 + reach;
        for t in 0..balls.radius.len() {
            // No sample is nearer to the triangle than this.
            let gap = balls.away[t] - balls.radius[t];
            if gap <= limit && t != nearest {
                let gap = gap - reach;
                if gap <= 0.0 || gap * gap <= best2.largest().single() * 1.000_02 {
                    plates[balls.plate[t] as usize].measure(&points, &mut best2);
                }
            }
        }
        let [ni, nj, _] = s.size;
        for (l, d2) in best2.0.iter().enumerate() {
            let at = [0, 1, 2].map(|a| cube.first[a] + (l >> a & 1));
            if (0..3).all(|a| at[a] < s.size[a]) {
                values[(at[2] * nj + at[1]) * ni + at[0]] = d2.single().sqrt();
            }
        }
    }
}
