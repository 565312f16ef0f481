//! Exact distances for many samples at once: triangles are gathered for a cube of samples, thinned
//! on the way down to cubes of 2³ samples, and then measured eight samples at a time.

use super::balls::{Ball, Balls};
use super::lanes::{Lanes, Real};
use super::tree::{FLAT, Tree, cross, dot, sub};

/// Samples along the edge of the largest cube for which triangles are gathered at once.
const UNIT: usize = 16;
/// A cube with more leaves near it is split first.
const GATHER_MAX: usize = 4096;
/// Lengths up to this, in mm, are measured in single precision: rounding stays below 1e-5 mm.
const SINGLE_MM: f64 = 24.0;

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
    gathered: Gathered<T>,
    /// One list of leaves for each size of cube on the way down.
    leaves: [Balls; 4],
}

/// The triangles that were gathered for a cube, leaf by leaf.
#[derive(Default)]
struct Gathered<T> {
    /// What they are measured about.
    origin: [f64; 3],
    triangles: Vec<u32>,
    balls: Vec<Ball>,
    /// Where the triangles of each leaf begin; one more at the end.
    starts: Vec<u32>,
    /// Those that were measured so far.
    plates: Vec<Plate<T>>,
    /// Which plate each triangle is.
    plate: Vec<u32>,
}

/// The plate of a triangle that was not measured yet.
const NONE: u32 = u32::MAX;

impl<T: Real> Gathered<T> {
    fn clear(&mut self, origin: [f64; 3]) {
        self.origin = origin;
        self.triangles.clear();
        self.balls.clear();
        self.starts.clear();
        self.starts.push(0);
        self.plates.clear();
        self.plate.clear();
    }

    /// Appends a leaf's triangles; gives its ball.
    fn push(&mut self, tree: &Tree, leaf: usize, slack: f64) -> Ball {
        let first = self.balls.len();
        let corners = |t: usize| tree.triangle(t).map(|v| sub(v, self.origin));
        let mut sum = [0.0; 3];
        for t in tree.leaf(leaf) {
            let ball = Ball::around(&corners(t), slack);
            self.triangles.push(t as u32);
            self.plate.push(NONE);
            sum = [0, 1, 2].map(|a| sum[a] + ball.center[a]);
            self.balls.push(ball);
        }
        self.starts.push(self.balls.len() as u32);
        let own = &self.balls[first..];
        let middle = sum.map(|v| v / own.len() as f32);
        let central = own.iter().min_by(|a, b| a.away2(middle).total_cmp(&b.away2(middle)));
        let center = central.map_or(middle, |ball| ball.center);
        let far2 = tree.leaf(leaf).flat_map(corners).fold(0.0f64, |far2, v| {
            let r = sub(v, center.map(f64::from));
            far2.max(dot(r, r))
        });
        Ball { center, radius: (far2.sqrt() + slack) as f32 }
    }

    /// Lowers the squared distances of eight samples to those from a leaf's triangles.
    fn lower(&mut self, tree: &Tree, leaf: usize, eight: &mut Eight<T>) {
        for n in self.starts[leaf] as usize..self.starts[leaf + 1] as usize {
            if !self.balls[n].may_be_nearer(&eight.at, &eight.best) {
                continue;
            }
            if self.plate[n] == NONE {
                self.plate[n] = self.plates.len() as u32;
                let triangle = tree.triangle(self.triangles[n] as usize);
                self.plates.push(Plate::new(triangle, self.origin));
            }
            self.plates[self.plate[n] as usize].measure(&eight.points, &mut eight.best2);
            eight.best = eight.best2.roots();
        }
    }
}

/// Eight samples and how far the nearest triangle is so far.
struct Eight<T> {
    points: [Lanes<T>; 3],
    at: [Lanes<f32>; 3],
    best2: Lanes<T>,
    /// Square roots of these, rounded up.
    best: Lanes<f32>,
}

impl<T: Real> Eight<T> {
    fn new(points: [Lanes<T>; 3]) -> Self {
        let at = points.each_ref().map(|v| Lanes::each(|l| v.0[l].single()));
        let best2 = Lanes::all(1e30);
        Self { points, at, best2, best: best2.roots() }
    }
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

    /// Gathers the triangles of `leaves` about `origin`, then goes down.
    fn unit<T: Real>(
        &self,
        cube: Cube,
        origin: [f64; 3],
        slack: f64,
        leaves: &[u32],
        bench: &mut Bench<T>,
        values: &mut [f32],
    ) {
        let Bench { gathered, leaves: lists } = bench;
        gathered.clear(origin);
        lists[0].clear();
        for (n, &leaf) in leaves.iter().enumerate() {
            lists[0].push(gathered.push(self.tree, leaf as usize, slack), n as u32);
        }
        self.descend(cube, slack as f32, gathered, lists, values);
    }

    /// Thins the leaves of the parent to those that can be nearest to a sample of `cube`.
    fn descend<T: Real>(
        &self,
        cube: Cube,
        slack: f32,
        gathered: &mut Gathered<T>,
        lists: &mut [Balls],
        values: &mut [f32],
    ) {
        let (middle, half) = self.place(cube);
        let reach = dot(half, half).sqrt() as f32 * 1.000_001;
        let c = sub(middle, gathered.origin).map(|v| v as f32);
        let (here, below) = lists.split_first_mut().expect("one list of leaves a level");
        let (least, most) = here.measure(c);
        let (low, high) = (f64::from(least - slack), f64::from(most + slack));
        if self.skipped(cube, low, high, f64::from(reach), values) {
            return;
        }
        if cube.edge == 2 {
            return self.cell(cube, gathered, here, most, values);
        }
        let limit = (most + 2.0 * reach).min(self.wanted.high as f32 + reach) + slack;
        here.thinned(limit, &mut below[0]);
        for child in self.children(cube) {
            self.descend(child, slack, gathered, below, values);
        }
    }

    /// Measures the eight samples of a cube against all that can be nearest.
    fn cell<T: Real>(
        &self,
        cube: Cube,
        gathered: &mut Gathered<T>,
        leaves: &Balls,
        most: f32,
        values: &mut [f32],
    ) {
        let s = self.samples;
        let place = |a: usize, l: usize| {
            let at = cube.first[a] + (l >> a & 1);
            T::of(s.origin[a] + s.step[a] * at as f64 - gathered.origin[a])
        };
        let points: [Lanes<T>; 3] = std::array::from_fn(|a| Lanes::each(|l| place(a, l)));
        let (_, half) = self.place(cube);
        let reach = dot(half, half).sqrt() as f32 * 1.0001;
        let mut eight = Eight::new(points);
        let nearest = leaves.first_at(most);
        gathered.lower(self.tree, leaves.leaf(nearest), &mut eight);
        let limit = eight.best2.largest().single().sqrt() * 1.000_01 + reach;
        leaves.for_each_within(limit, |n| {
            if n != nearest && leaves.ball(n).may_be_nearer(&eight.at, &eight.best) {
                gathered.lower(self.tree, leaves.leaf(n), &mut eight);
            }
        });
        let [ni, nj, _] = s.size;
        for (l, d2) in eight.best2.0.iter().enumerate() {
            let at = [0, 1, 2].map(|a| cube.first[a] + (l >> a & 1));
            if (0..3).all(|a| at[a] < s.size[a]) {
                values[(at[2] * nj + at[1]) * ni + at[0]] = d2.single().sqrt();
            }
        }
    }
}
